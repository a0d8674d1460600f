/**
 * Keys, values and elements as dense numbers.
 *
 * A value's *code* is the value itself where it is a small non-negative integer, which it nearly always is, and a negative
 * number into a table otherwise. An element is found from (key, code) by indexing where the codes of a key are dense,
 * and in one open-addressing table for all keys where they are not.
 */

import type { Json } from "../../history/event.js";
import { Ints } from "./growable.js";

const CODE_MAX = 0x3fffffff;

export class Values {
  readonly #others: Json[] = [];
  readonly #byText = new Map<string, number>();

  code(value: Json): number {
    if (
      typeof value === "number" &&
      Number.isInteger(value) &&
      value >= 0 &&
      value <= CODE_MAX &&
      !Object.is(value, -0)
    ) {
      return value;
    }
    const text = JSON.stringify(value);
    const known = this.#byText.get(text);
    if (known !== undefined) return known;
    this.#others.push(value);
    const code = -this.#others.length;
    this.#byText.set(text, code);
    return code;
  }

  value(code: number): Json {
    return code >= 0 ? code : (this.#others[-code - 1] ?? null);
  }
}

export class Keys {
  readonly names = new Ints();
  readonly #byInteger: number[] = [];
  readonly #others = new Map<number, number>();

  /** The key whose name has this code. */
  intern(code: number): number {
    if (code >= 0 && code < this.#byInteger.length) {
      const known = this.#byInteger[code];
      if (known !== undefined && known >= 0) return known;
    }
    const dense = code >= 0 && code <= this.#byInteger.length * 2 + 1024;
    // The dense part may have grown over a code that was far away when it was first seen.
    const seen = this.#others.size > 0 ? this.#others.get(code) : undefined;
    const key = seen ?? this.names.length;
    if (dense) {
      while (this.#byInteger.length <= code) this.#byInteger.push(-1);
      this.#byInteger[code] = key;
    } else {
      this.#others.set(code, key);
    }
    if (seen === undefined) this.names.push(code);
    return key;
  }
}

export class Elements {
  readonly keys = new Ints(4096);
  readonly codes = new Ints(4096);
  readonly #dense: number[][] = [];
  #slots = new Int32Array(1024).fill(-1);
  #used = 0;

  intern(key: number, code: number): number {
    let dense = this.#dense[key];
    if (dense === undefined) {
      while (this.#dense.length <= key) this.#dense.push([]);
      dense = this.#dense[key] ?? [];
    }
    if (code < 0 || code > dense.length * 2 + 64) return this.#sparse(key, code);
    while (dense.length <= code) dense.push(-1);
    const known = dense[code] ?? -1;
    if (known >= 0) return known;
    // The dense part may have grown over a code that was sparse when it was first seen.
    const element = this.#used > 0 ? this.#sparse(key, code) : this.#add(key, code);
    dense[code] = element;
    return element;
  }

  #add(key: number, code: number): number {
    this.keys.push(key);
    this.codes.push(code);
    return this.keys.length - 1;
  }

  #sparse(key: number, code: number): number {
    if (this.#used * 2 > this.#slots.length) this.#rehash();
    const slot = this.#slotOf(key, code);
    const known = this.#slots[slot] ?? -1;
    if (known >= 0) return known;
    this.#used++;
    const element = this.#add(key, code);
    this.#slots[slot] = element;
    return element;
  }

  #slotOf(key: number, code: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let hash = Math.imul(key, 0x9e3779b1) ^ Math.imul(code, 0x85ebca6b);
    hash ^= hash >>> 15;
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const element = slots[at] ?? -1;
      if (element < 0) return at;
      if (this.keys.buffer[element] === key && this.codes.buffer[element] === code) return at;
    }
  }

  #rehash(): void {
    const old = this.#slots;
    this.#slots = new Int32Array(old.length * 2).fill(-1);
    for (const element of old) {
      if (element < 0) continue;
      this.#slots[this.#slotOf(this.keys.buffer[element] ?? 0, this.codes.buffer[element] ?? 0)] = element;
    }
  }
}
