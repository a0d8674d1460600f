/**
 * Walks the bytes of one line of JSON. Fields are public because the reader's hottest loops move the position themselves.
 */

import { decodeUtf8 } from "./utf8.js";

export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const MINUS = 0x2d;
export const ZERO = 0x30;
export const NINE = 0x39;
export const COLON = 0x3a;
export const OPEN = 0x5b;
export const BACKSLASH = 0x5c;
export const CLOSE = 0x5d;
export const LETTER_N = 0x6e;
export const OPEN_BRACE = 0x7b;
export const CLOSE_BRACE = 0x7d;

export class Malformed extends Error {}

export class Scanner {
  bytes: Uint8Array = new Uint8Array(0);
  /** Position, and the end of the line. */
  at = 0;
  end = 0;

  number(): number {
    const start = this.at;
    let value = 0;
    let byte = this.bytes[this.at] ?? 0;
    const negative = byte === MINUS;
    if (negative) byte = this.bytes[++this.at] ?? 0;
    const first = this.at;
    while (byte >= ZERO && byte <= NINE) {
      value = value * 10 + (byte - ZERO);
      byte = this.bytes[++this.at] ?? 0;
    }
    const plain = byte === COMMA || byte === CLOSE_BRACE || byte <= 0x20;
    if (plain && this.at > first) return negative ? -value : value;
    this.at = start;
    this.skip();
    const text = decodeUtf8(this.bytes, start, this.at);
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== "number" && parsed !== null) throw new Malformed(`${text}: expected a number`);
    return parsed ?? Number.NaN;
  }

  string(): string {
    const start = this.at;
    if (this.bytes[start] !== QUOTE) throw new Malformed("expected a string");
    let at = start + 1;
    let text = "";
    for (; at < this.end; at++) {
      const byte = this.bytes[at] ?? 0;
      if (byte === QUOTE) {
        this.at = at + 1;
        return text;
      }
      if (byte === BACKSLASH || byte >= 0x80) break;
      text += String.fromCharCode(byte);
    }
    this.skip();
    const parsed: unknown = JSON.parse(decodeUtf8(this.bytes, start, this.at));
    return String(parsed);
  }

  /** Passes over one value. */
  skip(): void {
    const bytes = this.bytes;
    let depth = 0;
    for (let at = this.at; at < this.end; at++) {
      const byte = bytes[at] ?? 0;
      if (byte === QUOTE) {
        at++;
        while (at < this.end && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
        if (at >= this.end) throw new Malformed("the line ends inside a string");
        if (depth > 0) continue;
        this.at = at + 1;
        return;
      }
      if (byte === OPEN || byte === OPEN_BRACE) depth++;
      else if (byte === CLOSE || byte === CLOSE_BRACE) {
        if (depth === 0) {
          this.at = at;
          return;
        }
        if (--depth === 0) {
          this.at = at + 1;
          return;
        }
      } else if (depth === 0 && (byte === COMMA || byte <= 0x20)) {
        this.at = at;
        return;
      }
    }
    if (depth > 0) throw new Malformed("the line ends inside a value");
    this.at = this.end;
  }

  /** Passes over a null, of which the first letter was seen. */
  expectNull(): void {
    const start = this.at;
    this.skip();
    const text = decodeUtf8(this.bytes, start, this.at);
    if (text !== "null") throw new Malformed(`${text} is no value of JSON`);
  }

  /** The next byte that is no white space, not consumed; -1 at the end of the line. */
  peek(): number {
    while (this.at < this.end) {
      const byte = this.bytes[this.at] ?? 0;
      if (byte > 0x20) return byte;
      this.at++;
    }
    return -1;
  }

  next(): number {
    const byte = this.peek();
    this.at++;
    return byte;
  }

  expect(byte: number): void {
    if (this.next() !== byte) throw new Malformed(`expected ${String.fromCharCode(byte)}`);
  }
}
