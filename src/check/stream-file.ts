/**
 * A file too large to hold in memory: the check of registers with distinct values, straight from its bytes, in one pass
 * (two when something is wrong: the second collects what explains it).
 */

import { createReadStream } from "node:fs";
import type { LinearizabilityDetails } from "../../checker/linearizability/details.js";
import { FocusReader } from "../../checker/linearizability/stream/focus.js";
import { DistinctStream } from "../../checker/linearizability/stream/stream.js";
import type { Verdict } from "../../checker/verdict.js";

export type Streamed =
  | { readonly is: "verdict"; readonly verdict: Verdict<LinearizabilityDetails> }
  /** The file is not for this check (`line` 0: that shows only at the end), and must be read in full. */
  | { readonly is: "declined"; readonly because: string; readonly line: number };

const chunksOf = (path: string): AsyncIterable<Uint8Array> => createReadStream(path, { highWaterMark: 1 << 20 });

/** @throws what reading the file throws */
export async function checkStream(path: string): Promise<Streamed> {
  const stream = new DistinctStream();
  for await (const chunk of chunksOf(path)) stream.push(chunk);
  const answer = stream.end();
  if (answer.is === "declined") return answer;
  if (answer.is === "valid") return { is: "verdict", verdict: answer.verdict };
  const focus = new FocusReader(answer.focus);
  for await (const chunk of chunksOf(path)) focus.push(chunk);
  return { is: "verdict", verdict: focus.end(answer.verdict) };
}
