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
import {
  CLOSE,
  CLOSE_BRACE,
  COLON,
  COMMA,
  LETTER_N,
  Malformed,
  NINE,
  OPEN,
  OPEN_BRACE,
  QUOTE,
  Scanner,
  ZERO,
} from "./scanner.js";
import { decodeUtf8 } from "./utf8.js";

/** Integers of up to nine digits are read digit by digit; anything longer goes through `JSON.parse`. */
const DIGITS_MAX = 9;

const NO_PROCESS = -1;
const UNKNOWN_TYPE = -1;

/** Push the bytes of a file in chunks of any size, then `end`. */
export class JsonLinesReader {
  readonly #builder: HistoryBuilder;
  readonly #list: boolean;
  readonly #strict: boolean;
  #rest: Uint8Array = new Uint8Array(0);
  #line = 0;
  readonly #scan = new Scanner();
  #items = new Int32Array(256);
  #nextIndex = 0;
  /** What the first event has, all have; null before it. Times do not run backwards. */
  #expected: { readonly index: boolean; readonly time: boolean } | null = null;
  #lastTime = Number.NEGATIVE_INFINITY;

  // The event of the current line.
  #index = -1;
  #hasIndex = false;
  #hasValue = false;
  #time = Number.NaN;
  #process = NO_PROCESS;
  #hasProcess = false;
  #type: EventCode | typeof UNKNOWN_TYPE = UNKNOWN_TYPE;
  #isTxn: boolean | null = null;

  /**
   * `strict`: as the reader of histories in general, nothing may be missing: where there are indexes they count every
   * event, completions have invocations, and a process that ended `info` is gone. Otherwise a part of a history will do.
   */
  constructor(workload: Workload, strict = false) {
    this.#builder = new HistoryBuilder(workload, strict);
    this.#strict = strict;
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
    this.#scan.bytes = bytes;
    this.#scan.at = start;
    this.#scan.end = end;
    this.#index = this.#nextIndex;
    if (this.#scan.peek() < 0) return;
    try {
      this.#event();
    } catch (error) {
      // `JSON.parse` throws a SyntaxError; everything else is a defect of ours and must not look like bad input.
      if (!(error instanceof Malformed) && !(error instanceof SyntaxError)) throw error;
      // It keeps its number, so that one bad line is one problem.
      this.#nextIndex = this.#index + 1;
      const message = `${error.message}, at byte ${this.#scan.at - start + 1} of the line`;
      this.#builder.problem(this.#line, "malformed", message);
    }
  }

  #event(): void {
    this.#index = this.#nextIndex;
    this.#time = Number.NaN;
    this.#process = NO_PROCESS;
    this.#hasProcess = false;
    this.#hasIndex = false;
    this.#hasValue = false;
    this.#type = UNKNOWN_TYPE;
    this.#isTxn = null;
    this.#builder.begin();
    let valueAt = -1;
    let described = false;
    this.#scan.expect(OPEN_BRACE);
    if (this.#scan.peek() === CLOSE_BRACE) throw new Malformed("an empty object is no event");
    for (;;) {
      this.#scan.peek();
      const name = this.#scan.string();
      this.#scan.expect(COLON);
      this.#scan.peek();
      if (name === "value") {
        this.#hasValue = true;
        if (this.#ready()) described = this.#transaction();
        else {
          valueAt = this.#scan.at;
          this.#scan.skip();
        }
      } else this.#field(name);
      const next = this.#scan.next();
      if (next === CLOSE_BRACE) break;
      if (next !== COMMA) throw new Malformed("expected , or } after a field");
    }
    if (this.#scan.peek() >= 0) throw new Malformed("more text after the event");
    if (this.#strict) {
      this.#checkMembers();
      this.#checkOrder();
    }
    this.#nextIndex = this.#index + 1;
    if (this.#process === NO_PROCESS || this.#isTxn === false) {
      if (this.#strict && this.#builder.isOpen(this.#process))
        throw new Malformed(`process ${this.#process} does something else while its transaction is open`);
      this.#builder.skip();
      return;
    }
    if (this.#type === UNKNOWN_TYPE) throw new Malformed("no type: expected invoke, ok, fail or info");
    if (valueAt >= 0) {
      this.#scan.at = valueAt;
      described = this.#transaction();
    }
    this.#builder.event(this.#type, this.#process, this.#index, this.#time, this.#line, described);
  }

  /** That no event was lost, doubled or moved, as far as the file numbers and times them. */
  #checkOrder(): void {
    const has = { index: this.#hasIndex, time: !Number.isNaN(this.#time) };
    const expected = (this.#expected ??= has);
    const wrong =
      expected.index && !has.index
        ? '"index" is missing, although the lines before have one'
        : this.#index !== this.#nextIndex
          ? `"index" is ${this.#index}, expected ${this.#nextIndex}: lines are missing, doubled or out of order`
          : expected.time && !has.time
            ? '"time" is missing, although the lines before have one'
            : this.#time < this.#lastTime
              ? `time runs backwards: ${this.#time} after ${this.#lastTime}`
              : null;
    if (wrong !== null) this.#builder.problem(this.#line, "order", wrong);
    if (has.time) this.#lastTime = this.#time;
  }

  /** That nothing is missing of what every event has. */
  #checkMembers(): void {
    if (!this.#hasProcess) throw new Malformed('"process" is missing');
    if (this.#process === NO_PROCESS) return;
    if (this.#isTxn === null) throw new Malformed('"f" is missing, or no name of an operation');
    if (!this.#hasValue) throw new Malformed('"value" is missing (null where there is none)');
  }

  /** Whether the value can be read where it stands: what decides how to read it came before, as it nearly always does. */
  #ready(): boolean {
    return this.#process !== NO_PROCESS && this.#type !== UNKNOWN_TYPE && this.#isTxn === true;
  }

  #field(name: string): void {
    switch (name) {
      case "index":
        this.#hasIndex = true;
        this.#index = this.#scan.number();
        // null is no number: as where there is none, lines are counted.
        if (Number.isNaN(this.#index)) this.#index = this.#nextIndex;
        break;
      case "time":
        this.#time = this.#scan.number();
        break;
      case "process": {
        this.#hasProcess = true;
        const first = this.#scan.bytes[this.#scan.at] ?? 0;
        // Jepsen's nemesis and other pseudo-processes have names.
        if (first >= ZERO && first <= NINE) this.#process = this.#scan.number();
        else this.#pseudoProcess();
        break;
      }
      case "type": {
        const type = this.#scan.string();
        const code = EVENT_CODES.get(type);
        if (code === undefined) throw new Malformed(`type ${JSON.stringify(type)}: expected invoke, ok, fail or info`);
        this.#type = code;
        break;
      }
      case "f":
        if (this.#scan.bytes[this.#scan.at] === QUOTE) this.#isTxn = this.#scan.string() === "txn";
        else this.#scan.skip();
        break;
      default:
        this.#scan.skip();
    }
  }

  /** Named, or null, and none of ours; but a number in quotes was meant for a number, and nothing else is a name. */
  #pseudoProcess(): void {
    const start = this.#scan.at;
    this.#scan.skip();
    const text = decodeUtf8(this.#scan.bytes, start, this.#scan.at);
    if (!/^["n]/.test(text) || /^"\s*-?[\d.]*\s*"$/.test(text))
      throw new Malformed(`"process" is ${text}, expected a whole number, 0 or more`);
  }

  /** The value of an event: a list of micro-operations. False where it is null. */
  #transaction(): boolean {
    if (this.#scan.bytes[this.#scan.at] === LETTER_N) {
      this.#scan.expectNull();
      return false;
    }
    this.#scan.expect(OPEN);
    if (this.#scan.peek() === CLOSE) {
      this.#scan.at++;
      return true;
    }
    for (;;) {
      this.#mop();
      const next = this.#scan.next();
      if (next === CLOSE) return true;
      if (next !== COMMA) throw new Malformed("expected , or ] after a micro-operation");
    }
  }

  #mop(): void {
    this.#scan.expect(OPEN);
    this.#scan.peek();
    const name = this.#scan.string();
    this.#scan.expect(COMMA);
    this.#scan.peek();
    const key = this.#builder.keys.intern(this.#code());
    let value = false;
    if (this.#scan.peek() === COMMA) {
      this.#scan.at++;
      this.#scan.peek();
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
      if (value) this.#scan.skip();
    }
    this.#scan.expect(CLOSE);
  }

  #write(key: number): void {
    if (this.#scan.bytes[this.#scan.at] === LETTER_N && !this.#list) {
      this.#builder.problem(this.#line, "null-write", "a write of null cannot be told from the initial state");
    }
    this.#builder.write(key, this.#code());
  }

  #read(key: number, value: boolean): void {
    const first = this.#scan.bytes[this.#scan.at] ?? 0;
    if (!value || first === LETTER_N || this.#type === INVOKE || this.#type === FAIL) {
      if (value && first === LETTER_N) this.#scan.expectNull();
      else if (value) this.#passOver();
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

  /** A value that nobody asks for, but that has to be one. */
  #passOver(): void {
    const start = this.#scan.at;
    this.#scan.skip();
    JSON.parse(decodeUtf8(this.#scan.bytes, start, this.#scan.at));
  }

  /** The codes of a list into `#items`; returns how many. The hottest loop there is: plain integers stay in locals. */
  #readItems(): number {
    const bytes = this.#scan.bytes;
    let count = 0;
    this.#scan.at++;
    if (this.#scan.peek() === CLOSE) {
      this.#scan.at++;
      return 0;
    }
    for (;;) {
      if (count === this.#items.length) {
        const grown = new Int32Array(count * 2);
        grown.set(this.#items);
        this.#items = grown;
      }
      let at = this.#scan.at;
      let byte = bytes[at] ?? 0;
      let code = 0;
      const first = at;
      while (byte >= ZERO && byte <= NINE) {
        code = code * 10 + (byte - ZERO);
        byte = bytes[++at] ?? 0;
      }
      if (at > first && at - first <= DIGITS_MAX && (byte === COMMA || byte === CLOSE)) {
        this.#scan.at = at;
      } else {
        this.#scan.peek();
        code = this.#code();
        byte = this.#scan.peek();
      }
      this.#items[count++] = code;
      this.#scan.at++;
      if (byte === CLOSE) return count;
      if (byte !== COMMA) throw new Malformed("expected , or ] in a list");
      const next = bytes[this.#scan.at] ?? 0;
      if (next <= 0x20) this.#scan.peek();
    }
  }

  /** The code of the value at the position. */
  #code(): number {
    const bytes = this.#scan.bytes;
    const start = this.#scan.at;
    let at = start;
    let code = 0;
    let byte = bytes[at] ?? 0;
    while (byte >= ZERO && byte <= NINE) {
      code = code * 10 + (byte - ZERO);
      byte = bytes[++at] ?? 0;
    }
    if (at > start && at - start <= DIGITS_MAX && (byte === COMMA || byte === CLOSE)) {
      this.#scan.at = at;
      return code;
    }
    this.#scan.skip();
    return this.#builder.values.code(JSON.parse(decodeUtf8(bytes, start, this.#scan.at)));
  }
}

export const readJsonLines = (chunks: Iterable<Uint8Array>, workload: Workload): TxnHistory => {
  const reader = new JsonLinesReader(workload);
  for (const chunk of chunks) reader.push(chunk);
  return reader.end();
};
