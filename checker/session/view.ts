/**
 * Can one process order what it must see? Decided without the edges of everybody else.
 *
 * What a view adds to the given order are edges into the writes that its process has read. So only those writes, and the
 * process's own operations, need a clock of their own; the past of any other node is what was given, and the clocks of
 * the last such write before it in each session. Clocks grow until nothing changes: the least fixpoint, the same one
 * that `views.ts` reaches with edges, in time that follows what the process itself did.
 */

import { countBelow } from "../staleness/registers.js";
import { type Budget, spend } from "./finding.js";
import { type Clock, lastVisible } from "./past.js";
import { FROM_INITIAL, type Sessions, type Stream } from "./sessions.js";

export type Answer = "holds" | "broken" | "budget";

/** What a node has before it as given: for PRAM its session and the write it read, for causal memory its causal past. */
export type Given = (node: number, clock: Clock) => void;

export interface ViewInput {
  readonly sessions: Sessions;
  readonly streams: readonly (readonly Stream[])[];
  readonly given: Given;
  readonly budget: Budget;
}

export const checkView = (input: ViewInput, viewer: number): Answer => new View(input, viewer).run();

class View {
  readonly #input: ViewInput;
  readonly #viewer: number;
  readonly #width: number;
  /** Nodes with a clock of their own, in the order of their invocations; and by session, ascending. */
  readonly #nodes: readonly number[];
  readonly #bySession = new Map<number, number[]>();
  readonly #rank = new Map<number, number>();
  /** By rank: what comes before the node, itself left out; and how much of each session was joined into it. */
  readonly #clocks: Int32Array;
  readonly #joined: Int32Array;
  /** By rank: when its clock last grew, and when it was last made whole. */
  readonly #grown: Int32Array;
  readonly #whole: Int32Array;
  #now = 1;
  #broken = false;

  constructor(input: ViewInput, viewer: number) {
    const { sessions } = input;
    this.#input = input;
    this.#viewer = viewer;
    this.#width = sessions.processes.length;
    const nodes = new Set<number>();
    for (let node = sessions.start[viewer] ?? 0; node < (sessions.start[viewer + 1] ?? 0); node++) {
      nodes.add(node);
      const writer = sessions.writer[node] ?? FROM_INITIAL;
      if (writer >= 0) nodes.add(writer);
    }
    for (const node of [...nodes].sort((a, b) => a - b)) {
      const session = sessions.session[node] ?? 0;
      const own = this.#bySession.get(session);
      if (own === undefined) this.#bySession.set(session, [node]);
      else own.push(node);
    }
    const invoked = (node: number): number => sessions.op[node]?.invoked ?? 0;
    this.#nodes = [...nodes].sort((a, b) => invoked(a) - invoked(b) || a - b);
    for (const [rank, node] of this.#nodes.entries()) this.#rank.set(node, rank);
    this.#clocks = new Int32Array(this.#nodes.length * this.#width);
    this.#joined = new Int32Array(this.#clocks.length);
    this.#grown = new Int32Array(this.#nodes.length).fill(1);
    this.#whole = new Int32Array(this.#nodes.length);
  }

  run(): Answer {
    const { sessions, given, budget } = this.#input;
    if (!spend(budget, this.#clocks.length)) return "budget";
    for (const [rank, node] of this.#nodes.entries()) {
      const clock = this.#clockAt(rank);
      clock.set(sessions.start.subarray(0, this.#width));
      given(node, clock);
    }
    for (;;) {
      const before = this.#now;
      for (const [rank, node] of this.#nodes.entries()) {
        if (!this.#makeWhole(rank, node)) return "budget";
        if (this.#broken || !this.#bind(rank, node)) return "broken";
      }
      if (this.#now === before) return "holds";
    }
  }

  #clockAt(rank: number): Clock {
    return this.#clocks.subarray(rank * this.#width, (rank + 1) * this.#width);
  }

  /** Joins into a node's clock those of the last nodes with clocks before it. False when the budget is spent. */
  #makeWhole(rank: number, node: number): boolean {
    const { sessions, budget } = this.#input;
    const clock = this.#clockAt(rank);
    const own = sessions.session[node] ?? 0;
    const at = rank * this.#width;
    const since = this.#whole[rank] ?? 0;
    let steps = this.#bySession.size;
    let grown = false;
    // Its own session first: what is known there need not be looked at again in the others.
    const [before, beforeAt] = this.#lastBefore(own, node);
    if (before !== -1 && (this.#grown[before] ?? 0) > since) {
      steps += this.#width;
      grown = joinInto(clock, this.#clocks, beforeAt);
    }
    for (const session of this.#bySession.keys()) {
      const bound = clock[session] ?? 0;
      if (session === own || bound === sessions.start[session]) continue;
      const [other, otherAt] = this.#lastBefore(session, bound);
      if (other === -1) continue;
      const seen = this.#joined[at + session] === bound ? since : 0;
      const known = before !== -1 && this.#joined[beforeAt + session] === bound ? (this.#whole[before] ?? 0) : 0;
      this.#joined[at + session] = bound;
      if ((this.#grown[other] ?? 0) <= Math.max(seen, known)) continue;
      steps += this.#width;
      if (joinInto(clock, this.#clocks, otherAt)) grown = true;
    }
    this.#whole[rank] = this.#now;
    if (grown) this.#grow(rank);
    if ((clock[own] ?? 0) > node) this.#broken = true;
    return spend(budget, steps);
  }

  /** The last node with a clock before `bound` in a session, as its rank (-1: none) and the place of its clock. */
  #lastBefore(session: number, bound: number): readonly [number, number] {
    const nodes = this.#bySession.get(session) ?? [];
    const rank = this.#rank.get(nodes[countBelow(nodes, bound) - 1] ?? -1) ?? -1;
    return [rank, rank * this.#width];
  }

  #grow(rank: number): void {
    this.#grown[rank] = ++this.#now;
  }

  /** What comes before a read comes before the write that it returned. False if that cannot be. */
  #bind(rank: number, read: number): boolean {
    const { sessions, streams, given } = this.#input;
    const writer = sessions.writer[read] ?? 0;
    if (sessions.session[read] !== this.#viewer || writer < FROM_INITIAL) return true;
    const target = this.#rank.get(writer) ?? -1;
    const clock = this.#clockAt(target);
    let possible = true;
    lastVisible(streams[sessions.key[read] ?? 0] ?? [], this.#clockAt(rank), (write) => {
      if (write === writer) return;
      const session = sessions.session[write] ?? 0;
      if (writer === FROM_INITIAL || (session === sessions.session[writer] && write > writer)) possible = false;
      if (!possible || (clock[session] ?? 0) > write) return;
      given(write, clock);
      clock[session] = Math.max(clock[session] ?? 0, write + 1);
      this.#grow(target);
    });
    return possible;
  }
}

const joinInto = (clock: Clock, clocks: Int32Array, at: number): boolean => {
  let grown = false;
  for (let s = 0; s < clock.length; s++) {
    const theirs = clocks[at + s] ?? 0;
    if (theirs <= (clock[s] ?? 0)) continue;
    clock[s] = theirs;
    grown = true;
  }
  return grown;
};
