/**
 * (key, value) -> a small number, for millions of them: an open hash table over columns, and one arena of bytes for the
 * values that are no whole numbers. A Map of JavaScript would need ten times the memory, and stops at 2^24 entries.
 */

import { decoded } from "./byte-lines.js";

/** Which bytes a value is made of; a whole number is none, but itself. */
export interface Bytes {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

const NO_TEXT = -1;

export class ValueTable {
  count = 0;
  #keys = new Int32Array(1024);
  /** A whole number, or where `#lengths` is not NO_TEXT the place of its text in the arena. */
  #numbers = new Float64Array(1024);
  #lengths = new Int32Array(1024);
  #hashes = new Int32Array(1024);
  /** Slots of the table: a value's number plus one, or 0. */
  #slots = new Int32Array(4096);
  #arena = new Uint8Array(1024);
  #used = 0;

  keyOf(id: number): number {
    return this.#keys[id] ?? 0;
  }

  /** The number of a whole number under a key. */
  ofInt(key: number, int: number): number {
    // Both halves count: values may be larger than 32 bits.
    const hash = mix((int | 0) ^ Math.imul((int / 4294967296) | 0, 0x85ebca6b), key);
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const id = (this.#slots[slot] ?? 0) - 1;
      if (id === -1) return this.#add({ slot, key, hash }, int, NO_TEXT);
      if (
        this.#hashes[id] === hash &&
        this.#numbers[id] === int &&
        this.#keys[id] === key &&
        this.#lengths[id] === NO_TEXT
      )
        return id;
    }
  }

  /** The number of a text of JSON under a key. */
  ofText(key: number, { bytes, start, end }: Bytes): number {
    let sum = 0x811c9dc5;
    for (let at = start; at < end; at++) sum = Math.imul(sum ^ (bytes[at] ?? 0), 0x01000193);
    const hash = mix(sum, key + 0x40000000);
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const id = (this.#slots[slot] ?? 0) - 1;
      if (id === -1) {
        const place = this.#store(bytes.subarray(start, end));
        return this.#add({ slot, key, hash }, place, end - start);
      }
      if (this.#hashes[id] !== hash || this.#keys[id] !== key || this.#lengths[id] !== end - start) continue;
      if (this.#sameText(this.#numbers[id] ?? 0, { bytes, start, end })) return id;
    }
  }

  /** The text of JSON that a value was given as. */
  textOf(id: number): string {
    const length = this.#lengths[id] ?? NO_TEXT;
    const number = this.#numbers[id] ?? 0;
    if (length === NO_TEXT) return `${number}`;
    return decoded(this.#arena.subarray(number, number + length)) ?? "";
  }

  #sameText(place: number, { bytes, start, end }: Bytes): boolean {
    for (let at = start; at < end; at++) if (this.#arena[place + at - start] !== bytes[at]) return false;
    return true;
  }

  #store(bytes: Uint8Array): number {
    const place = this.#used;
    this.#used += bytes.length;
    if (this.#used > this.#arena.length) {
      const wider = new Uint8Array(Math.max(2 * this.#arena.length, this.#used));
      wider.set(this.#arena);
      this.#arena = wider;
    }
    this.#arena.set(bytes, place);
    return place;
  }

  #add({ slot, key, hash }: { slot: number; key: number; hash: number }, number: number, length: number): number {
    const id = this.count++;
    if (id >= this.#keys.length) this.#grow();
    this.#keys[id] = key;
    this.#numbers[id] = number;
    this.#lengths[id] = length;
    this.#hashes[id] = hash;
    this.#slots[slot] = id + 1;
    if (2 * this.count > this.#slots.length) this.#rehash();
    return id;
  }

  #grow(): void {
    const size = 2 * this.#keys.length;
    this.#keys = widened(this.#keys, size);
    this.#lengths = widened(this.#lengths, size);
    this.#hashes = widened(this.#hashes, size);
    const numbers = new Float64Array(size);
    numbers.set(this.#numbers);
    this.#numbers = numbers;
  }

  #rehash(): void {
    const slots = new Int32Array(2 * this.#slots.length);
    const mask = slots.length - 1;
    for (let id = 0; id < this.count; id++) {
      let slot = (this.#hashes[id] ?? 0) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = id + 1;
    }
    this.#slots = slots;
  }
}

/** A column with more room; what is new holds `filler`. */
export function widened(column: Int32Array, size: number, filler = 0): Int32Array<ArrayBuffer> {
  const wider = new Int32Array(size);
  wider.set(column);
  if (filler !== 0) wider.fill(filler, column.length);
  return wider;
}

function mix(a: number, b: number): number {
  let hash = Math.imul(a, 0x9e3779b1) ^ Math.imul(b + 1, 0x7feb352d);
  hash = Math.imul(hash ^ (hash >>> 15), 0x846ca68b);
  return hash ^ (hash >>> 16);
}
