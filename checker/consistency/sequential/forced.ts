/**
 * The order that every explanation of a history must have, as far as it can be told without trying.
 *
 * Given are the order of each process, and every write before the reads that saw it. Where a read r saw the write w, any
 * other write w' of the same key stands before w or after r; so if w' comes before r, it comes before w, and if it comes
 * after w, it comes after r. That is added until nothing changes. A cycle proves that no order exists. (A cas is a read
 * and a write in one, so between w and a cas that saw it nothing can stand either.)
 *
 * Gibbons and Korach, Testing shared memories (SIAM J. Computing 26, 1997), section 4, show that with this nothing is
 * decided yet: to find an order is NP-complete even where every read names its write. `search.ts` goes on from here.
 *
 * Vector clocks over the programs: of each program only the last write before r, and the first one after w, need an edge.
 */

import { addEdge, type Edges, noEdges, order } from "../../session/cycle.js";
import type { Budget } from "../../session/finding.js";
import { spend } from "../../session/finding.js";
import { countBelow } from "../../staleness/registers.js";
import { INITIAL, NONE, type Programs } from "./programs.js";

/** In `by` of an edge: the order of a process; a choice of the search. Otherwise the node whose reading shows it. */
export const GIVEN = -1;
export const CHOSEN = -2;

export type Forced =
  | { readonly is: "order" }
  /** Numbers of edges. */
  | { readonly is: "cycle"; readonly cycle: readonly number[] }
  | { readonly is: "budget" };

/**
 * Clocks are kept up to date edge by edge; where edges are taken back they are made anew.
 *
 * `past` of a node: per program the first of its nodes that is not before it, itself counted as before. `future`: per
 * program the first of its nodes that is after it, itself counted as after.
 */
export class Saturation {
  readonly edges: Edges;
  readonly #programs: Programs;
  readonly #budget: Budget;
  readonly #streams: readonly (readonly Writes[])[];
  readonly #width: number;
  readonly #past: Int32Array;
  readonly #future: Int32Array;
  readonly #out: Links;
  readonly #in: Links;
  /** Nodes whose past or future grew and was not handed on yet. */
  readonly #grownPast: Agenda;
  readonly #grownFuture: Agenda;
  /** Reads to look at again. */
  readonly #reads: Agenda;
  /** By write: the reads to look at when its future grows. 1: the node is such a read itself. */
  readonly #readersOf: readonly (readonly number[] | undefined)[];
  readonly #isReader: Uint8Array;
  #circular = false;
  /** Whether the clocks learn of an edge as it is added. */
  #atOnce = true;
  /** Edges that are in the lists. */
  #linked = 0;

  constructor(programs: Programs, budget: Budget) {
    const count = programs.operations.length;
    this.#programs = programs;
    this.edges = givenEdges(programs);
    this.#budget = budget;
    this.#streams = writesOf(programs);
    this.#width = programs.processes.length;
    const entries = count * this.#width;
    this.#past = new Int32Array(entries <= CLOCK_ENTRIES_MAX ? entries : 0);
    this.#future = new Int32Array(this.#past.length);
    this.#out = new Links(count);
    this.#in = new Links(count);
    this.#grownPast = new Agenda(count);
    this.#grownFuture = new Agenda(count);
    this.#reads = new Agenda(count);
    this.#isReader = new Uint8Array(count);
    const readersOf: number[][] = [];
    for (const read of lastReaders(programs)) {
      this.#isReader[read] = 1;
      const write = programs.source[read] ?? INITIAL;
      if (write >= 0) (readersOf[write] ??= []).push(read);
    }
    this.#readersOf = readersOf;
  }

  /** The first time, everything from what is given. So many edges come of it that all clocks are made anew each round. */
  begin(): Forced {
    if (this.#past.length < this.#programs.operations.length * this.#width) return { is: "budget" };
    for (;;) {
      const found = this.#refill();
      if (found.is !== "order") return found;
      const known = this.edges.from.length;
      this.#atOnce = false;
      for (const [node, is] of this.#isReader.entries()) if (is === 1) this.#bind(node);
      this.#atOnce = true;
      if (this.edges.from.length === known) return found;
    }
  }

  /** Adds choices of the search, and what follows from them. */
  choose(pairs: readonly (readonly [number, number])[]): Forced {
    for (const [first, second] of pairs) this.#add(first, second, CHOSEN);
    return this.#settle();
  }

  /** Takes edges back, down to so many. */
  backTo(length: number): void {
    const { from, to, by } = this.edges;
    if (from.length === length) return;
    for (let edge = this.#linked - 1; edge >= length; edge--) {
      this.#out.unlink(from[edge] ?? 0, edge);
      this.#in.unlink(to[edge] ?? 0, edge);
    }
    this.#linked = Math.min(this.#linked, length);
    from.length = length;
    to.length = length;
    by.length = length;
    // What is left was acyclic and saturated, so clocks are all there is to do.
    this.#refill();
  }

  #settle(): Forced {
    const grain = 1 + 2 * this.#width;
    for (;;) {
      if (this.#circular) {
        const found = order(this.#programs.operations.length, this.edges);
        return found.is === "cycle" ? { is: "cycle", cycle: found.edges } : { is: "budget" };
      }
      if (!spend(this.#budget, grain)) return { is: "budget" };
      const past = this.#grownPast.take();
      if (past !== NONE) {
        this.#handOn(past);
        continue;
      }
      const future = this.#grownFuture.take();
      if (future !== NONE) {
        this.#handBack(future);
        continue;
      }
      const read = this.#reads.take();
      if (read === NONE) return { is: "order" };
      this.#bind(read);
    }
  }

  #add(from: number, to: number, by: number): void {
    const edge = this.edges.from.length;
    addEdge(this.edges, from, to, by);
    if (!this.#atOnce) return;
    this.#link(edge);
    this.#joinPast(from, to);
    this.#joinFuture(from, to);
  }

  #link(edge: number): void {
    this.#out.link(this.edges.from[edge] ?? 0, edge);
    this.#in.link(this.edges.to[edge] ?? 0, edge);
    this.#linked = edge + 1;
  }

  #handOn(node: number): void {
    for (let edge = this.#out.first(node); edge !== NONE; edge = this.#out.next(edge)) {
      this.#joinPast(node, this.edges.to[edge] ?? 0);
    }
  }

  #handBack(node: number): void {
    for (let edge = this.#in.first(node); edge !== NONE; edge = this.#in.next(edge)) {
      this.#joinFuture(this.edges.from[edge] ?? 0, node);
    }
  }

  #joinPast(from: number, to: number): void {
    const [past, width] = [this.#past, this.#width];
    const [theirs, mine] = [from * width, to * width];
    if ((past[theirs + (this.#programs.program[to] ?? 0)] ?? 0) > to) this.#circular = true;
    let grown = false;
    for (let p = 0; p < width; p++) {
      const entry = past[theirs + p] ?? 0;
      if (entry <= (past[mine + p] ?? 0)) continue;
      past[mine + p] = entry;
      grown = true;
    }
    if (!grown) return;
    this.#grownPast.add(to);
    if (this.#isReader[to] === 1) this.#reads.add(to);
  }

  #joinFuture(from: number, to: number): void {
    const [future, width] = [this.#future, this.#width];
    const [mine, theirs] = [from * width, to * width];
    let grown = false;
    for (let p = 0; p < width; p++) {
      const entry = future[theirs + p] ?? 0;
      if (entry >= (future[mine + p] ?? 0)) continue;
      future[mine + p] = entry;
      grown = true;
    }
    if (!grown) return;
    this.#grownFuture.add(from);
    for (const read of this.#readersOf[from] ?? []) this.#reads.add(read);
  }

  /** All clocks from the edges that there are. */
  #refill(): Forced {
    this.#circular = false;
    for (const agenda of [this.#grownPast, this.#grownFuture, this.#reads]) agenda.clear();
    const { start, program } = this.#programs;
    const width = this.#width;
    const count = program.length;
    const found = order(count, this.edges);
    if (found.is === "cycle") return { is: "cycle", cycle: found.edges };
    for (let edge = this.#linked; edge < this.edges.from.length; edge++) this.#link(edge);
    if (!spend(this.#budget, (count + this.edges.from.length) * width)) return { is: "budget" };
    for (let node = 0; node < count; node++) {
      this.#past.set(start.subarray(0, width), node * width);
      this.#future.set(start.subarray(1, width + 1), node * width);
      this.#past[node * width + (program[node] ?? 0)] = node + 1;
      this.#future[node * width + (program[node] ?? 0)] = node;
    }
    for (const node of found.nodes) this.#handOn(node);
    for (const node of found.nodes.toReversed()) this.#handBack(node);
    for (const agenda of [this.#grownPast, this.#grownFuture, this.#reads]) agenda.clear();
    return { is: "order" };
  }

  /** What one read says of the other writes of its key. */
  #bind(read: number): void {
    const { source, key, program, start } = this.#programs;
    const width = this.#width;
    const write = source[read] ?? INITIAL;
    for (const { program: p, nodes } of this.#streams[key[read] ?? 0] ?? []) {
      if (write >= 0) {
        const until = p === program[read] ? read : (this.#past[read * width + p] ?? 0);
        const last = nodes[countBelow(nodes, until) - 1];
        if (last !== undefined && last !== write && (this.#past[write * width + p] ?? 0) <= last) {
          this.#add(last, write, read);
        }
      }
      let since = start[p] ?? 0;
      if (write >= 0) since = p === program[write] ? write + 1 : (this.#future[write * width + p] ?? 0);
      const place = countBelow(nodes, since);
      // A cas is itself a write after the one that it saw.
      const next = nodes[place] === read ? nodes[place + 1] : nodes[place];
      if (next !== undefined && (this.#future[read * width + p] ?? 0) > next) this.#add(read, next, read);
    }
  }
}

/** Edges by one of their ends, as lists in arrays; the last one linked is the first to be unlinked. */
class Links {
  readonly #first: Int32Array;
  readonly #next: number[] = [];

  constructor(nodes: number) {
    this.#first = new Int32Array(nodes).fill(NONE);
  }

  first(node: number): number {
    return this.#first[node] ?? NONE;
  }

  next(edge: number): number {
    return this.#next[edge] ?? NONE;
  }

  link(node: number, edge: number): void {
    this.#next[edge] = this.first(node);
    this.#first[node] = edge;
  }

  unlink(node: number, edge: number): void {
    this.#first[node] = this.next(edge);
  }
}

/** Nodes waiting for their turn, each at most once, in the order in which they came. */
class Agenda {
  readonly #waiting: Uint8Array;
  readonly #ring: Int32Array;
  #head = 0;
  #size = 0;

  constructor(nodes: number) {
    this.#waiting = new Uint8Array(nodes);
    this.#ring = new Int32Array(nodes);
  }

  add(node: number): void {
    if (this.#waiting[node] === 1) return;
    this.#waiting[node] = 1;
    this.#ring[(this.#head + this.#size++) % this.#ring.length] = node;
  }

  /** NONE when empty. */
  take(): number {
    if (this.#size === 0) return NONE;
    const node = this.#ring[this.#head] ?? NONE;
    this.#head = (this.#head + 1) % this.#ring.length;
    this.#size--;
    this.#waiting[node] = 0;
    return node;
  }

  clear(): void {
    while (this.take() !== NONE);
  }
}

/** 400 MB of clocks, twice. */
const CLOCK_ENTRIES_MAX = 1e8;

/** Of one program its writes of one key, ascending. */
interface Writes {
  readonly program: number;
  readonly nodes: number[];
}

const writesOf = ({ to, key, program, keys }: Programs): Writes[][] => {
  const byKey: Writes[][] = Array.from({ length: keys }, () => []);
  for (const [node, value] of to.entries()) {
    if (value === NONE) continue;
    const streams = byKey[key[node] ?? 0];
    const own = streams?.at(-1);
    if (own?.program === program[node]) own?.nodes.push(node);
    else streams?.push({ program: program[node] ?? 0, nodes: [node] });
  }
  return byKey;
};

const givenEdges = ({ program, source }: Programs): Edges => {
  const edges = noEdges();
  for (const [node, write] of source.entries()) {
    if (node > 0 && program[node] === program[node - 1]) addEdge(edges, node - 1, node, GIVEN);
    if (write >= 0) addEdge(edges, write, node, node);
  }
  return edges;
};

const lastReaders = ({ program, key, source, to, required }: Programs): number[] => {
  const last = new Map<number, number>();
  const readers: number[] = [];
  let current = -1;
  const flush = (): void => {
    readers.push(...last.values());
    last.clear();
  };
  for (const [node, write] of source.entries()) {
    if (program[node] !== current) flush();
    current = program[node] ?? 0;
    // What may not have happened must not bind others: then nothing comes after it, and no proof goes through it.
    if (write < INITIAL || required[node] === 0) continue;
    // Reads of the initial value by key, numbered below all nodes. A cas must be followed at once, whatever comes later.
    if (to[node] === NONE) last.set(write >= 0 ? write : -1 - (key[node] ?? 0), node);
    else readers.push(node);
  }
  flush();
  return readers;
};
