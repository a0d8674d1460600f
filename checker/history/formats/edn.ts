/**
 * EDN, the notation of Clojure's data, as far as histories use it: text of one form -> plain JSON data.
 *
 * Keywords and symbols become their names, characters and ratios strings, sets lists in their order, and tags
 * (`#jepsen.history.Op{...}`) fall away. So `:x`, `x` and `"x"` are one value: no history known to us needs them apart.
 * Whole numbers too large for a double become strings of their digits, which keeps them apart.
 *
 * Source: github.com/edn-format/edn.
 */

import { canonical } from "../canonical.js";
import type { Json } from "../event.js";

/** Deeper forms than this are refused: the reader recurses, and no history nests so deep. */
const DEPTH_MAX = 100;

const DELIMITER = /[\s,"()[\]{};]/;
const INTEGER = /^[+-]?\d+N?$/;
const FLOAT = /^[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?M?$/;
const ESCAPES: { readonly [letter: string]: string } = { n: "\n", t: "\t", r: "\r", b: "\b", f: "\f" };
const CHARACTERS: { readonly [name: string]: string } = { newline: "\n", return: "\r", space: " ", tab: "\t" };
const CLOSERS: { readonly [opener: string]: string } = { "(": ")", "[": "]", "{": "}", "#{": "}" };

/** What is wrong with a form. Never leaves this file: `parseEdn` gives it back as words. */
class Malformed extends Error {}

export type Edn = { readonly ok: true; readonly value: Json } | { readonly ok: false; readonly message: string };

/** The one form in `text`. */
export function parseEdn(text: string): Edn {
  const parser = new Parser(text);
  try {
    const value = parser.form(0);
    parser.end();
    return { ok: true, value };
  } catch (error) {
    if (error instanceof Malformed) return { ok: false, message: error.message };
    throw error;
  }
}

class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  end(): void {
    this.#skip(0);
    if (this.#at < this.#text.length) throw new Malformed(`something follows the form: ${this.#rest()}`);
  }

  form(depth: number): Json {
    if (depth > DEPTH_MAX) throw new Malformed(`nests deeper than ${DEPTH_MAX}`);
    this.#skip(depth);
    const c = this.#text[this.#at];
    if (c === undefined) throw new Malformed("the form ends before it is complete");
    if (c === '"') return this.#string();
    if (c === "(" || c === "[") return this.#list(c, depth);
    if (c === "{") return this.#map(depth);
    if (c === "#") return this.#dispatch(depth);
    if (c === "\\") return this.#character();
    if (c === ")" || c === "]" || c === "}") throw new Malformed(`"${c}" closes nothing`);
    return this.#atom();
  }

  /** White space, commas, comments, and forms that are to be ignored (`#_ form`). */
  #skip(depth: number): void {
    for (;;) {
      while (/[\s,]/.test(this.#text[this.#at] ?? "x")) this.#at++;
      if (this.#text[this.#at] === ";") {
        const newline = this.#text.indexOf("\n", this.#at);
        this.#at = newline === -1 ? this.#text.length : newline + 1;
      } else if (this.#text.startsWith("#_", this.#at)) {
        this.#at += 2;
        this.form(depth + 1);
      } else {
        return;
      }
    }
  }

  #list(opener: string, depth: number): readonly Json[] {
    this.#at += opener.length;
    const closer = CLOSERS[opener];
    const members: Json[] = [];
    for (;;) {
      this.#skip(depth);
      if (this.#text[this.#at] === closer) {
        this.#at++;
        return members;
      }
      members.push(this.form(depth + 1));
    }
  }

  #map(depth: number): Json {
    const members = this.#list("{", depth);
    if (members.length % 2 !== 0) throw new Malformed("a map has a key without a value");
    const names = new Set<string>();
    const entries: [string, Json][] = [];
    for (let i = 0; i < members.length; i += 2) {
      const key = members[i] ?? null;
      const name = typeof key === "string" ? key : canonical(key);
      if (names.has(name)) throw new Malformed(`a map has the key ${name} twice`);
      names.add(name);
      entries.push([name, members[i + 1] ?? null]);
    }
    // Not by assignment: a key named __proto__ must stay a key.
    return Object.fromEntries(entries);
  }

  #dispatch(depth: number): Json {
    if (this.#text[this.#at + 1] === "{") return this.#list("#{", depth);
    this.#at++;
    const tag = this.#token();
    if (!/^[A-Za-z]/.test(tag)) throw new Malformed(`"#${tag}" is no tag`);
    return this.form(depth + 1);
  }

  #string(): string {
    let value = "";
    for (let at = this.#at + 1; ; at++) {
      const c = this.#text[at];
      if (c === undefined) throw new Malformed("a string never ends");
      if (c === '"') {
        this.#at = at + 1;
        return value;
      }
      if (c !== "\\") {
        value += c;
        continue;
      }
      const letter = this.#text[++at] ?? "";
      const code = letter === "u" ? /^[0-9a-fA-F]{4}/.exec(this.#text.slice(at + 1, at + 5)) : null;
      if (code !== null) {
        value += String.fromCharCode(Number.parseInt(code[0], 16));
        at += 4;
      } else if (letter === '"' || letter === "\\") value += letter;
      else {
        const escaped = ESCAPES[letter];
        if (escaped === undefined) throw new Malformed(`a string has the unknown escape "\\${letter}"`);
        value += escaped;
      }
    }
  }

  #character(): string {
    this.#at++;
    // The character itself may be a delimiter: `\(`.
    const first = this.#text[this.#at++] ?? "";
    const name = first + this.#token();
    if (name.length <= 1) return name;
    const value =
      CHARACTERS[name] ??
      (/^u[0-9a-fA-F]{4}$/.test(name) ? String.fromCharCode(Number.parseInt(name.slice(1), 16)) : null);
    if (value === null) throw new Malformed(`"\\${name}" is no character`);
    return value;
  }

  #token(): string {
    const start = this.#at;
    while (this.#at < this.#text.length && !DELIMITER.test(this.#text[this.#at] ?? "")) this.#at++;
    return this.#text.slice(start, this.#at);
  }

  #atom(): Json {
    const token = this.#token();
    if (token === "nil") return null;
    if (token === "true" || token === "false") return token === "true";
    if (INTEGER.test(token)) {
      const digits = token.replace(/N$/, "").replace(/^\+/, "");
      const value = Number(digits);
      return Number.isSafeInteger(value) ? value + 0 : digits;
    }
    if (FLOAT.test(token)) return Number(token.replace(/M$/, ""));
    if (/^[+-]?\d+\/\d+$/.test(token)) return token;
    if (/^[+-]?\d/.test(token) || token === ":") throw new Malformed(`"${token}" is no number, keyword or symbol`);
    return token.startsWith(":") ? token.slice(1) : token;
  }

  #rest(): string {
    const rest = this.#text.slice(this.#at).trim();
    return rest.length <= 40 ? rest : `${rest.slice(0, 37)}...`;
  }
}
