/**
 * A hash tree over (key, digest of its state), so that two replicas find where they differ by comparing few hashes
 * (Merkle 1987; DeCandia et al. 2007, "Dynamo", section 4.7).
 *
 * A key's place is the hash of its name: two hexadecimal digits say the leaf, one of 256, the first of them its parent,
 * one of 16. The hash of every node is the exclusive or of the digests of all keys below it, so a write changes three
 * hashes, whatever the number of keys. Against chance that is as good as hashing hashes; against malice it is not.
 */

import { draw } from "../draw.js";

const FAN_OUT = 16;
/** Digits of a leaf. */
export const DEPTH = 2;
const DIGITS = Array.from({ length: FAN_OUT }, (_, digit) => digit.toString(16));

export class MerkleTree {
  /** By prefix, 64 bits in two halves. */
  readonly #hashes = new Map<string, readonly [number, number]>();
  readonly #leaves = new Map<string, Map<string, string>>();

  /** `digest`: 16 hexadecimal digits; null takes the key out. */
  set(key: string, digest: string | null): void {
    const leaf = leafOf(key);
    const digests = this.#leaves.get(leaf) ?? new Map<string, string>();
    this.#leaves.set(leaf, digests);
    const before = digests.get(key);
    if (before !== undefined) this.#toggle(leaf, before);
    if (digest === null) digests.delete(key);
    else {
      digests.set(key, digest);
      this.#toggle(leaf, digest);
    }
  }

  /** Of the sixteen parts below a prefix that is shorter than a leaf's. */
  hashesBelow(prefix: string): readonly string[] {
    return DIGITS.map((digit) => {
      const [high, low] = this.#hashes.get(prefix + digit) ?? [0, 0];
      return hex(high) + hex(low);
    });
  }

  /** Key -> digest of a leaf. */
  digestsOf(leaf: string): ReadonlyMap<string, string> {
    return this.#leaves.get(leaf) ?? new Map<string, string>();
  }

  #toggle(leaf: string, digest: string): void {
    const [high, low] = [Number.parseInt(digest.slice(0, 8), 16), Number.parseInt(digest.slice(8), 16)];
    for (let length = 1; length <= DEPTH; length++) {
      const prefix = leaf.slice(0, length);
      const [a, b] = this.#hashes.get(prefix) ?? [0, 0];
      this.#hashes.set(prefix, [a ^ high, b ^ low]);
    }
  }
}

/** The prefixes at which two lists of sixteen hashes differ. */
export function differing(prefix: string, a: readonly string[], b: readonly string[]): readonly string[] {
  return DIGITS.flatMap((digit, i) => (a[i] === b[i] ? [] : [prefix + digit]));
}

function leafOf(key: string): string {
  return hex(draw(1, 0, key) * 2 ** 32).slice(0, DEPTH);
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, "0");
}
