/**
 * libfiu's remote control: failure points of a program that runs under `fiu-run -x`, switched on and off while it runs.
 *
 * The program listens on a named pipe, `<prefix>-<pid>.in`, and answers each command with a number on `.out`.
 */

import { run } from "../run-program.js";

/** One command each: `enable name=...,failinfo=28`, `disable name=...`. @throws when the process does not listen */
export async function tellFailures(pid: number, prefix: string, commands: readonly string[]): Promise<void> {
  const said = await run("fiu-ctrl", ["-f", prefix, ...commands.flatMap((command) => ["-c", command]), String(pid)]);
  // It exits with 0 whatever happens, and is silent when all went well.
  if (said.trim() !== "") throw new Error(`fiu-ctrl: ${said.trim()}`);
}
