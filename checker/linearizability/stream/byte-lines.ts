/** Pieces of bytes -> whole lines, in place: a line is where it lies, and only one that was cut is copied. */

declare const TextDecoder: new (
  label: string,
  options: { fatal: boolean; ignoreBOM: boolean },
) => { decode(bytes: Uint8Array): string };
declare const TextEncoder: new () => { encode(text: string): Uint8Array };

const NEWLINE = 10;
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

export const encoded = (text: string): Uint8Array => encoder.encode(text);

/** The text of bytes, or null where they are no UTF-8. */
export function decoded(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}

/** Takes the line in [start, end) of `bytes`, which are the caller's again when it returns. */
export type TakeLine = (bytes: Uint8Array, start: number, end: number) => void;

export class ByteLines {
  readonly #take: TakeLine;
  #rest = new Uint8Array(0);
  #isFirst = true;

  constructor(take: TakeLine) {
    this.#take = take;
  }

  push(chunk: Uint8Array): void {
    let start = 0;
    if (this.#rest.length > 0) {
      const end = chunk.indexOf(NEWLINE);
      const more = chunk.subarray(0, end === -1 ? chunk.length : end);
      const line = new Uint8Array(this.#rest.length + more.length);
      line.set(this.#rest);
      line.set(more, this.#rest.length);
      this.#rest = line;
      if (end === -1) return;
      this.#rest = new Uint8Array(0);
      this.#line(line, 0, line.length);
      start = end + 1;
    }
    for (let end = chunk.indexOf(NEWLINE, start); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      this.#line(chunk, start, end);
      start = end + 1;
    }
    this.#rest = new Uint8Array(chunk.subarray(start));
  }

  /** The last line, where no newline ends it. */
  end(): void {
    if (this.#rest.length > 0) this.#line(this.#rest, 0, this.#rest.length);
    this.#rest = new Uint8Array(0);
  }

  #line(bytes: Uint8Array, start: number, end: number): void {
    let from = start;
    if (this.#isFirst && bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf) from += 3;
    this.#isFirst = false;
    this.#take(bytes, from, end);
  }
}
