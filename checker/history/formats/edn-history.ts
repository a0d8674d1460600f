/**
 * Histories in EDN: Jepsen's own (a vector or list of operations, or one operation a line, with or without its tag) and
 * the logs of Porcupine's key-value tests, which are one map a line with a `:key`.
 */

import { Intake, type ReadResult } from "../intake.js";
import { Lines } from "../lines.js";
import { isRawEvent, shown } from "../parse.js";
import type { ReadOptions } from "../read.js";
import { parseEdn } from "./edn.js";
import { EdnForms } from "./edn-forms.js";

export class EdnHistoryReader {
  readonly #allowTruncatedTail: boolean;
  readonly #intake: Intake;
  readonly #forms = new EdnForms({
    form: (text, line) => this.#takeForm(text, line),
    problem: (line, message) => this.#intake.problem(line, message),
  });
  readonly #lines = new Lines({
    line: (text, line) => this.#forms.line(text, line),
    notUtf8: (line) => this.#intake.lost(line, "is not UTF-8"),
  });

  constructor(options: ReadOptions = {}) {
    this.#allowTruncatedTail = options.allowTruncatedTail ?? false;
    // Jepsen's files may leave out events, such as those of the nemesis, and their times are not quite in order.
    this.#intake = new Intake({ dense: false, distinctValues: options.distinctValues ?? false });
  }

  push(chunk: string | Uint8Array): void {
    this.#lines.push(chunk);
  }

  end(): ReadResult {
    const line = this.#lines.nextLine;
    const tail = this.#lines.end();
    if (tail.is === "text") this.#forms.line(tail.text, line);
    const isCut = tail.is === "cut" || this.#forms.isOpen;
    if (isCut && this.#allowTruncatedTail) this.#intake.truncated = true;
    else if (isCut) {
      const since = tail.is === "cut" ? line : this.#forms.openSince;
      this.#intake.problem(since, "begins something that the file ends before: it is cut off");
    }
    return this.#intake.result();
  }

  #takeForm(text: string, line: number): void {
    const form = parseEdn(text);
    if (!form.ok) this.#intake.lost(line, `is not EDN: ${form.message}`);
    else if (!isRawEvent(form.value)) this.#intake.lost(line, `is not a map: ${shown(form.value)}`);
    // An operation without an argument, such as Jepsen's :acquire, need not say so.
    else this.#intake.take({ value: null, ...form.value }, line);
  }
}
