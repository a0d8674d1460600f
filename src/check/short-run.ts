/**
 * V8 has code that ran for a while made fast, on another thread. Of a history that is checked in a tenth of a second that
 * takes more time than all the rest, and it is hardly done when the check is over: there it is told to wait longer.
 */

import { statSync } from "node:fs";
import { setFlagsFromString } from "node:v8";

/** From here on fast code is worth what it costs: 40 000 events or so. */
const LONG_BYTES = 4 * 2 ** 20;

/** Bytes of code that run before it is looked at again; usually 66 KB. */
const USUAL = 66 * 1024;
const LONGER = 1_000_000;

/** `path`: of what is to be checked; what comes from a pipe, or is a run, may be long. */
export function hurry(path: string): void {
  const status = path === "-" ? undefined : statSync(path, { throwIfNoEntry: false });
  if (status?.isFile() === true && status.size < LONG_BYTES) wait(LONGER);
}

/** Takes that back. */
export const asUsual = (): void => wait(USUAL);

function wait(bytes: number): void {
  // The flag is V8's own affair: another version may do without, and what is told here was measured with this one.
  if (process.versions.v8.startsWith("11.")) setFlagsFromString(`--interrupt-budget=${bytes}`);
}
