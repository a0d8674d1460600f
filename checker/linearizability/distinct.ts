/**
 * Registers in which every value is written once: decided by sorting, without any search.
 *
 * All operations that touch one value (its write and the reads of it) form a cluster, and in a legal order of a register
 * clusters follow one another without mixing. The cluster is bounded by `f`, its earliest completion, and `s`, its
 * latest invocation. Where f < s the register provably held the value during all of [f, s]. Two clusters A and B
 * contradict each other exactly if f(A) < s(B) and f(B) < s(A): something of each ended before something of the other
 * began. A cas joins the cluster of its `from` and, right behind it, that of its `to`, so clusters become chains.
 *
 * Source: Gibbons and Korach, "Testing shared memories" (SIAM J. Computing 26, 1997), section 3 (zones); chains of cas
 * and operations of unknown outcome are treated as the comments below say.
 *
 * Sound and complete for histories it does not decline. O(n log n), the sort being over clusters.
 */

import { INIT, NONE, type RegisterColumns, relevant } from "./register-history.js";

export type DistinctAnswer =
  | { readonly is: "valid" }
  /** Some value has two writers, or the initial value has one: not for this check. */
  | { readonly is: "declined" }
  /** Positions of operations that contradict each other (together with those that wrote what they saw). */
  | { readonly is: "invalid"; readonly positions: readonly number[] };

/** Bounds of a cluster or chain, and which operations set them (NONE: the initial state itself). */
interface Zone {
  f: number;
  s: number;
  fAt: number;
  sAt: number;
}

export function checkDistinct(history: RegisterColumns): DistinctAnswer {
  const keep = relevant(history);
  const answer = contradiction(history, keep);
  return Array.isArray(answer) ? { is: "invalid", positions: witnessed(history, keep, answer) } : { is: answer };
}

/** The operations that contradict each other, if any do. */
function contradiction(history: RegisterColumns, keep: Uint8Array): "valid" | "declined" | number[] {
  const writer = writers(history, keep);
  if (writer === null) return "declined";
  const impossible = unwrittenOrFuture(history, keep, writer);
  if (impossible !== null) return impossible;
  const next = successors(history, keep, writer);
  if (!(next instanceof Int32Array)) return next;
  const zones = chains(history, clusters(history, keep), { writer, next });
  if (!Array.isArray(zones)) return zones.positions;
  return overlap(zones) ?? "valid";
}

/**
 * Adds, for every operation of unknown outcome, one that saw what it wrote: that it happened is part of the proof. A
 * crashed cas among those needs a witness in turn; there is one, or it would not have been kept.
 */
function witnessed({ from, to, end }: RegisterColumns, keep: Uint8Array, positions: readonly number[]): number[] {
  const all = [...positions];
  for (let at = 0; at < all.length; at++) {
    const i = all[at] ?? NONE;
    if (end[i] !== Number.POSITIVE_INFINITY) continue;
    let witness = NONE;
    for (let j = 0; j < from.length && (witness === NONE || end[witness] === Number.POSITIVE_INFINITY); j++) {
      if (from[j] === to[i] && keep[j] === 1 && (witness === NONE || end[j] !== Number.POSITIVE_INFINITY)) witness = j;
    }
    if (witness !== NONE && !all.includes(witness)) all.push(witness);
  }
  return all;
}

/** The one operation that writes each value, or null where some value has more than one. */
function writers({ to, values }: RegisterColumns, keep: Uint8Array): Int32Array | null {
  const writer = new Int32Array(values.length).fill(NONE);
  for (let i = 0; i < to.length; i++) {
    const made = to[i] ?? NONE;
    if (made === NONE || keep[i] === 0) continue;
    if (made === INIT || writer[made] !== NONE) return null;
    writer[made] = i;
  }
  return writer;
}

/** A value seen that nobody wrote, or seen by an operation that ended before its write began. */
function unwrittenOrFuture(history: RegisterColumns, keep: Uint8Array, writer: Int32Array): number[] | null {
  const { from, start, end } = history;
  for (let i = 0; i < from.length; i++) {
    const seen = from[i] ?? NONE;
    if (seen === NONE || seen === INIT || keep[i] === 0) continue;
    const by = writer[seen] ?? NONE;
    if (by === NONE) return [i];
    if ((end[i] ?? 0) < (start[by] ?? 0)) return [by, i];
  }
  return null;
}

/** The cas that replaced each value; or, where two did, those two and the write between them that is missing. */
function successors(
  { from, to, values }: RegisterColumns,
  keep: Uint8Array,
  writer: Int32Array,
): Int32Array | number[] {
  const next = new Int32Array(values.length).fill(NONE);
  for (let i = 0; i < from.length; i++) {
    const seen = from[i] ?? NONE;
    if (seen === NONE || to[i] === NONE || keep[i] === 0) continue;
    const other = next[seen] ?? NONE;
    if (other !== NONE) return [writer[seen] ?? NONE, other, i].filter((at) => at !== NONE);
    next[seen] = i;
  }
  return next;
}

function clusters({ from, to, start, end, values }: RegisterColumns, keep: Uint8Array): Zone[] {
  const zones: Zone[] = values.map(() => ({
    f: Number.POSITIVE_INFINITY,
    s: Number.NEGATIVE_INFINITY,
    fAt: NONE,
    sAt: NONE,
  }));
  for (let i = 0; i < from.length; i++) {
    if (keep[i] === 0) continue;
    // A cas belongs to what it wrote. That it came right after what it saw is what the chains say.
    const made = to[i] ?? NONE;
    const zone = zones[made === NONE ? (from[i] ?? NONE) : made];
    if (zone === undefined) continue;
    const [s, f] = [start[i] ?? 0, end[i] ?? 0];
    if (f < zone.f) [zone.f, zone.fAt] = [f, i];
    if (s > zone.s) [zone.s, zone.sAt] = [s, i];
  }
  const initial = zones[INIT];
  if (initial !== undefined) [initial.f, initial.fAt] = [Number.NEGATIVE_INFINITY, NONE];
  return zones;
}

/** Joins clusters along cas into one zone a chain. A chain must begin with a plain write, and keep its own order. */
function chains(
  { from, to }: RegisterColumns,
  clusters: readonly Zone[],
  { writer, next }: { writer: Int32Array; next: Int32Array },
): Zone[] | { positions: number[] } {
  const zones: Zone[] = [];
  let chained = 0;
  for (let value = 0; value < clusters.length; value++) {
    const by = writer[value] ?? NONE;
    if (value !== INIT && (by === NONE || from[by] !== NONE)) continue;
    const first = clusters[value];
    if (first === undefined) continue;
    const chain = { ...first };
    for (let cas = next[value] ?? NONE; cas !== NONE; ) {
      chained++;
      const made = to[cas] ?? NONE;
      const link = clusters[made];
      if (link === undefined) break;
      // Something of a later link ended before something of an earlier one began.
      if (link.f < chain.s) return { positions: [link.fAt, chain.sAt] };
      if (link.f < chain.f) [chain.f, chain.fAt] = [link.f, link.fAt];
      if (link.s > chain.s) [chain.s, chain.sAt] = [link.s, link.sAt];
      cas = next[made] ?? NONE;
    }
    zones.push(chain);
  }
  const links = next.filter((cas) => cas !== NONE);
  // Every cas follows another and none a write: a circle, in which nobody can be first.
  if (chained < links.length) return { positions: circle({ from, to }, links, { writer, next }) };
  return zones;
}

/** The cas operations of a circle: walk upstream as long as there is an upstream; whoever comes twice is on one. */
function circle(
  { from, to }: Pick<RegisterColumns, "from" | "to">,
  links: Int32Array,
  { writer, next }: { writer: Int32Array; next: Int32Array },
): number[] {
  for (const cas of links) {
    const seen = new Set<number>();
    let at = cas;
    while (at !== NONE && !seen.has(at) && from[at] !== INIT && from[at] !== NONE) {
      seen.add(at);
      at = writer[from[at] ?? NONE] ?? NONE;
    }
    if (!seen.has(at)) continue;
    const positions: number[] = [];
    for (let on = at; !positions.includes(on); on = next[to[on] ?? NONE] ?? NONE) positions.push(on);
    return positions;
  }
  return [];
}

/**
 * Two zones of which something of each ended before something of the other began. By ascending f only the latest zone
 * with f < s needs to be remembered: those are disjoint as long as there is no clash, so the latest reaches furthest.
 */
function overlap(zones: readonly Zone[]): number[] | null {
  const byF = zones.filter((zone) => zone.f !== Number.POSITIVE_INFINITY).sort((a, b) => a.f - b.f);
  let held: Zone | null = null;
  for (const zone of byF) {
    if (held !== null && held.s > zone.f && held.f < zone.s) {
      return [held.fAt, held.sAt, zone.fAt, zone.sAt].filter((at) => at !== NONE);
    }
    if (zone.f < zone.s) held = zone;
  }
  return null;
}
