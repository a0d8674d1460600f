/**
 * Reads a history of transactions from the bytes of a JSON-lines file, without making an object per event.
 *
 * `JSON.parse` of a line costs more than everything else that is done with it. The scanner below walks the bytes once,
 * understands the few shapes that a transaction is made of, and hands all other values (strings, fractions, nested
 * values) to `JSON.parse` one by one. It is strict where it looks and skips what it does not need, so it is no validator
 * of JSON in general.
 */

import { FAIL, type TxnHistory, type Workload } from "./columns.js";
import { EVENT_CODES, HistoryBuilder, INVOKE, type EventCode } from "./builder.js";
import { decodeUtf8 } from "./utf8.js";

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const OPEN = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE = 0x5d;
const LETTER_N = 0x6e;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
/** Integers of up to nine digits are read digit by digit; anything longer goes through `JSON.parse`. */
const DIGITS_MAX = 9;

const NO_PROCESS = -1;
const UNKNOWN_TYPE = -1;

class Malformed extends Error {}

/** Push the bytes of a file in chunks of any size, then `end`. */
export class JsonLinesReader {
  readonly #builder: HistoryBuilder;
  readonly #list: boolean;
  #rest: Uint8Array = new Uint8Array(0);
  #line = 0;
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #end = 0;
  #items = new Int32Array(256);
  #nextIndex = 0;

  // The event of the current line.
  #index = -1;
  #time = Number.NaN;
  #process = NO_PROCESS;
  #type: EventCode | typeof UNKNOWN_TYPE = UNKNOWN_TYPE;
  #isTxn: boolean | null = null;

  constructor(workload: Workload) {
    this.#builder = new HistoryBuilder(workload);
    this.#list = workload === "list-append";
  }

  push(chunk: Uint8Array): void {
    let start = 0;
    if (this.#rest.length > 0) {
      const newline = chunk.indexOf(10);
      const until = newline < 0 ? chunk.length : newline;
      const joined = new Uint8Array(this.#rest.length + until);
      joined.set(this.#rest);
      joined.set(chunk.subarray(0, until), this.#rest.length);
      if (newline < 0) {
        this.#rest = joined;
        return;
      }
      this.#rest = new Uint8Array(0);
      this.#readLine(joined, 0, joined.length);
      start = newline + 1;
    }
    for (let newline = chunk.indexOf(10, start); newline >= 0; newline = chunk.indexOf(10, start)) {
      this.#readLine(chunk, start, newline);
      start = newline + 1;
    }
    if (start < chunk.length) this.#rest = chunk.slice(start);
  }

  end(): TxnHistory {
    if (this.#rest.length > 0) this.#readLine(this.#rest, 0, this.#rest.length);
    this.#rest = new Uint8Array(0);
    return this.#builder.finish();
  }

  #readLine(bytes: Uint8Array, start: number, end: number): void {
    this.#line++;
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
    if (this.#peek() < 0) return;
    try {
      this.#event();
    } catch (error) {
      // `JSON.parse` throws a SyntaxError; everything else is a defect of ours and must not look like bad input.
      if (!(error instanceof Malformed) && !(error instanceof SyntaxError)) throw error;
      const message = `${error.message}, at byte ${this.#at - start + 1} of the line`;
      this.#builder.problem(this.#line, "malformed", message);
    }
  }

  #event(): void {
    this.#index = this.#nextIndex;
    this.#time = Number.NaN;
    this.#process = NO_PROCESS;
    this.#type = UNKNOWN_TYPE;
    this.#isTxn = null;
    this.#builder.begin();
    let valueAt = -1;
    let described = false;
    this.#expect(OPEN_BRACE);
    if (this.#peek() === CLOSE_BRACE) throw new Malformed("an empty object is no event");
    for (;;) {
      const name = this.#string();
      this.#expect(COLON);
      this.#peek();
      if (name === "value") {
        if (this.#ready()) described = this.#transaction();
        else {
          valueAt = this.#at;
          this.#skip();
        }
      } else this.#field(name);
      const next = this.#next();
      if (next === CLOSE_BRACE) break;
      if (next !== COMMA) throw new Malformed("expected , or } after a field");
    }
    if (this.#peek() >= 0) throw new Malformed("more text after the event");
    this.#nextIndex = this.#index + 1;
    if (this.#process === NO_PROCESS || this.#isTxn === false) {
      this.#builder.skip();
      return;
    }
    if (this.#type === UNKNOWN_TYPE) throw new Malformed("no type: expected invoke, ok, fail or info");
    if (valueAt >= 0) {
      this.#at = valueAt;
      described = this.#transaction();
    }
    this.#builder.event(this.#type, this.#process, this.#index, this.#time, this.#line, described);
  }

  /** Whether the value can be read where it stands: what decides how to read it came before, as it nearly always does. */
  #ready(): boolean {
    return this.#process !== NO_PROCESS && this.#type !== UNKNOWN_TYPE && this.#isTxn === true;
  }

  #field(name: string): void {
    switch (name) {
      case "index":
        this.#index = this.#number();
        break;
      case "time":
        this.#time = this.#number();
        break;
      case "process": {
        const first = this.#bytes[this.#at] ?? 0;
        // Jepsen's nemesis and other pseudo-processes have names.
        if (first >= ZERO && first <= NINE) this.#process = this.#number();
        else this.#skip();
        break;
      }
      case "type": {
        const type = this.#string();
        const code = EVENT_CODES.get(type);
        if (code === undefined) throw new Malformed(`type ${JSON.stringify(type)}: expected invoke, ok, fail or info`);
        this.#type = code;
        break;
      }
      case "f":
        if (this.#bytes[this.#at] === QUOTE) this.#isTxn = this.#string() === "txn";
        else this.#skip();
        break;
      default:
        this.#skip();
    }
  }

  /** The value of an event: a list of micro-operations. False where it is null. */
  #transaction(): boolean {
    if (this.#bytes[this.#at] === LETTER_N) {
      this.#skip();
      return false;
    }
    this.#expect(OPEN);
    if (this.#peek() === CLOSE) {
      this.#at++;
      return true;
    }
    for (;;) {
      this.#mop();
      const next = this.#next();
      if (next === CLOSE) return true;
      if (next !== COMMA) throw new Malformed("expected , or ] after a micro-operation");
    }
  }

  #mop(): void {
    this.#expect(OPEN);
    this.#peek();
    const name = this.#string();
    this.#expect(COMMA);
    this.#peek();
    const key = this.#builder.keys.intern(this.#code());
    let value = false;
    if (this.#peek() === COMMA) {
      this.#at++;
      this.#peek();
      value = true;
    }
    if (name === "r") this.#read(key, value);
    else if (name === (this.#list ? "append" : "w") && value) this.#write(key);
    else {
      const known = this.#list ? "r and append" : "r and w";
      this.#builder.problem(
        this.#line,
        "unexpected-operation",
        `micro-operation ${JSON.stringify(name)}: only ${known} are known`,
      );
      if (value) this.#skip();
    }
    this.#expect(CLOSE);
  }

  #write(key: number): void {
    if (this.#bytes[this.#at] === LETTER_N && !this.#list) {
      this.#builder.problem(this.#line, "null-write", "a write of null cannot be told from the initial state");
    }
    this.#builder.write(key, this.#code());
  }

  #read(key: number, value: boolean): void {
    const first = this.#bytes[this.#at] ?? 0;
    if (!value || first === LETTER_N || this.#type === INVOKE || this.#type === FAIL) {
      if (value) this.#skip();
      this.#builder.readNothing(key);
      return;
    }
    if (!this.#list) {
      this.#builder.readRegister(key, this.#code());
      return;
    }
    if (first !== OPEN) throw new Malformed("a read of a list-append history must return a list or null");
    this.#builder.readList(key, this.#items, this.#readItems());
  }

  /** The codes of a list into `#items`; returns how many. The hottest loop there is: plain integers stay in locals. */
  #readItems(): number {
    const bytes = this.#bytes;
    let count = 0;
    this.#at++;
    if (this.#peek() === CLOSE) {
      this.#at++;
      return 0;
    }
    for (;;) {
      if (count === this.#items.length) {
        const grown = new Int32Array(count * 2);
        grown.set(this.#items);
        this.#items = grown;
      }
      let at = this.#at;
      let byte = bytes[at] ?? 0;
      let code = 0;
      const first = at;
      while (byte >= ZERO && byte <= NINE) {
        code = code * 10 + (byte - ZERO);
        byte = bytes[++at] ?? 0;
      }
      if (at > first && at - first <= DIGITS_MAX && (byte === COMMA || byte === CLOSE)) {
        this.#at = at;
      } else {
        this.#peek();
        code = this.#code();
        byte = this.#peek();
      }
      this.#items[count++] = code;
      this.#at++;
      if (byte === CLOSE) return count;
      if (byte !== COMMA) throw new Malformed("expected , or ] in a list");
      const next = bytes[this.#at] ?? 0;
      if (next <= 0x20) this.#peek();
    }
  }

  /** The code of the value at the position. */
  #code(): number {
    const bytes = this.#bytes;
    const start = this.#at;
    let at = start;
    let code = 0;
    let byte = bytes[at] ?? 0;
    while (byte >= ZERO && byte <= NINE) {
      code = code * 10 + (byte - ZERO);
      byte = bytes[++at] ?? 0;
    }
    if (at > start && at - start <= DIGITS_MAX && (byte === COMMA || byte === CLOSE)) {
      this.#at = at;
      return code;
    }
    this.#skip();
    return this.#builder.values.code(JSON.parse(decodeUtf8(bytes, start, this.#at)));
  }

  #number(): number {
    const start = this.#at;
    let value = 0;
    let byte = this.#bytes[this.#at] ?? 0;
    const negative = byte === MINUS;
    if (negative) byte = this.#bytes[++this.#at] ?? 0;
    const first = this.#at;
    while (byte >= ZERO && byte <= NINE) {
      value = value * 10 + (byte - ZERO);
      byte = this.#bytes[++this.#at] ?? 0;
    }
    const plain = byte === COMMA || byte === CLOSE_BRACE || byte <= 0x20;
    if (plain && this.#at > first) return negative ? -value : value;
    this.#at = start;
    this.#skip();
    const text = decodeUtf8(this.#bytes, start, this.#at);
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== "number" && parsed !== null) throw new Malformed(`${text}: expected a number`);
    return parsed ?? Number.NaN;
  }

  #string(): string {
    const start = this.#at;
    if (this.#bytes[start] !== QUOTE) throw new Malformed("expected a string");
    let at = start + 1;
    let text = "";
    for (; at < this.#end; at++) {
      const byte = this.#bytes[at] ?? 0;
      if (byte === QUOTE) {
        this.#at = at + 1;
        return text;
      }
      if (byte === BACKSLASH || byte >= 0x80) break;
      text += String.fromCharCode(byte);
    }
    this.#skip();
    const parsed: unknown = JSON.parse(decodeUtf8(this.#bytes, start, this.#at));
    return String(parsed);
  }

  /** Passes over one value. */
  #skip(): void {
    const bytes = this.#bytes;
    let depth = 0;
    for (let at = this.#at; at < this.#end; at++) {
      const byte = bytes[at] ?? 0;
      if (byte === QUOTE) {
        at++;
        while (at < this.#end && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
        if (at >= this.#end) throw new Malformed("the line ends inside a string");
        if (depth > 0) continue;
        this.#at = at + 1;
        return;
      }
      if (byte === OPEN || byte === OPEN_BRACE) depth++;
      else if (byte === CLOSE || byte === CLOSE_BRACE) {
        if (depth === 0) {
          this.#at = at;
          return;
        }
        if (--depth === 0) {
          this.#at = at + 1;
          return;
        }
      } else if (depth === 0 && (byte === COMMA || byte <= 0x20)) {
        this.#at = at;
        return;
      }
    }
    if (depth > 0) throw new Malformed("the line ends inside a value");
    this.#at = this.#end;
  }

  /** The next byte that is no white space, not consumed; -1 at the end of the line. */
  #peek(): number {
    while (this.#at < this.#end) {
      const byte = this.#bytes[this.#at] ?? 0;
      if (byte > 0x20) return byte;
      this.#at++;
    }
    return -1;
  }

  #next(): number {
    const byte = this.#peek();
    this.#at++;
    return byte;
  }

  #expect(byte: number): void {
    if (this.#next() !== byte) throw new Malformed(`expected ${String.fromCharCode(byte)}`);
  }
}

export const readJsonLines = (chunks: Iterable<Uint8Array>, workload: Workload): TxnHistory => {
  const reader = new JsonLinesReader(workload);
  for (const chunk of chunks) reader.push(chunk);
  return reader.end();
};
