/** The door `kvtest`: run a test from a program of one's own. */

export type { RunVerdict } from "../checker/judge.js";
export type { RunConfig } from "./config/config.js";
export { parseRunFlags, type RunFlags, type TestConfig } from "./config/flags.js";
export { run, type RunObserver, type RunOptions, type RunResult } from "./run/run.js";
