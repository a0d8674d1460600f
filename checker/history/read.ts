/**
 * JSON lines -> a history, or every reason why it is none.
 *
 * A history is evidence, so nothing is repaired and nothing guessed: each promise that the checkers rely on is verified
 * line by line, and an input that breaks one is an input error with its line, never a verdict. The reader takes our own
 * files and those of other tools that write one event a line; there `index`, `time` and `key` may be absent throughout.
 */

import { Intake, type ReadResult } from "./intake.js";
import { Lines } from "./lines.js";
import { isRawEvent, type RawEvent, shown } from "./parse.js";

export type { Problem, ReadResult } from "./intake.js";

export interface ReadOptions {
  /** Tolerate a last line cut off in the middle: what a killed harness leaves behind. Default: it is a problem. */
  readonly allowTruncatedTail?: boolean;
  /** No value is written twice under a key (`distinct-values.ts`): where one is, that is a problem. Default false. */
  readonly distinctValues?: boolean;
}

/** Takes a history in pieces of any size, text or UTF-8 bytes, cut anywhere. */
export class HistoryReader {
  readonly #allowTruncatedTail: boolean;
  readonly #intake: Intake;
  readonly #lines = new Lines({
    line: (text, line) => this.#takeLine(text, line),
    notUtf8: (line) => this.#intake.lost(line, "is not UTF-8"),
  });

  constructor(options: ReadOptions = {}) {
    this.#allowTruncatedTail = options.allowTruncatedTail ?? false;
    this.#intake = new Intake({ distinctValues: options.distinctValues ?? false });
  }

  push(chunk: string | Uint8Array): void {
    this.#lines.push(chunk);
  }

  end(): ReadResult {
    const line = this.#lines.nextLine;
    const tail = this.#lines.end();
    if (tail.is !== "nothing") {
      const raw = tail.is === "text" ? parsedOf(tail.text) : null;
      if (raw !== null) this.#intake.take(raw, line);
      else if (tail.is === "text" && tail.text.trim() === "") this.#intake.truncated = false;
      else if (this.#allowTruncatedTail) this.#intake.truncated = true;
      else this.#intake.problem(line, "is cut off in the middle: the file ends before the event does");
    }
    return this.#intake.result();
  }

  #takeLine(text: string, line: number): void {
    const raw = parsedOf(text);
    if (raw !== null) this.#intake.take(raw, line);
    else if (text.trim() !== "") this.#intake.lost(line, `is not a JSON object: ${shown(text)}`);
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
