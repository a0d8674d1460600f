/**
 * One line of JSON, as far as a register history needs it, read from its bytes without making an object of it.
 *
 * Only the plain case is read here: members without escapes, whole numbers, null, strings of ASCII without escapes, and
 * pairs of those. Everything else makes `scan` answer false, and the caller reads that line the long way. What is
 * accepted here means exactly what it means to JSON.parse.
 */

export const READ = 0;
export const WRITE = 1;
export const CAS = 2;
export const OTHER = 3;

export const INVOKE = 0;
export const OK = 1;
export const FAIL = 2;
export const INFO = 3;

/** Kinds of scalar. */
export const ABSENT = 0;
export const NULL = 1;
export const INT = 2;
/** Text of JSON in the bytes [start, end), quotes included. */
export const TEXT = 3;
/** Only of `value`: two scalars. */
export const PAIR = 4;

const QUOTE = 34;
const COMMA = 44;
const MINUS = 45;
const ZERO = 48;
const NINE = 57;
const COLON = 58;
const OPEN_LIST = 91;
const BACKSLASH = 92;
const CLOSE_LIST = 93;
const CLOSE_MAP = 125;
const BLANK = 32;
const RETURN = 13;

/** A scalar of a line. */
export class Scalar {
  kind = ABSENT;
  int = 0;
  start = 0;
  end = 0;
}

const HASH_START = 7;

/** Words told by their hash, and then compared: two words can have one hash. */
class Words {
  readonly #places = new Map<number, number>();
  readonly #words: readonly (readonly number[])[];

  constructor(words: readonly string[]) {
    this.#words = words.map((word) => Array.from({ length: word.length }, (_, i) => word.charCodeAt(i)));
    for (const [place, codes] of this.#words.entries()) {
      this.#places.set(
        codes.reduce((hash, code) => (Math.imul(hash, 31) + code) | 0, HASH_START),
        place,
      );
    }
  }

  /** The place of the word of this hash that ends before `end`; -1 where it is another. */
  find(hash: number, bytes: Uint8Array, end: number): number {
    const place = this.#places.get(hash) ?? -1;
    const word = this.#words[place] ?? [];
    const start = end - word.length;
    if (bytes[start - 1] !== QUOTE) return -1;
    for (let i = 0; i < word.length; i++) if (bytes[start + i] !== word[i]) return -1;
    return place;
  }
}

const MEMBERS = new Words(["index", "time", "process", "type", "f", "key", "value", "phase", "siblings"]);
const [INDEX, TIME, PROCESS, TYPE, F, KEY, VALUE, PHASE, SIBLINGS] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
const TYPES = new Words(["invoke", "ok", "fail", "info"]);
const FS = new Words(["read", "write", "cas"]);

/** Longer whole numbers may not be exact. */
const DIGITS_MAX = 15;

export class LineScanner {
  /** -1 where the line has none. */
  index = -1;
  time = -1;
  process = -1;
  type = -1;
  f = -1;
  readonly key = new Scalar();
  readonly value = new Scalar();
  readonly second = new Scalar();
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  readonly #any = new Scalar();

  /** Reads the line in [start, end), without its newline. False: read it some other way. */
  scan(bytes: Uint8Array, start: number, end: number): boolean {
    this.#bytes = bytes;
    this.index = this.time = this.process = this.type = this.f = -1;
    this.key.kind = this.value.kind = this.second.kind = ABSENT;
    let stop = end;
    if (stop > start && bytes[stop - 1] === RETURN) stop--;
    // A value can then run to the last byte but not beyond: every loop below ends at a byte that is no digit and no text.
    if (stop - start < 2 || bytes[start] !== 123 || bytes[stop - 1] !== CLOSE_MAP) return false;
    this.#at = start + 1;
    for (;;) {
      if (!this.#member()) return false;
      const c = bytes[this.#at++];
      if (c === COMMA) {
        if (bytes[this.#at] === BLANK) this.#at++;
        continue;
      }
      return c === CLOSE_MAP && this.#at === stop && this.type >= 0 && this.f >= 0 && this.process >= 0;
    }
  }

  #member(): boolean {
    const bytes = this.#bytes;
    if (bytes[this.#at++] !== QUOTE) return false;
    const hash = this.#word();
    if (hash === null) return false;
    const name = MEMBERS.find(hash, bytes, this.#at - 1);
    if (bytes[this.#at++] !== COLON) return false;
    if (bytes[this.#at] === BLANK) this.#at++;
    if (name === VALUE) return this.#value();
    if (name === KEY) return this.#scalar(this.key) && this.key.kind !== NULL;
    if (name === TYPE || name === F) return this.#name(name === TYPE);
    if (name === PHASE || name === SIBLINGS) return false;
    if (!this.#scalar(this.#any)) return false;
    if (name !== INDEX && name !== TIME && name !== PROCESS) return true;
    if (this.#any.kind !== INT || this.#any.int < 0) return false;
    if (name === INDEX) this.index = this.#any.int;
    else if (name === TIME) this.time = this.#any.int;
    else this.process = this.#any.int;
    return true;
  }

  /** The hash of the text up to the next quote, which is passed. Null where it is no plain ASCII. */
  #word(): number | null {
    const bytes = this.#bytes;
    let hash = HASH_START;
    let at = this.#at;
    for (let c = bytes[at] ?? QUOTE; c !== QUOTE; c = bytes[++at] ?? QUOTE) {
      if (c === BACKSLASH || c < BLANK || c >= 127) return null;
      hash = (Math.imul(hash, 31) + c) | 0;
    }
    this.#at = at + 1;
    return hash;
  }

  #name(isType: boolean): boolean {
    if (this.#bytes[this.#at++] !== QUOTE) return false;
    const hash = this.#word();
    if (hash === null) return false;
    const found = (isType ? TYPES : FS).find(hash, this.#bytes, this.#at - 1);
    if (isType) this.type = found;
    else this.f = found;
    return found >= 0;
  }

  #value(): boolean {
    if (this.#bytes[this.#at] !== OPEN_LIST) return this.#scalar(this.value);
    this.#at++;
    if (!this.#scalar(this.value) || this.#bytes[this.#at++] !== COMMA) return false;
    if (this.#bytes[this.#at] === BLANK) this.#at++;
    if (!this.#scalar(this.second) || this.#bytes[this.#at++] !== CLOSE_LIST) return false;
    return true;
  }

  #scalar(into: Scalar): boolean {
    const c = this.#bytes[this.#at] ?? 0;
    if (c === QUOTE) return this.#text(into);
    if (c === MINUS || (c >= ZERO && c <= NINE)) return this.#int(into);
    into.kind = NULL;
    const bytes = this.#bytes;
    const at = this.#at;
    this.#at += 4;
    return c === 110 && bytes[at + 1] === 117 && bytes[at + 2] === 108 && bytes[at + 3] === 108;
  }

  #text(into: Scalar): boolean {
    const bytes = this.#bytes;
    let at = this.#at + 1;
    for (let c = bytes[at] ?? QUOTE; c !== QUOTE; c = bytes[++at] ?? QUOTE) {
      if (c === BACKSLASH || c < BLANK || c >= 127) return false;
    }
    into.kind = TEXT;
    into.start = this.#at;
    into.end = this.#at = at + 1;
    return true;
  }

  #int(into: Scalar): boolean {
    const bytes = this.#bytes;
    let at = this.#at;
    const negative = bytes[at] === MINUS;
    if (negative) at++;
    const first = at;
    let int = 0;
    for (let c = bytes[at] ?? 0; c >= ZERO && c <= NINE; c = bytes[++at] ?? 0) int = int * 10 + (c - ZERO);
    const digits = at - first;
    // Fractions and exponents, leading zeros and -0 are left to the long way.
    if (digits === 0 || digits > DIGITS_MAX || (digits > 1 && bytes[first] === ZERO) || (negative && int === 0))
      return false;
    const next = bytes[at];
    if (next !== COMMA && next !== CLOSE_MAP && next !== CLOSE_LIST) return false;
    into.kind = INT;
    into.int = negative ? -int : int;
    this.#at = at;
    return true;
  }
}
