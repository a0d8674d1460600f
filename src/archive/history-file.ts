/** A history on disk (or on standard input) -> a `History` in memory, or every problem with its line. */

import { createReadStream } from "node:fs";
import { createGunzip } from "node:zlib";
import { pipeline } from "node:stream/promises";
import { HistoryReader, type ReadResult } from "../../checker/history/read.js";

/** `allowTruncatedTail`: forgive a last line that was cut off in the middle, as a killed harness leaves it. */
export async function readHistoryFile(
  path: string,
  options: { readonly allowTruncatedTail: boolean },
): Promise<ReadResult> {
  const reader = new HistoryReader(options);
  const source = path === "-" ? process.stdin : createReadStream(path, { highWaterMark: 1 << 20 });
  const collect = async (chunks: AsyncIterable<Uint8Array>): Promise<void> => {
    for await (const chunk of chunks) reader.push(chunk);
  };
  if (path.endsWith(".gz")) await pipeline(source, createGunzip(), collect);
  else await pipeline(source, collect);
  return reader.end();
}
