/** Whether a file of JSON lines is linearizable, without an object for each operation where that is enough. */

import { isAscii, isUtf8 } from "node:buffer";
import { readFileSync, statSync } from "node:fs";
import type { LinearizabilityDetails } from "../../checker/linearizability/details.js";
import { QuickCheck } from "../../checker/linearizability/quick/quick.js";
import { QuickRest } from "../../checker/linearizability/quick/rest.js";
import type { Verdict } from "../../checker/verdict.js";

/** Of larger files the check of distinct values is less dear, and objects would not fit for the others. */
const BYTES_MAX = 256 * 2 ** 20;
/** So much text at a time: what is made of it is gone before there is more. */
const PIECE_BYTES = 1 << 16;
const NEWLINE = 10;
const BRACE = 123;

/** null: the file has to be read and checked in full, to tell what is wrong with it or because it takes longer. */
export function checkQuickly(path: string, stepsMax: number): Verdict<LinearizabilityDetails> | null {
  const bytes = bytesOf(path);
  if (bytes === null) return null;
  const check = new QuickCheck();
  for (const lines of piecesOf(bytes)) if (!check.push(lines)) return null;
  const answer = check.end(stepsMax);
  if (answer.is === "declined" || !answer.hasOk) return null;
  if (answer.is === "valid") return answer.verdict;
  const rest = new QuickRest(answer.open);
  for (const lines of piecesOf(bytes)) rest.push(lines);
  const verdict = rest.end(stepsMax);
  return verdict.valid === "unknown" ? null : verdict;
}

/** null: nothing for us, or nothing that can be read, which the long way tells. */
function bytesOf(path: string): Buffer | null {
  // Asked before it is opened: what is in a pipe could not be read a second time.
  const status = statSync(path, { throwIfNoEntry: false });
  if (status?.isFile() !== true || status.size === 0 || status.size > BYTES_MAX) return null;
  try {
    const bytes = readFileSync(path);
    return bytes[0] === BRACE && (isAscii(bytes) || isUtf8(bytes)) ? bytes : null;
  } catch {
    return null;
  }
}

/** The text in pieces of whole lines. */
function* piecesOf(bytes: Buffer): Generator<string> {
  const encoding = isAscii(bytes) ? "latin1" : "utf8";
  for (let at = 0; at < bytes.length; ) {
    const last = at + PIECE_BYTES;
    const newline = last < bytes.length ? bytes.indexOf(NEWLINE, last) : -1;
    const end = newline === -1 ? bytes.length : newline + 1;
    yield bytes.toString(encoding, at, end);
    at = end;
  }
}
