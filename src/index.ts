/** The door `kvtest`: run a test from a program of one's own. */

export type { RunVerdict } from "../checker/judge.js";
export {
  type Ask,
  type BreakableHardware,
  type DatabaseClient,
  type DatabaseDefinition,
  defineDatabase,
  type Launch,
  type LaunchTemplate,
  NotDone,
  type Place,
  type Reading,
  type ReadyCheck,
} from "./client/database.js";
export type { Endpoint } from "./client/connection.js";
export type { HttpRequest, HttpTemplate } from "./client/http-template.js";
export { defineConfig, type SuiteDefinition, type SuiteFlags, type TestDefinition } from "./config/suite.js";
export type { RunConfig } from "./config/config.js";
export { parseRunFlags, type RunFlags, type TestConfig } from "./config/flags.js";
export type { RunObserver } from "./run/observer.js";
export { run, type RunOptions, type RunResult } from "./run/run.js";
