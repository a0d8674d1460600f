/**
 * A persistent array: `set` copies a path of a tree with branches of 32, so that generators which keep something for
 * each of thousands of keys stay pure values at the price of a few small copies per operation.
 */

export interface Vector<T> {
  /** undefined where nothing was set. */
  get(index: number): T | undefined;
  set(index: number, item: T): Vector<T>;
}

const BITS = 5;
const MASK = 31;

type Node<T> = readonly (Leaf<T> | Branch<T> | undefined)[];
interface Leaf<T> {
  readonly item: T;
}
interface Branch<T> {
  readonly node: Node<T>;
}

/** An empty vector for the indexes 0 .. size-1. */
export function vector<T>(size: number): Vector<T> {
  let levels = 1;
  while (2 ** (BITS * levels) < size) levels++;
  return rooted<T>([], levels, size);
}

function rooted<T>(root: Node<T>, levels: number, size: number): Vector<T> {
  return {
    get(index) {
      let node: Node<T> = root;
      for (let level = levels - 1; level >= 0; level--) {
        const slot = node[(index >>> (BITS * level)) & MASK];
        if (slot === undefined) return undefined;
        if ("item" in slot) return slot.item;
        node = slot.node;
      }
      return undefined;
    },
    set(index, item) {
      if (!Number.isSafeInteger(index) || index < 0 || index >= size) {
        throw new RangeError(`vector: index ${index}, expected 0 .. ${size - 1}`);
      }
      return rooted(replaced(root, levels - 1, index, item), levels, size);
    },
  };
}

function replaced<T>(node: Node<T>, level: number, index: number, item: T): Node<T> {
  const i = (index >>> (BITS * level)) & MASK;
  const slot = node[i];
  const copy = node.slice();
  if (level === 0) copy[i] = { item };
  else copy[i] = { node: replaced(slot !== undefined && "node" in slot ? slot.node : [], level - 1, index, item) };
  return copy;
}
