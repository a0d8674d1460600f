/**
 * Which keys must reach a follower together: those of every transaction that it has not acknowledged.
 *
 * It is sent the latest versions only, so one message must carry more than one transaction's keys. Say x and y were
 * written together, and then y and z: whoever gets the latest y needs z with it, and also x, for behind that y stands
 * the first transaction. So what goes together is what is connected by unacknowledged transactions.
 */

import type { Versioned } from "./versions.js";

/** Key -> the version of it that is not acknowledged. */
type Bond = Map<string, number>;

/** So many more bonds, and those that are connected are made one: then there are no more of them than keys. */
const MERGE_AFTER = 256;

export class Bonds {
  #bonds: Bond[] = [];
  #mergeAt = MERGE_AFTER;

  add(entries: readonly Versioned[]): void {
    if (entries.length < 2) return;
    this.#bonds.push(new Map(entries.map(({ key, version }) => [key, version])));
    if (this.#bonds.length < this.#mergeAt) return;
    this.#bonds = merged(this.#bonds);
    this.#mergeAt = this.#bonds.length + MERGE_AFTER;
  }

  /** A bond holds until each of its keys is acknowledged. */
  acked(key: string, version: number): void {
    let ended = false;
    for (const bond of this.#bonds) {
      const bound = bond.get(key);
      if (bound === undefined || bound > version) continue;
      bond.delete(key);
      ended ||= bond.size === 0;
    }
    if (ended) this.#bonds = this.#bonds.filter(({ size }) => size > 0);
  }

  has(key: string): boolean {
    return this.#bonds.some((bond) => bond.has(key));
  }

  /** Per bound key all that must go with it, itself included. */
  groups(): ReadonlyMap<string, ReadonlySet<string>> {
    const groups = new Map<string, ReadonlySet<string>>();
    for (const bond of merged(this.#bonds)) {
      const keys = new Set(bond.keys());
      for (const key of keys) groups.set(key, keys);
    }
    return groups;
  }
}

/** Connected bonds made one; of a key the greatest version counts. */
function merged(bonds: readonly Bond[]): Bond[] {
  const of = new Map<string, Bond>();
  for (const bond of bonds) {
    const own: Bond = new Map();
    const join = (other: Bond): void => {
      for (const [key, version] of other) own.set(key, Math.max(version, own.get(key) ?? 0));
    };
    join(bond);
    for (const other of new Set([...bond.keys()].map((key) => of.get(key)))) if (other !== undefined) join(other);
    for (const key of own.keys()) of.set(key, own);
  }
  return [...new Set(of.values())];
}
