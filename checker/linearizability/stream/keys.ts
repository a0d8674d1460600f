/** Keys as small numbers, in the order in which they first come, and how many operations each has. */

import { encoded } from "./byte-lines.js";
import { CAS, READ } from "./scan.js";
import { ValueTable, widened } from "./values.js";

export class KeyTable {
  readonly #added: (key: number) => void;
  readonly #texts = new ValueTable();
  readonly #ofInts = new Map<number, number>();
  readonly #names: (string | null)[] = [];
  #operations = new Int32Array(64);
  #seen = new Uint8Array(64);
  #none = -1;

  /** `added` is told of every key before anything is done with it. */
  constructor(added: (key: number) => void) {
    this.#added = added;
  }

  get count(): number {
    return this.#names.length;
  }

  nameOf(key: number): string | null {
    return this.#names[key] ?? null;
  }

  /** Operations on it that count. */
  operations(key: number): number {
    return this.#operations[key] ?? 0;
  }

  isSeen(key: number): boolean {
    return this.#seen[key] === 1;
  }

  /** An operation of a register began on it. */
  saw(key: number, f: number): void {
    if (f >= READ && f <= CAS) this.#seen[key] = 1;
  }

  counted(key: number, f: number): void {
    if (f >= READ && f <= CAS) this.#operations[key] = (this.#operations[key] ?? 0) + 1;
  }

  /** Of operations without a key. */
  none(): number {
    if (this.#none === -1) this.#none = this.#find(encoded("null"), () => null);
    return this.#none;
  }

  named(name: string): number {
    return this.#find(encoded(JSON.stringify(name)), () => name);
  }

  /** A number is the name of its digits. */
  ofInt(int: number): number {
    let key = this.#ofInts.get(int);
    if (key === undefined) this.#ofInts.set(int, (key = this.named(`${int}`)));
    return key;
  }

  /** A string as it stands in the file, quotes included, all ASCII and without escapes. */
  ofText(bytes: Uint8Array, start: number, end: number): number {
    const key = this.#texts.ofText(0, { bytes, start, end });
    if (key === this.#names.length) this.#add(this.#texts.textOf(key).slice(1, -1));
    return key;
  }

  #find(text: Uint8Array, name: () => string | null): number {
    const key = this.#texts.ofText(0, { bytes: text, start: 0, end: text.length });
    if (key === this.#names.length) this.#add(name());
    return key;
  }

  #add(name: string | null): void {
    const key = this.#names.length;
    this.#names.push(name);
    if (key >= this.#operations.length) {
      this.#operations = widened(this.#operations, 2 * this.#operations.length);
      const seen = new Uint8Array(this.#operations.length);
      seen.set(this.#seen);
      this.#seen = seen;
    }
    this.#added(key);
  }
}
