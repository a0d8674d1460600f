/**
 * A history in any format that we read, recognised by its content: push the pieces, ask at the end.
 *
 * | format           | how it begins                               |
 * | ---------------- | ------------------------------------------- |
 * | `json-lines`     | `{"`: ours, and other tools' one event a line |
 * | `jepsen-edn`     | `[`, `(`, `{:` or `#`, perhaps after `;` comments |
 * | `porcupine-kv`   | as EDN; every operation is a get, put or append of a string with a `:key` |
 * | `porcupine-etcd` | `INFO  jepsen.util - `                      |
 *
 * Compression is undone by the caller.
 */

import { suggestModel } from "../../model/suggest.js";
import type { History } from "../operation.js";
import { HistoryReader, type ReadOptions, type ReadResult } from "../read.js";
import { EdnHistoryReader } from "./edn-history.js";
import { EtcdLogReader } from "./etcd-log.js";
import { withoutTuples } from "./tuples.js";

export const FORMATS = ["json-lines", "jepsen-edn", "porcupine-etcd", "porcupine-kv"] as const;
export type Format = (typeof FORMATS)[number];

/** `model`: the name of the one that knows all these operations, null where none does. */
export type AnyReadResult =
  | (ReadResult & { readonly ok: true; readonly format: Format; readonly model: string | null })
  | (ReadResult & { readonly ok: false; readonly format: Format | null });

export interface AnyReadOptions extends ReadOptions {
  /** Default: recognised by content. */
  readonly format?: Format | "auto";
}

interface Reader {
  push(chunk: string | Uint8Array): void;
  end(): ReadResult;
}

/** What the beginning of a file shows: a format, or why it is none that we know; null: more is needed. */
type Sniffed =
  | { readonly is: "format"; readonly format: Format }
  | { readonly is: "no"; readonly message: string }
  | null;

/** So much of a beginning without a single event in it is not looked at any further. */
const SNIFFED_MAX = 1 << 20;
const SNIFFED_FIRST = 1 << 10;

export class AnyHistoryReader {
  readonly #options: ReadOptions;
  #format: Format | null;
  #reader: Reader | null = null;
  #refused: string | null = null;
  /** The beginning, kept until it is recognised: the pieces, and their text as far as it is ASCII. */
  #pieces: (string | Uint8Array)[] = [];
  #head = "";

  constructor(options: AnyReadOptions = {}) {
    this.#options = options;
    this.#format = options.format === undefined || options.format === "auto" ? null : options.format;
    if (this.#format !== null) this.#reader = readerOf(this.#format, options);
  }

  push(chunk: string | Uint8Array): void {
    if (this.#reader !== null) {
      this.#reader.push(chunk);
      return;
    }
    if (this.#refused !== null) return;
    this.#pieces.push(typeof chunk === "string" ? chunk : new Uint8Array(chunk));
    // Twice as much at every turn: nearly always the first few letters tell.
    for (let at = 0; at < chunk.length && this.#pieces.length > 0; ) {
      const end = Math.min(chunk.length, at + Math.max(SNIFFED_FIRST, this.#head.length));
      this.#head += asciiOf(chunk, at, end);
      at = end;
      this.#decide(sniff(this.#head, this.#head.length > SNIFFED_MAX));
    }
  }

  end(): AnyReadResult {
    if (this.#reader === null && this.#refused === null) this.#decide(sniff(this.#head, true));
    if (this.#reader === null || this.#format === null) {
      const message = this.#refused ?? "is no history that we know";
      return { ok: false, problems: [{ line: 1, message }], problemCount: 1, format: null };
    }
    const read = this.#reader.end();
    if (!read.ok) return { ...read, format: this.#format };
    const history = withoutTuples(read.history);
    const format = this.#format === "jepsen-edn" && isPorcupineKv(history) ? "porcupine-kv" : this.#format;
    return { ...read, history, format, model: suggestModel(history.operations) };
  }

  #decide(sniffed: Sniffed): void {
    if (sniffed === null) return;
    if (sniffed.is === "no") this.#refused = sniffed.message;
    else {
      this.#format = sniffed.format;
      const reader = readerOf(sniffed.format, this.#options);
      this.#reader = reader;
      for (const piece of this.#pieces) reader.push(piece);
    }
    this.#pieces = [];
    this.#head = "";
  }
}

function readerOf(format: Format, options: ReadOptions): Reader {
  if (format === "json-lines") return new HistoryReader(options);
  return format === "porcupine-etcd" ? new EtcdLogReader(options) : new EdnHistoryReader(options);
}

const found = (format: Format): Sniffed => ({ is: "format", format });

/** `last`: nothing more will come, so something has to be said. */
function sniff(head: string, last: boolean): Sniffed {
  if (head.startsWith("\u001F\u008B")) return { is: "no", message: "is compressed (gzip): unpack it first" };
  if (/^(?:\u00FF\u00FE|\u00FE\u00FF)/.test(head)) return { is: "no", message: "is UTF-16, expected UTF-8" };
  const text = head.replace(/^\u00EF\u00BB\u00BF|^\uFEFF/, "").replace(/^(?:\s|,|;[^\n]*(?:\n|$))+/, "");
  // A history without events, of any format that allows for what there is.
  if (text === "") return last ? found(head.includes(";") ? "jepsen-edn" : "json-lines") : null;
  if (text.startsWith("INFO")) return found("porcupine-etcd");
  if (/^\{\s*(?:["}]|[^\s:"}])/.test(text)) return found("json-lines");
  if (/^\{\s*:/.test(text) || text.startsWith("#")) return found("jepsen-edn");
  const opened = /^[[(]\s*([^\s])\s*(\S)?/.exec(text);
  if (opened !== null) {
    if (text.startsWith("[") && opened[1] === "{" && opened[2] === '"') {
      return { is: "no", message: "is a JSON array: write one event a line instead" };
    }
    if (opened[1] !== "{" || opened[2] !== undefined || last) return found("jepsen-edn");
  }
  const undecided = /^(?:\{\s*|[[(]\s*\{?\s*|I|IN|INF)$/.test(text);
  if (undecided && !last) return null;
  if (undecided) return found(text.startsWith("{") ? "json-lines" : "jepsen-edn");
  // Anything else is reported line by line, by the reader of the most usual format.
  return found("json-lines");
}

/** Bytes as characters of the same number: enough to recognise a format, whose signs are all ASCII. */
function asciiOf(chunk: string | Uint8Array, start: number, end: number): string {
  if (typeof chunk === "string") return chunk.slice(start, end);
  let text = "";
  for (const byte of chunk.subarray(start, end)) text += String.fromCharCode(byte);
  return text;
}

function isPorcupineKv({ operations }: History): boolean {
  const fs = ["get", "put", "append"];
  return (
    operations.length > 0 &&
    operations.every(
      ({ f, key, value }) =>
        fs.includes(f) && key !== null && (typeof value === "string" || (f === "get" && value === null)),
    )
  );
}

/** A whole history of any format that is already in memory. */
export function readAnyHistory(content: string | Uint8Array, options: AnyReadOptions = {}): AnyReadResult {
  const reader = new AnyHistoryReader(options);
  reader.push(content);
  return reader.end();
}
