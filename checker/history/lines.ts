/** Text or UTF-8 bytes in pieces of any size, cut anywhere -> whole lines. */

/** In every runtime we know, Node and browsers alike, but in none of the type libraries that this folder may use. */
declare const TextDecoder: new (
  label: string,
  options: { fatal: boolean; ignoreBOM: boolean },
) => { decode(bytes: Uint8Array): string };

const NEWLINE = 10;

/** Who takes the lines. They count from 1, as editors do. */
export interface LineTaker {
  /** A line without its newline. A byte order mark before the first line is already gone. */
  line(text: string, line: number): void;
  /** A line that is not UTF-8. */
  notUtf8(line: number): void;
}

/** What follows the last newline: nothing, text, or bytes that stop inside a character. */
export type Tail = { readonly is: "nothing" } | { readonly is: "text"; readonly text: string } | { readonly is: "cut" };

export class Lines {
  readonly #taker: LineTaker;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  /** The beginning of a line whose end has not come yet: text, and after it bytes that may end inside a character. */
  #restText = "";
  #restBytes: Uint8Array = new Uint8Array(0);
  #line = 0;

  constructor(taker: LineTaker) {
    this.#taker = taker;
  }

  /** The number of the line that the tail is on. */
  get nextLine(): number {
    return this.#line + 1;
  }

  push(chunk: string | Uint8Array): void {
    if (typeof chunk !== "string") {
      this.#pushBytes(chunk);
      return;
    }
    if (this.#restBytes.length > 0) this.#takeBytesAsText();
    this.#pushText(chunk);
  }

  end(): Tail {
    if (this.#restBytes.length > 0) {
      const text = this.#tryDecode(this.#restBytes);
      this.#restBytes = new Uint8Array(0);
      // Bytes that stop inside a character are the clearest sign of a cut.
      if (text === null) return { is: "cut" };
      this.#restText += text;
    }
    const text = this.#withoutMark(this.#restText, this.nextLine);
    this.#restText = "";
    return text === "" ? { is: "nothing" } : { is: "text", text };
  }

  #pushText(text: string): void {
    const all = this.#restText === "" ? text : this.#restText + text;
    let start = 0;
    for (let end = all.indexOf("\n"); end !== -1; end = all.indexOf("\n", start)) {
      this.#line++;
      this.#taker.line(this.#withoutMark(all.slice(start, end), this.#line), this.#line);
      start = end + 1;
    }
    this.#restText = all.slice(start);
  }

  #withoutMark(text: string, line: number): string {
    return line === 1 && text.startsWith("\uFEFF") ? text.slice(1) : text;
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
      this.#pushText(this.#decode(whole.subarray(start, end + 1)));
      start = end + 1;
    }
  }

  #takeBytesAsText(): void {
    const bytes = this.#restBytes;
    this.#restBytes = new Uint8Array(0);
    this.#restText += this.#decode(bytes);
  }

  #tryDecode(bytes: Uint8Array): string | null {
    try {
      return this.#decoder.decode(bytes);
    } catch {
      return null;
    }
  }

  /** The text of one line; where it is no UTF-8 the taker is told, and what remains is only its newline. */
  #decode(bytes: Uint8Array): string {
    const text = this.#tryDecode(bytes);
    if (text !== null) return text;
    this.#taker.notUtf8(this.nextLine);
    return bytes.at(-1) === NEWLINE ? "\n" : "";
  }
}

/** Always a copy: the caller may fill its buffer again, and `slice` of a Buffer of Node is none. */
function joined(head: Uint8Array, tail: Uint8Array): Uint8Array {
  const both = new Uint8Array(head.length + tail.length);
  both.set(head);
  both.set(tail, head.length);
  return both;
}
