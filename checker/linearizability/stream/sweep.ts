/** The end of a stream: what the columns of all values come to, key by key, in time linear in the values. */

import { NEVER, NONE, type ValueColumns } from "./columns.js";

export interface SweepInput {
  readonly columns: ValueColumns;
  readonly keys: number;
  readonly keyOf: (value: number) => number;
  readonly initialOf: (key: number) => number;
}

export type Swept =
  | {
      readonly is: "swept";
      /** By key: values whose operations contradict each other. */
      readonly clashes: ReadonlyMap<number, readonly number[]>;
      /** By value: one that a cas which happened put in its place, or NONE. */
      readonly next: Int32Array;
    }
  | { readonly is: "declined"; readonly because: string };

/** Bounds of a value with what follows it by cas, as in `distinct.ts`. */
interface Zone {
  first: number;
  last: number;
  readonly root: number;
}

export function sweep(input: SweepInput): Swept {
  const { columns, keyOf } = input;
  const clashes = new Map<number, number[]>();
  const clash = (key: number, values: readonly number[]): void => {
    if (!clashes.has(key))
      clashes.set(
        key,
        values.filter((value) => value !== NONE),
      );
  };
  const kept = keptCas(columns);
  // What nobody wrote, or not before it was seen. The first of each key to be seen makes the story.
  const earliest = new Map<number, number>();
  for (let value = 0; value < columns.count; value++) {
    const seen = columns.seenFirst[value] ?? NEVER;
    const key = keyOf(value);
    if (seen === NEVER || value === input.initialOf(key)) continue;
    const wrote = columns.wrote[value] ?? NONE;
    if (wrote !== NONE && wrote < seen) continue;
    const other = earliest.get(key);
    if (other === undefined || seen < (columns.seenFirst[other] ?? NEVER)) earliest.set(key, value);
  }
  for (const [key, value] of earliest) clash(key, [value]);
  const next = new Int32Array(columns.count).fill(NONE);
  for (let value = 0; value < columns.count; value++) {
    const from = columns.from[value] ?? NONE;
    if (from === NONE || !kept(value)) continue;
    const key = keyOf(value);
    if (columns.wrote[from] === NONE && from !== input.initialOf(key) && columns.seenFirst[from] === NEVER) {
      return { is: "declined", because: "a cas of unknown outcome took effect on a value that nobody wrote" };
    }
    const twin = next[from] ?? NONE;
    if (twin !== NONE) clash(key, [from, twin, value]);
    next[from] = value;
  }
  const roots = rootsOf(input, next, kept, clash);
  sweepZones(input, { next, roots, clash });
  return { is: "swept", clashes, next };
}

/**
 * Whether a cas happened, by the value it wrote: it completed, or what it wrote was seen by something that completed,
 * perhaps through other cas of unknown outcome.
 */
function keptCas(columns: ValueColumns): (value: number) => boolean {
  const observed = new Uint8Array(columns.count);
  for (let start = 0; start < columns.count; start++) {
    if (columns.seenFirst[start] === NEVER) continue;
    for (let value = start; value !== NONE && observed[value] === 0; ) {
      observed[value] = 1;
      // A cas that completed counts by itself: it is among those that were there from the beginning.
      value = columns.done[value] === NEVER ? (columns.from[value] ?? NONE) : NONE;
    }
  }
  return (value) => columns.done[value] !== NEVER || observed[value] === 1;
}

/** By value, the beginning of its chain; a chain that has none is a circle of cas. */
function rootsOf(
  { columns, keyOf, initialOf }: SweepInput,
  next: Int32Array,
  kept: (value: number) => boolean,
  clash: (key: number, values: readonly number[]) => void,
): Int32Array {
  const roots = new Int32Array(columns.count).fill(NONE);
  for (let root = 0; root < columns.count; root++) {
    const isInitial = root === initialOf(keyOf(root));
    if (!isInitial && (columns.wrote[root] === NONE || columns.from[root] !== NONE)) continue;
    for (let value = root; value !== NONE && roots[value] === NONE; value = next[value] ?? NONE) roots[value] = root;
  }
  for (let value = 0; value < columns.count; value++) {
    if (roots[value] !== NONE || columns.wrote[value] === NONE || !kept(value)) continue;
    const circle: number[] = [];
    const on = new Set<number>();
    let at = value;
    for (; at !== NONE && !on.has(at); at = columns.from[at] ?? NONE) on.add(at);
    if (at === NONE) continue;
    for (let link = at; circle.length === 0 || link !== at; link = columns.from[link] ?? NONE) circle.push(link);
    clash(keyOf(value), circle);
  }
  return roots;
}

/** Goes through the zones of all keys by their first completions, remembering of each key the last that holds. */
function sweepZones(
  { columns, keys, keyOf, initialOf }: SweepInput,
  {
    next,
    roots,
    clash,
  }: { next: Int32Array; roots: Int32Array; clash: (key: number, values: readonly number[]) => void },
): void {
  const swept = new Uint8Array(columns.count);
  const held: (Zone | null)[] = [];
  const chainOf = (root: number): number[] => {
    const chain: number[] = [];
    for (let value = root; value !== NONE; value = next[value] ?? NONE) chain.push(value);
    return chain;
  };
  const take = (key: number, root: number): void => {
    swept[root] = 1;
    const zone: Zone = { first: boundFirst(columns, root, initialOf(key)), last: boundLast(columns, root), root };
    for (let link = next[root] ?? NONE; link !== NONE; link = next[link] ?? NONE) {
      const first = boundFirst(columns, link, NONE);
      if (first < zone.last) clash(key, chainOf(root));
      zone.first = Math.min(zone.first, first);
      zone.last = Math.max(zone.last, boundLast(columns, link));
    }
    const before = held[key] ?? null;
    if (before !== null && before.last > zone.first && before.first < zone.last) {
      clash(key, [...chainOf(before.root), ...chainOf(root)]);
    }
    if (zone.first < zone.last) held[key] = zone;
  };
  for (let key = 0; key < keys; key++) take(key, initialOf(key));
  for (let at = 0; at < columns.ordered; at++) {
    const value = columns.order[at] ?? NONE;
    const root = roots[value] ?? NONE;
    if (root !== NONE && swept[root] === 0) take(keyOf(value), root);
  }
}

/** The initial value is there before anything begins. */
const boundFirst = (columns: ValueColumns, value: number, initial: number): number =>
  value === initial
    ? Number.NEGATIVE_INFINITY
    : Math.min(
        columns.wrote[value] === NONE ? NEVER : (columns.done[value] ?? NEVER),
        columns.readFirst[value] ?? NEVER,
      );

const boundLast = (columns: ValueColumns, value: number): number => {
  const last = Math.max(columns.wrote[value] ?? NONE, columns.readLast[value] ?? NONE);
  return last === NONE ? Number.NEGATIVE_INFINITY : last;
};
