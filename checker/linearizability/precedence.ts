/**
 * Why operations on a register have no order, as a chain of what must come before what.
 *
 * Where it is known which write a read has its value from, two rules say all there is to say (Gibbons and Korach, 1997):
 * another write that comes before the read comes before that write too, or the read would see it; and one that comes
 * after that write comes after the read. From what was over before what began, and from who saw whom, they are applied
 * until two operations would each have to come before the other.
 */

import { NONE } from "./register-history.js";

/** Of one operation in the part: value numbers as in RegisterHistory, only of what counts. */
export interface Event {
  readonly position: number;
  readonly from: number;
  readonly to: number;
  readonly start: number;
  /** +Infinity where it may never have happened. */
  readonly end: number;
}

/** `before` comes before `after`, and why. Premises are earlier in the chain, or known from time. */
export interface Precedence {
  readonly before: number;
  readonly after: number;
  readonly why:
    | { readonly is: "time" }
    /** `after` saw what `before` wrote. */
    | { readonly is: "saw" }
    /** `after` was seen by `read`, and `before` comes before that. */
    | { readonly is: "not over it"; readonly read: number }
    /** `before` saw `source`, and `after` comes after that. */
    | { readonly is: "gone by then"; readonly source: number }
    /** `before` saw what was there at first, which nobody wrote. */
    | { readonly is: "first" }
    | { readonly is: "between"; readonly via: number };
}

const ROUNDS_MAX = 24;

/** The chain, whose last two contradict each other; null where these rules find none. `open`: what it held at first is not known. */
export function contradiction(
  events: readonly Event[],
  isFirst: (value: number) => "yes" | "no" | "maybe",
): readonly Precedence[] | null {
  const known = new Map<string, Precedence>();
  const has = (a: number, b: number): boolean => known.has(`${a} ${b}`);
  const seen = readsOf(events, isFirst);
  const certain = events.filter(
    ({ position, to, end }) =>
      to !== NONE && (end !== Number.POSITIVE_INFINITY || seen.some(({ source }) => source === position)),
  );
  let fresh: Precedence[] = [];
  const learn = (before: number, after: number, why: Precedence["why"]): void => {
    if (before === after || has(before, after)) return;
    const fact = { before, after, why };
    if (!fresh.some((one) => one.before === before && one.after === after)) fresh.push(fact);
  };
  for (const a of events) for (const b of events) if (a.end < b.start) learn(a.position, b.position, { is: "time" });
  for (const { read, source } of seen) if (source !== NONE) learn(source, read, { is: "saw" });
  for (let round = 0; round < ROUNDS_MAX && fresh.length > 0; round++) {
    for (const fact of fresh) known.set(`${fact.before} ${fact.after}`, fact);
    fresh = [];
    const clash = [...known.values()].find(({ before, after }) => before < after && has(after, before));
    if (clash !== undefined) return chainOf(known, clash);
    for (const { read, source } of seen) {
      for (const { position: other } of certain) {
        if (other === source || other === read) continue;
        if (source === NONE) learn(read, other, { is: "first" });
        else if (has(other, read)) learn(other, source, { is: "not over it", read });
        else if (has(source, other)) learn(read, other, { is: "gone by then", source });
      }
    }
    // What follows from two others only where nothing else does: it says the least.
    if (fresh.length > 0) continue;
    for (const { before, after: via } of known.values()) {
      for (const { position: after } of events) if (has(via, after)) learn(before, after, { is: "between", via });
    }
  }
  return null;
}

/** Who saw what, where it is known whose write that was; NONE: nobody's, it was there at first. */
function readsOf(
  events: readonly Event[],
  isFirst: (value: number) => "yes" | "no" | "maybe",
): { readonly read: number; readonly source: number }[] {
  return events.flatMap(({ position: read, from, end }) => {
    // A cas that may never have happened has seen something only where somebody saw it.
    if (from === NONE || end === Number.POSITIVE_INFINITY) return [];
    const sources = events.filter(({ position, to }) => to === from && position !== read);
    const first = isFirst(from);
    const [source] = sources;
    if (source === undefined) return first === "no" ? [] : [{ read, source: NONE }];
    return sources.length === 1 && first === "no" ? [{ read, source: source.position }] : [];
  });
}

/** What leads to both, each after what it follows from. */
function chainOf(known: ReadonlyMap<string, Precedence>, clash: Precedence): readonly Precedence[] {
  const chain: Precedence[] = [];
  const add = (before: number, after: number): void => {
    const fact = known.get(`${before} ${after}`);
    if (fact === undefined || chain.includes(fact)) return;
    const { why } = fact;
    // Rounds make premises: each is older than what follows from it, so this ends.
    if (why.is === "not over it") add(before, why.read);
    if (why.is === "gone by then") add(why.source, after);
    if (why.is === "between") {
      add(before, why.via);
      add(why.via, after);
    }
    chain.push(fact);
  };
  add(clash.before, clash.after);
  add(clash.after, clash.before);
  return chain;
}
