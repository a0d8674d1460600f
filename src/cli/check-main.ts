/** `kvtest check` and the program around it, and nothing of the other commands: what check-bundle.ts loads as one file. */

import { checkCommand } from "./check-command.js";
import { runProgram } from "./program.js";

export const runCheck = (): Promise<void> => runProgram(async () => [checkCommand()]);
