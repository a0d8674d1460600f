/**
 * JSON lines -> a history, or every reason why it is none.
 *
 * A history is evidence, so nothing is repaired and nothing guessed: each promise that the checkers rely on is verified
 * line by line, and an input that breaks one is an input error with its line, never a verdict. The reader takes our own
 * files and those of other tools that write one event a line; there `index`, `time` and `key` may be absent throughout.
 */

import type { History } from "./operation.js";
import { Pairing } from "./pair.js";
import { isRawEvent, parseEvent, type RawEvent, shown } from "./parse.js";

/** What is wrong, and where. Lines count from 1, as editors do. */
export interface Problem {
  readonly line: number;
  readonly message: string;
}

/** `problems`: the first hundred of `problemCount`. `truncated`: a last line cut off in the middle was left out. */
export type ReadResult =
  | { readonly ok: true; readonly history: History; readonly truncated: boolean }
  | { readonly ok: false; readonly problems: readonly Problem[]; readonly problemCount: number };

export interface ReadOptions {
  /** Tolerate a last line cut off in the middle: what a killed harness leaves behind. Default: it is a problem. */
  readonly allowTruncatedTail?: boolean;
}

const PROBLEMS_MAX = 100;
const NEWLINE = 10;

/** In every runtime we know, Node and browsers alike, but in none of the type libraries that this folder may use. */
declare const TextDecoder: new (
  label: string,
  options: { fatal: boolean; ignoreBOM: boolean },
) => { decode(bytes: Uint8Array): string };

/** Takes a history in pieces of any size, text or UTF-8 bytes, cut anywhere. */
export class HistoryReader {
  readonly #allowTruncatedTail: boolean;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  readonly #pairing = new Pairing();
  readonly #problems: Problem[] = [];
  #problemCount = 0;
  /** The beginning of a line whose end has not come yet: text, and after it bytes that may end inside a character. */
  #restText = "";
  #restBytes: Uint8Array = new Uint8Array(0);
  #line = 0;
  #index = 0;
  #hasIndex = false;
  #hasTime = false;
  #time = 0;
  #truncated = false;

  constructor(options: ReadOptions = {}) {
    this.#allowTruncatedTail = options.allowTruncatedTail ?? false;
  }

  push(chunk: string | Uint8Array): void {
    if (typeof chunk !== "string") {
      this.#pushBytes(chunk);
      return;
    }
    if (this.#restBytes.length > 0) this.#takeBytesAsText();
    this.#pushText(chunk);
  }

  end(): ReadResult {
    if (this.#restBytes.length > 0) {
      const text = this.#tryDecode(this.#restBytes);
      this.#restBytes = new Uint8Array(0);
      // Bytes that stop inside a character are the clearest sign of a cut.
      if (text === null) this.#tail(null);
      else this.#restText += text;
    }
    if (this.#restText !== "") this.#tail(this.#restText);
    if (this.#problemCount > 0) return { ok: false, problems: this.#problems, problemCount: this.#problemCount };
    return { ok: true, history: this.#pairing.history(), truncated: this.#truncated };
  }

  #pushText(text: string): void {
    const all = this.#restText === "" ? text : this.#restText + text;
    let start = 0;
    for (let end = all.indexOf("\n"); end !== -1; end = all.indexOf("\n", start)) {
      this.#takeLine(all.slice(start, end));
      start = end + 1;
    }
    this.#restText = all.slice(start);
  }

  #pushBytes(chunk: Uint8Array): void {
    const last = chunk.lastIndexOf(NEWLINE);
    const whole = joined(this.#restBytes, last === -1 ? chunk : chunk.subarray(0, last + 1));
    if (last === -1) {
      this.#restBytes = whole;
      return;
    }
    this.#restBytes = new Uint8Array(chunk.subarray(last + 1));
    const text = this.#tryDecode(whole);
    if (text !== null) {
      this.#pushText(text);
      return;
    }
    for (let start = 0; start < whole.length; ) {
      const end = whole.indexOf(NEWLINE, start);
      this.#pushText(this.#decode(whole.subarray(start, end + 1), this.#line + 1));
      start = end + 1;
    }
  }

  #takeBytesAsText(): void {
    const bytes = this.#restBytes;
    this.#restBytes = new Uint8Array(0);
    this.#restText += this.#decode(bytes, this.#line + 1);
  }

  #tryDecode(bytes: Uint8Array): string | null {
    try {
      return this.#decoder.decode(bytes);
    } catch {
      return null;
    }
  }

  /** The text of one line; where it is no UTF-8, that is its problem and what remains is only its newline. */
  #decode(bytes: Uint8Array, line: number): string {
    const text = this.#tryDecode(bytes);
    if (text !== null) return text;
    this.#problem(line, "is not UTF-8");
    // It still was an event: keep the count, so that one bad line is one problem.
    this.#index++;
    this.#pairing.skip();
    return bytes.at(-1) === NEWLINE ? "\n" : "";
  }

  /** The last line, when the file does not end in a newline. `null`: it ends inside a character. */
  #tail(text: string | null): void {
    const raw = text === null ? null : parsedOf(text);
    this.#restText = "";
    if (text !== null && (raw !== null || text.trim() === "")) {
      this.#takeLine(text);
    } else if (this.#allowTruncatedTail) {
      this.#truncated = true;
    } else {
      this.#problem(this.#line + 1, "is cut off in the middle: the file ends before the event does");
    }
  }

  #takeLine(text: string): void {
    this.#line++;
    const line = this.#line === 1 && text.startsWith("\uFEFF") ? text.slice(1) : text;
    const raw = parsedOf(line);
    if (raw === null) {
      if (line.trim() === "") return;
      this.#problem(this.#line, `is not a JSON object: ${shown(line)}`);
      this.#index++;
      this.#pairing.skip();
      return;
    }
    this.#takeRaw(raw);
  }

  #takeRaw(raw: RawEvent): void {
    if (this.#index === 0) {
      this.#hasIndex = raw["index"] !== undefined;
      this.#hasTime = raw["time"] !== undefined;
    }
    const parsed = parseEvent(raw, {
      index: this.#index,
      hasIndex: this.#hasIndex,
      hasTime: this.#hasTime && this.#index > 0,
      time: this.#time,
    });
    // After a gap go on from the index found, so that one missing line is one problem.
    const index = raw["index"];
    this.#index = (typeof index === "number" && Number.isSafeInteger(index) ? index : this.#index) + 1;
    const time = raw["time"];
    if (typeof time === "number" && Number.isFinite(time)) this.#time = time;
    if (parsed.is === "foreign") {
      this.#pairing.skip();
    } else if (parsed.is === "wrong") {
      this.#pairing.skip();
      for (const message of parsed.messages) this.#problem(this.#line, message);
    } else {
      const problem = this.#pairing.add(parsed.event);
      if (problem !== null) this.#problem(this.#line, problem);
    }
  }

  #problem(line: number, message: string): void {
    this.#problemCount++;
    if (this.#problems.length < PROBLEMS_MAX) this.#problems.push({ line, message });
  }
}

/** A whole history that is already in memory as text. */
export function readHistory(text: string, options: ReadOptions = {}): ReadResult {
  const reader = new HistoryReader(options);
  reader.push(text);
  return reader.end();
}

function parsedOf(line: string): RawEvent | null {
  try {
    const value: unknown = JSON.parse(line);
    return isRawEvent(value) ? value : null;
  } catch {
    return null;
  }
}

/** Always a copy: the caller may fill its buffer again, and `slice` of a Buffer of Node is none. */
function joined(head: Uint8Array, tail: Uint8Array): Uint8Array {
  const both = new Uint8Array(head.length + tail.length);
  both.set(head);
  both.set(tail, head.length);
  return both;
}
