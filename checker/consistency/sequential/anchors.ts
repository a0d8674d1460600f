/**
 * When, in real time, each write would best take effect: where an order is searched, writes are tried in this order.
 *
 * If the history is linearizable these moments are one proof of it (Gibbons and Korach 1997, section 3: the zones of a
 * value's operations), so the first order tried is right. Otherwise they are a guess, and not more.
 */

import { INITIAL, NONE, type Programs } from "./programs.js";

/** What operations on one value, or on values chained by cas, span: earliest completion and latest invocation. */
interface Chain {
  readonly writes: number[];
  /** Per write of the chain: the latest invocation so far. */
  readonly since: number[];
  f: number;
  s: number;
}

export const anchorsOf = (programs: Programs): Float64Array => {
  const { source, to, key, begun, ended, keys } = programs;
  const count = source.length;
  const [f, s] = [Float64Array.from(ended), Float64Array.from(begun)];
  const next = new Int32Array(count).fill(NONE);
  for (const [node, write] of source.entries()) {
    if (write < 0) continue;
    f[write] = Math.min(f[write] ?? 0, ended[node] ?? 0);
    s[write] = Math.max(s[write] ?? 0, begun[node] ?? 0);
    if (to[node] !== NONE) next[write] = node;
  }
  const byKey: Chain[][] = Array.from({ length: keys }, () => []);
  for (const [node, write] of source.entries()) {
    // A chain begins with a plain write, or with a cas of the initial value or of one that is not known.
    if (to[node] === NONE || write >= 0) continue;
    byKey[key[node] ?? 0]?.push(chainFrom(node, { next, f, s }));
  }
  const anchors = new Float64Array(count);
  for (const chains of byKey) place(chains, anchors);
  for (const [node, write] of source.entries()) {
    if (to[node] === NONE) anchors[node] = Math.max(begun[node] ?? 0, write > INITIAL ? (anchors[write] ?? 0) : 0);
  }
  return anchors;
};

const chainFrom = (
  root: number,
  { next, f, s }: { readonly next: Int32Array; readonly f: Float64Array; readonly s: Float64Array },
): Chain => {
  const chain: Chain = { writes: [], since: [], f: Number.POSITIVE_INFINITY, s: Number.NEGATIVE_INFINITY };
  for (let node = root; node !== NONE; node = next[node] ?? NONE) {
    chain.writes.push(node);
    chain.since.push(chain.s);
    chain.f = Math.min(chain.f, f[node] ?? 0);
    chain.s = Math.max(chain.s, s[node] ?? 0);
  }
  return chain;
};

/** A chain that surely held its values for a time begins then; another at an instant outside all of those times. */
const place = (chains: readonly Chain[], anchors: Float64Array): void => {
  const forward = chains.filter(({ f, s }) => f < s).sort((a, b) => a.f - b.f);
  for (const { f, writes, since } of forward) {
    for (const [i, node] of writes.entries()) anchors[node] = Math.max(f, since[i] ?? f);
  }
  // Of those that share an instant the one that is bound to be over first goes first.
  const others = chains.filter(({ f, s }) => f >= s).sort((a, b) => a.s - b.s);
  for (const [rank, { f, writes }] of others.entries()) {
    const held = forward[firstAfter(forward, f) - 1];
    const tie = rank / (4 * others.length);
    const instant = held !== undefined && f < held.s ? held.f - 0.5 + tie : f;
    for (const node of writes) anchors[node] = instant;
  }
};

/** Position of the first that begins after `index`. */
const firstAfter = (forward: readonly Chain[], index: number): number => {
  let [low, high] = [0, forward.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((forward[middle]?.f ?? 0) <= index) low = middle + 1;
    else high = middle;
  }
  return low;
};
