/**
 * The lists that reads returned, per key as few *branches*: a read is a prefix of a branch, given by its length.
 *
 * In a sane history each key has one branch, which grows as longer reads arrive, and a read costs one comparison per
 * element. A read that agrees with no branch starts a new one: the histories in which that happens are the interesting
 * ones, and it happens rarely even there.
 */

import type { Elements } from "./interner.js";

/** Older branches of a key than this many are not tried again: a repeated oddity is then kept twice, harmlessly. */
const BRANCHES_TRIED_MAX = 8;

export class Lists {
  readonly elements: number[][] = [];
  readonly key: number[] = [];
  /** Codes of the elements, side by side with them: what a read is compared with. */
  readonly #codes: number[][] = [];
  readonly #branches: number[][] = [];

  /** The list of which `codes[0..count-1]`, read from `key`, is the prefix of that length. */
  branch(key: number, codes: Int32Array, count: number, interner: Elements): number {
    while (this.#branches.length <= key) this.#branches.push([]);
    const branches = this.#branches[key] ?? [];
    for (let i = 0; i < branches.length && i < BRANCHES_TRIED_MAX; i++) {
      const list = branches[i === 0 ? 0 : branches.length - i] ?? 0;
      if (this.#extend(list, key, codes, count, interner)) return list;
    }
    const list = this.elements.length;
    this.elements.push([]);
    this.#codes.push([]);
    this.key.push(key);
    branches.push(list);
    this.#extend(list, key, codes, count, interner);
    return list;
  }

  /** False where list and codes disagree; otherwise the list is made at least as long as the codes. */
  #extend(list: number, key: number, codes: Int32Array, count: number, interner: Elements): boolean {
    const known = this.#codes[list] ?? [];
    const shared = Math.min(known.length, count);
    for (let i = 0; i < shared; i++) if (known[i] !== codes[i]) return false;
    if (count > shared) {
      const elements = this.elements[list] ?? [];
      for (let i = shared; i < count; i++) {
        const code = codes[i] ?? 0;
        known.push(code);
        elements.push(interner.intern(key, code));
      }
    }
    return true;
  }
}
