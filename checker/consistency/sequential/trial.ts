/**
 * Decides histories in which a value may have come from several writes: orders are tried, operation by operation.
 *
 * Depth first over how far each process is and what the registers hold; the same standing is not tried twice. A read that
 * fits is taken at once: it changes nothing. The write tried first is the one that completed first. What was forced by
 * the reads that do name their write is never tried against, and a standing in which some next operation waits for a
 * value that nobody will write again is given up.
 *
 * Left alone such a search follows a wrong choice to the end of the history before it finds out. So it is first made with
 * a bound on how far an order may depart from real time: with no departure it is a search for a linearization, whose
 * wrong choices show soon. Only the last search, without a bound, can prove that there is no order.
 */

import { type Edges, outgoing } from "../../session/cycle.js";
import type { Budget } from "../../session/finding.js";
import { spend } from "../../session/finding.js";
import { NONE, type Programs } from "./programs.js";

export type Tried =
  | { readonly is: "order"; readonly nodes: readonly number[] }
  | { readonly is: "none" }
  /** `placed`: the most operations that had a place at one time. */
  | { readonly is: "budget"; readonly placed: number };

/** Departures from real time tried first, as shares of the history; and the share of the budget for each of them. */
const DEPARTURES = [0, 1 / 256, 1 / 32, 1 / 4];
const SHARE = 1 / 8;

/** `edges`: an order that is forced, acyclic. */
export const tryOrders = (programs: Programs, edges: Edges, budget: Budget): Tried => {
  const length = programs.begun.reduce((most, index) => Math.max(most, index), 0);
  let placed = 0;
  const whole = budget.stepsMax - budget.steps;
  for (const departure of [...DEPARTURES.map((share) => share * length), Number.POSITIVE_INFINITY]) {
    const last = departure === Number.POSITIVE_INFINITY;
    const stepsMax = last ? budget.stepsMax : Math.min(budget.stepsMax, budget.steps + whole * SHARE);
    const part: Budget = { steps: budget.steps, stepsMax };
    const tried = new Trial(programs, edges, departure).run(part);
    budget.steps = part.steps;
    if (tried.is === "order" || (tried.is === "none" && last)) return tried;
    if (tried.is === "budget") placed = Math.max(placed, tried.placed);
  }
  return { is: "budget", placed };
};

/** Where a choice was made. */
interface Fork {
  /** How many nodes were placed before it. */
  readonly placed: number;
  readonly writes: readonly number[];
  tried: number;
}

/** 200 MB of standings. */
const REMEMBERED_MAX = 1e8;

class Trial {
  readonly #programs: Programs;
  readonly #edges: Edges;
  readonly #departure: number;
  readonly #first: Int32Array;
  readonly #list: Int32Array;
  /** Per node: how many that must come before it have no place yet. */
  readonly #waiting: Int32Array;
  /** Per program its next node; per key the value held; per value the nodes left that write it, and that must see it. */
  readonly #next: Int32Array;
  readonly #held: Int32Array;
  readonly #writersLeft: Int32Array;
  readonly #readersLeft: Int32Array;
  readonly #nodes: number[] = [];
  /** Per placed node: what its key held before. */
  readonly #before: number[] = [];
  readonly #seen = new Set<string>();
  #remembered = 0;
  #requiredLeft = 0;

  constructor(programs: Programs, edges: Edges, departure: number) {
    this.#programs = programs;
    this.#edges = edges;
    this.#departure = departure;
    const count = programs.operations.length;
    ({ first: this.#first, list: this.#list } = outgoing(count, edges));
    this.#waiting = new Int32Array(count);
    for (const to of edges.to) this.#waiting[to] = (this.#waiting[to] ?? 0) + 1;
    this.#next = programs.start.slice(0, programs.processes.length);
    this.#held = programs.initial.slice();
    this.#writersLeft = new Int32Array(programs.values.length);
    this.#readersLeft = new Int32Array(programs.values.length);
    for (let node = 0; node < count; node++) {
      const [from, to] = [programs.from[node] ?? NONE, programs.to[node] ?? NONE];
      if (to !== NONE) this.#writersLeft[to] = (this.#writersLeft[to] ?? 0) + 1;
      if (programs.required[node] === 0) continue;
      this.#requiredLeft++;
      if (from !== NONE) this.#readersLeft[from] = (this.#readersLeft[from] ?? 0) + 1;
    }
  }

  run(budget: Budget): Tried {
    const forks: Fork[] = [];
    let placed = 0;
    let forward = true;
    for (;;) {
      if (forward) {
        this.#takeReads();
        placed = Math.max(placed, this.#nodes.length);
        if (this.#requiredLeft === 0) return { is: "order", nodes: this.#nodes };
        // A standing is written down and looked up, which costs more than looking at a clock.
        if (!spend(budget, 10 * (this.#next.length + this.#held.length)) || this.#remembered > REMEMBERED_MAX) {
          return { is: "budget", placed };
        }
        forks.push({ placed: this.#nodes.length, writes: this.#isNew() ? this.#candidates() : [], tried: 0 });
      }
      const fork = forks.at(-1);
      if (fork === undefined) return { is: "none" };
      while (this.#nodes.length > fork.placed) this.#takeBack();
      const write = fork.writes[fork.tried++];
      forward = write !== undefined;
      if (write === undefined) forks.pop();
      else this.#place(write);
    }
  }

  #isNew(): boolean {
    const standing = halves(this.#next) + halves(this.#held);
    if (this.#seen.has(standing)) return false;
    this.#seen.add(standing);
    this.#remembered += standing.length;
    return true;
  }

  /** The latest index at which an operation may have begun that is placed now. */
  #horizon(): number {
    let horizon = Number.POSITIVE_INFINITY;
    for (const [p, node] of this.#next.entries()) {
      if (node === this.#programs.start[p + 1]) continue;
      horizon = Math.min(horizon, (this.#programs.ended[node] ?? 0) + this.#departure);
    }
    return horizon;
  }

  #isFree(node: number, horizon: number): boolean {
    return this.#waiting[node] === 0 && (this.#programs.begun[node] ?? 0) <= horizon;
  }

  #fits(node: number): boolean {
    const from = this.#programs.from[node] ?? NONE;
    return from === NONE || from === this.#held[this.#programs.key[node] ?? 0];
  }

  #takeReads(): void {
    const { start, to } = this.#programs;
    for (let again = true; again; ) {
      again = false;
      const horizon = this.#horizon();
      for (const p of this.#next.keys()) {
        for (let node = this.#next[p] ?? 0; node < (start[p + 1] ?? 0); node = this.#next[p] ?? 0) {
          if (to[node] !== NONE || !this.#isFree(node, horizon) || !this.#fits(node)) break;
          this.#place(node);
          again = true;
        }
      }
    }
  }

  /** Writes that can come next, the one that completed first in front; none if some operation can never come. */
  #candidates(): number[] {
    const { start, from, to, key, ended, required } = this.#programs;
    const horizon = this.#horizon();
    const found: number[] = [];
    for (const [p, node] of this.#next.entries()) {
      if (node === start[p + 1]) continue;
      const seen = from[node] ?? NONE;
      if (!this.#fits(node)) {
        if (required[node] === 1 && this.#writersLeft[seen] === 0) return [];
        continue;
      }
      if (to[node] === NONE || !this.#isFree(node, horizon)) continue;
      const held = this.#held[key[node] ?? 0] ?? NONE;
      const owed = (this.#readersLeft[held] ?? 0) - (seen === held && required[node] === 1 ? 1 : 0);
      // Somebody still has to see what nobody will write again.
      if (to[node] !== held && owed > 0 && this.#writersLeft[held] === 0) continue;
      found.push(node);
    }
    return found.sort((a, b) => (ended[a] ?? 0) - (ended[b] ?? 0) || a - b);
  }

  #place(node: number): void {
    this.#nodes.push(node);
    this.#before.push(this.#held[this.#programs.key[node] ?? 0] ?? NONE);
    const to = this.#programs.to[node] ?? NONE;
    if (to !== NONE) this.#held[this.#programs.key[node] ?? 0] = to;
    this.#next[this.#programs.program[node] ?? 0] = node + 1;
    this.#count(node, -1);
  }

  #takeBack(): void {
    const node = this.#nodes.pop() ?? NONE;
    this.#held[this.#programs.key[node] ?? 0] = this.#before.pop() ?? NONE;
    this.#next[this.#programs.program[node] ?? 0] = node;
    this.#count(node, 1);
  }

  #count(node: number, by: 1 | -1): void {
    const { from, to, required } = this.#programs;
    const [seen, written] = [from[node] ?? NONE, to[node] ?? NONE];
    if (written !== NONE) this.#writersLeft[written] = (this.#writersLeft[written] ?? 0) + by;
    if (required[node] === 1) {
      this.#requiredLeft += by;
      if (seen !== NONE) this.#readersLeft[seen] = (this.#readersLeft[seen] ?? 0) + by;
    }
    for (let i = this.#first[node] ?? 0; i < (this.#first[node + 1] ?? 0); i++) {
      const next = this.#edges.to[this.#list[i] ?? 0] ?? 0;
      this.#waiting[next] = (this.#waiting[next] ?? 0) + by;
    }
  }
}

/** Numbers as characters, two each. */
const halves = (numbers: Int32Array): string => {
  let text = "";
  for (const number of numbers) text += String.fromCharCode(number & 0xffff, number >>> 16);
  return text;
};
