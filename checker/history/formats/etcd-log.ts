/**
 * The logs of Jepsen's test of etcd, as Porcupine's tests keep them:
 *
 *     INFO  jepsen.util - 3   :invoke :cas    [1 2]
 *
 * Columns (process, type, f, value) are separated by tabs or blanks; a value is nil, a number, a pair, or `:timed-out`.
 */

import { Intake, type ReadResult } from "../intake.js";
import { Lines } from "../lines.js";
import { shown } from "../parse.js";
import type { ReadOptions } from "../read.js";

const LINE =
  /^INFO\s+jepsen\.util\s+-\s+(\d+)\s+:(invoke|ok|fail|info)\s+:(read|write|cas)\s+(nil|:[a-z-]+|-?\d+|\[-?\d+ -?\d+\])\s*$/;

export class EtcdLogReader {
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
    // A last line without its newline may have lost digits of its value: "1" of "12" cannot be told from "1".
    if (tail.is === "cut" || (tail.is === "text" && tail.text.trim() !== "")) {
      if (this.#allowTruncatedTail) this.#intake.truncated = true;
      else this.#intake.problem(line, "is cut off, or lacks the newline that such a log ends in");
    }
    return this.#intake.result();
  }

  #takeLine(text: string, line: number): void {
    if (text.trim() === "") return;
    const [, process, type, f, value = ""] = LINE.exec(text) ?? [];
    if (process === undefined) {
      this.#intake.lost(line, `is no line of a Jepsen log: ${shown(text)}`);
      return;
    }
    const isError = value.startsWith(":");
    this.#intake.take(
      {
        process: Number(process),
        type,
        f,
        value: isError || value === "nil" ? null : valueOf(value),
        ...(isError ? { error: value.slice(1) } : {}),
      },
      line,
    );
  }
}

const valueOf = (text: string): number | number[] =>
  text.startsWith("[") ? text.slice(1, -1).split(" ").map(Number) : Number(text);
