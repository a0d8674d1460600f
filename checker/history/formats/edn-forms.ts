/**
 * Lines of an EDN file -> its forms, one by one: maps at the top level, or the members of one vector or list around all.
 *
 * Only brackets, strings and comments are understood here, so that a file of any size is cut without being held; what a
 * form means is `edn.ts`.
 */

export interface FormTaker {
  /** The text of a form, and the line it begins on. */
  form(text: string, line: number): void;
  problem(line: number, message: string): void;
}

/** A form that goes on over more lines than this is cut: a quote or bracket that was lost would take in all the rest. */
const LINES_MAX = 1000;

const CLOSERS: { readonly [opener: string]: string } = { "(": ")", "[": "]", "{": "}" };

export class EdnForms {
  readonly #taker: FormTaker;
  /** What closes the vector or list around all; null before it is opened, and where there is none. */
  #outer: string | null = null;
  #outerClosed = false;
  #any = false;
  /** The form being collected. */
  #text = "";
  #line = 0;
  #closers: string[] = [];
  #inString = false;
  /** A form that begins with `#` is complete only after the form it tags. */
  #tagged = false;

  constructor(taker: FormTaker) {
    this.#taker = taker;
  }

  /** Whether the text so far ends inside a form, or inside the vector around all. */
  get isOpen(): boolean {
    return this.#text !== "" || (this.#outer !== null && !this.#outerClosed);
  }

  /** The line on which the form that is open began. */
  get openSince(): number {
    return this.#line;
  }

  line(text: string, line: number): void {
    const whole = `${text}\n`;
    let start = this.#text === "" ? -1 : 0;
    for (let at = 0; at < whole.length; ) {
      if (start === -1) {
        at = this.#between(whole, at, line);
        if (at < whole.length) start = at;
        continue;
      }
      const end = this.#inside(whole, at);
      if (end !== null) {
        this.#finish(whole.slice(start, end));
        start = -1;
        at = end;
      } else {
        at = whole.length;
      }
    }
    if (start !== -1) this.#keep(whole.slice(start), line);
  }

  #finish(rest: string): void {
    const form = this.#text + rest;
    this.#text = "";
    this.#any = true;
    this.#taker.form(form, this.#line);
  }

  #keep(rest: string, line: number): void {
    this.#text += rest;
    if (line - this.#line < LINES_MAX) return;
    this.#taker.problem(this.#line, `a form begins here and does not end within ${LINES_MAX} lines`);
    this.#text = "";
    [this.#closers, this.#inString] = [[], false];
  }

  /** Passes over what stands between forms; returns where a form begins, or the end of the line. */
  #between(text: string, from: number, line: number): number {
    for (let at = from; at < text.length; at++) {
      const c = text[at] ?? "";
      if (/[\s,]/.test(c)) continue;
      if (c === ";") return text.length;
      if ((c === "[" || c === "(") && this.#outer === null && !this.#any) {
        this.#outer = CLOSERS[c] ?? "";
        this.#line = line;
      } else if (c === this.#outer && !this.#outerClosed) {
        this.#outerClosed = true;
      } else if (c === ")" || c === "]" || c === "}") {
        this.#taker.problem(line, `"${c}" closes nothing`);
      } else {
        if (this.#outerClosed) this.#taker.problem(line, "something follows the end of the history");
        [this.#line, this.#tagged, this.#closers, this.#inString] = [line, c === "#", [], false];
        return at;
      }
    }
    return text.length;
  }

  /** Goes on inside a form; returns where it ends, or null where it goes on beyond this line. */
  #inside(text: string, from: number): number | null {
    for (let at = from; at < text.length; at++) {
      const c = text[at] ?? "";
      if (this.#inString) {
        if (c === "\\") at++;
        else if (c === '"') {
          this.#inString = false;
          if (this.#closers.length === 0) return at + 1;
        }
      } else if (c === '"') this.#inString = true;
      else if (c === "\\") at++;
      else if (c === ";") return this.#closers.length === 0 && !this.#tagged ? at : null;
      else if (c in CLOSERS) this.#closers.push(CLOSERS[c] ?? "");
      else if (c === ")" || c === "]" || c === "}") {
        // What does not fit is for the parser to say, in the form where it stands.
        if (this.#closers.length === 0) return at;
        this.#closers.pop();
        if (this.#closers.length === 0) return at + 1;
      } else if (this.#closers.length === 0 && !this.#tagged && /[\s,]/.test(c)) return at;
    }
    return null;
  }
}
