/** A history on disk or on standard input, in any format that we read -> a `History`, or every problem with its line. */

import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import type { TxnHistory, Workload } from "../../checker/isolation/history/columns.js";
import { JsonLinesReader } from "../../checker/isolation/history/json-lines.js";
import { AnyHistoryReader, type AnyReadOptions, type AnyReadResult } from "../../checker/history/formats/any.js";

/**
 * `path` "-": standard input. Gzip is recognised by its first bytes, whatever the name says.
 *
 * A file that cannot be read, or a damaged gzip, is a problem like any other, at line 0.
 */
export async function readHistoryFile(path: string, options: AnyReadOptions): Promise<AnyReadResult> {
  const reader = new AnyHistoryReader(options);
  try {
    for await (const chunk of bytesOf(path)) reader.push(chunk);
  } catch (error) {
    return unreadable(error);
  }
  return reader.end();
}

export type TransactionsResult =
  | { readonly is: "transactions"; readonly history: TxnHistory }
  /** No JSON lines: read as any other history. */
  | { readonly is: "other"; readonly read: AnyReadResult };

/** The same for transactions in JSON lines, a tenth of the time and memory: no object for each event. */
export async function readTransactionsFile(path: string, workload: Workload): Promise<TransactionsResult> {
  const head: Uint8Array[] = [];
  let reader: JsonLinesReader | AnyHistoryReader | null = null;
  try {
    for await (const chunk of bytesOf(path)) {
      if (reader !== null) reader.push(chunk);
      else {
        head.push(chunk);
        const begins = beginsJsonLines(Buffer.concat(head).toString("latin1"));
        if (begins === null) continue;
        reader = begins ? new JsonLinesReader(workload, true) : new AnyHistoryReader();
        for (const piece of head.splice(0)) reader.push(piece);
      }
    }
  } catch (error) {
    return { is: "other", read: unreadable(error) };
  }
  if (reader instanceof JsonLinesReader) return { is: "transactions", history: reader.end() };
  const any = reader ?? new AnyHistoryReader();
  for (const piece of head) any.push(piece);
  return { is: "other", read: any.end() };
}

/** An object whose first name is quoted; null: more is needed to tell. */
function beginsJsonLines(text: string): boolean | null {
  const begin = /^\s*(\S)\s*(\S)?/.exec(text);
  if (begin === null || (begin[1] === "{" && begin[2] === undefined)) return null;
  return begin[1] === "{" && begin[2] === '"';
}

/** What is in the file or comes from standard input, unpacked. */
const bytesOf = (path: string): AsyncIterable<Uint8Array> =>
  unzipped(path === "-" ? process.stdin : createReadStream(path, { highWaterMark: 1 << 20 }));

function unreadable(error: unknown): AnyReadResult {
  const message = error instanceof Error ? error.message : String(error);
  return { ok: false, format: null, problems: [{ line: 0, message: `cannot be read: ${message}` }], problemCount: 1 };
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
