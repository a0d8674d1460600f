/** A history on disk or on standard input, in any format that we read -> a `History`, or every problem with its line. */

import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { AnyHistoryReader, type AnyReadOptions, type AnyReadResult } from "../../checker/history/formats/any.js";

/**
 * `path` "-": standard input. Gzip is recognised by its first bytes, whatever the name says.
 *
 * A file that cannot be read, or a damaged gzip, is a problem like any other, at line 0.
 */
export async function readHistoryFile(path: string, options: AnyReadOptions): Promise<AnyReadResult> {
  const reader = new AnyHistoryReader(options);
  try {
    const source = path === "-" ? process.stdin : createReadStream(path, { highWaterMark: 1 << 20 });
    for await (const chunk of unzipped(source)) reader.push(chunk);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { ok: false, format: null, problems: [{ line: 0, message: `cannot be read: ${message}` }], problemCount: 1 };
  }
  return reader.end();
}

async function* unzipped(source: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const chunks = source[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  while (head.length < 2) {
    const { done, value } = await chunks.next();
    if (done === true) break;
    head = Buffer.concat([head, value]);
  }
  const whole = Readable.from(prefixed(head, chunks), { objectMode: false });
  yield* head[0] === 0x1f && head[1] === 0x8b ? pipedThroughGunzip(whole) : whole;
}

/** An error of the source ends the gunzip too, which `pipe` alone would not do. */
function pipedThroughGunzip(source: Readable): AsyncIterable<Uint8Array> {
  const gunzip = createGunzip();
  source.on("error", (error) => gunzip.destroy(error));
  return source.pipe(gunzip);
}

async function* prefixed(head: Buffer, rest: AsyncIterator<Uint8Array>): AsyncIterable<Uint8Array> {
  if (head.length > 0) yield head;
  for (;;) {
    const { done, value } = await rest.next();
    if (done === true) return;
    yield value;
  }
}
