/**
 * One try at an order: true to the forced one, writes by their anchors, nothing taken back.
 *
 * A read is taken as soon as its turn comes. A write waits until every read of the value that it would replace is done.
 * If all processes end up waiting for each other, the waits run in a circle; the only steps of it that were not forced
 * are choices (this write before that one), and no order can have made all of them.
 */

import type { Edges } from "../../session/cycle.js";
import { outgoing } from "../../session/cycle.js";
import { INITIAL, NONE, type Programs } from "./programs.js";
import { Heap } from "./heap.js";

/** `first` was put before `second`, a write of the same key, and need not have been. */
export interface Choice {
  readonly first: number;
  readonly second: number;
}

export type Scheduled =
  | { readonly is: "order"; readonly nodes: readonly number[] }
  /** No order makes all of the choices. `placed`: how many operations had their place. */
  | { readonly is: "stuck"; readonly choices: readonly Choice[]; readonly placed: number };

/** Every read must name its write. */
export const schedule = (programs: Programs, edges: Edges, anchors: Float64Array): Scheduled =>
  new Schedule(programs, edges, anchors).run();

class Schedule {
  readonly #programs: Programs;
  readonly #edges: Edges;
  readonly #first: Int32Array;
  readonly #list: Int32Array;
  readonly #waiting: Int32Array;
  /** Per write, and then per key for its initial value: reads of it that are not done. */
  readonly #due: Int32Array;
  /** Per key: the last write, at first the place of its initial value in `due`; and the writes that wait for readers. */
  readonly #current: Int32Array;
  readonly #parked: number[][];
  readonly #ready: Heap;
  readonly #reads: number[] = [];
  readonly #nodes: number[] = [];
  readonly #done: Uint8Array;

  constructor(programs: Programs, edges: Edges, anchors: Float64Array) {
    const count = programs.operations.length;
    this.#programs = programs;
    this.#edges = edges;
    ({ first: this.#first, list: this.#list } = outgoing(count, edges));
    this.#waiting = new Int32Array(count);
    for (const to of edges.to) this.#waiting[to] = (this.#waiting[to] ?? 0) + 1;
    this.#due = new Int32Array(count + programs.keys);
    for (let node = 0; node < count; node++) {
      const seen = this.#seen(node);
      if (seen !== NONE) this.#due[seen] = (this.#due[seen] ?? 0) + 1;
    }
    this.#current = Int32Array.from({ length: programs.keys }, (_, key) => count + key);
    this.#parked = Array.from({ length: programs.keys }, () => []);
    this.#ready = new Heap(anchors);
    this.#done = new Uint8Array(count);
  }

  run(): Scheduled {
    const { key } = this.#programs;
    for (const [node, waiting] of this.#waiting.entries()) if (waiting === 0) this.#offer(node);
    for (;;) {
      const read = this.#reads.pop();
      if (read !== undefined) {
        this.#place(read);
        continue;
      }
      const write = this.#ready.pop();
      if (write === NONE) break;
      const register = key[write] ?? 0;
      if (this.#mayReplace(write)) {
        this.#place(write);
        this.#current[register] = write;
      } else this.#parked[register]?.push(write);
    }
    if (this.#nodes.length === this.#done.length) return { is: "order", nodes: this.#nodes };
    return { is: "stuck", choices: this.#shortestCircle(), placed: this.#nodes.length };
  }

  /** No read of the present value is left, but for the cas itself. */
  #mayReplace(write: number): boolean {
    const present = this.#current[this.#programs.key[write] ?? 0] ?? NONE;
    return (this.#due[present] ?? 0) === (this.#seen(write) === present ? 1 : 0);
  }

  /** Where `due` counts the value that a node saw; NONE for a plain write. */
  #seen(node: number): number {
    const source = this.#programs.source[node] ?? NONE;
    if (source >= 0) return source;
    return source === INITIAL ? this.#programs.operations.length + (this.#programs.key[node] ?? 0) : NONE;
  }

  #offer(node: number): void {
    if (this.#programs.to[node] === NONE) this.#reads.push(node);
    else this.#ready.push(node);
  }

  #place(node: number): void {
    this.#done[node] = 1;
    this.#nodes.push(node);
    const seen = this.#seen(node);
    if (seen !== NONE) {
      const due = (this.#due[seen] ?? 0) - 1;
      this.#due[seen] = due;
      // With one left it may be a cas that is waiting.
      if (due <= 1) {
        const register = this.#programs.key[node] ?? 0;
        for (const write of this.#parked[register]?.splice(0) ?? []) this.#ready.push(write);
      }
    }
    for (let i = this.#first[node] ?? 0; i < (this.#first[node + 1] ?? 0); i++) {
      const next = this.#edges.to[this.#list[i] ?? 0] ?? 0;
      const waiting = (this.#waiting[next] ?? 0) - 1;
      this.#waiting[next] = waiting;
      if (waiting === 0) this.#offer(next);
    }
  }

  /** Of the circles of waiting processes one with the fewest choices. */
  #shortestCircle(): readonly Choice[] {
    const waits = this.#waits();
    let best: readonly Choice[] | null = null;
    for (const from of waits.keys()) {
      const found = circleThrough(from, waits);
      if (found !== null && (best === null || found.length < best.length)) best = found;
    }
    return best ?? [];
  }

  /** By program that is not done: the programs that its next operation waits for, and the choice that made it wait. */
  #waits(): Waits {
    const { program, start, key } = this.#programs;
    const next = new Map<number, number>();
    for (let p = 0; p + 1 < start.length; p++) {
      for (let node = start[p] ?? 0; node < (start[p + 1] ?? 0) && !next.has(p); node++) {
        if (this.#done[node] === 0) next.set(p, node);
      }
    }
    const programOf = new Map([...next].map(([p, node]) => [node, p]));
    const waits = new Map<number, { readonly on: number; readonly choice: Choice | null }[]>();
    for (const p of next.keys()) waits.set(p, []);
    for (const [edge, to] of this.#edges.to.entries()) {
      const p = programOf.get(to);
      const from = this.#edges.from[edge] ?? 0;
      if (p !== undefined && this.#done[from] === 0) waits.get(p)?.push({ on: program[from] ?? 0, choice: null });
    }
    const readersLeft = new Map<number, number[]>();
    for (const [node, done] of this.#done.entries()) {
      const write = this.#seen(node);
      if (done === 1 || write === NONE) continue;
      const readers = readersLeft.get(write);
      if (readers === undefined) readersLeft.set(write, [node]);
      else readers.push(node);
    }
    for (const [p, node] of next) {
      if (this.#waiting[node] !== 0) continue;
      const present = this.#current[key[node] ?? 0] ?? NONE;
      for (const read of readersLeft.get(present) ?? []) {
        if (read !== node) waits.get(p)?.push({ on: program[read] ?? 0, choice: { first: present, second: node } });
      }
    }
    return waits;
  }
}

type Waits = ReadonlyMap<number, readonly { readonly on: number; readonly choice: Choice | null }[]>;

/** The choices of the circle through `from` that has the fewest, or null. Breadth first by number of choices. */
const circleThrough = (from: number, waits: Waits): readonly Choice[] | null => {
  const reached = new Map<number, readonly Choice[]>();
  let layer: { readonly at: number; readonly choices: readonly Choice[] }[] = [{ at: from, choices: [] }];
  while (layer.length > 0) {
    const later: typeof layer = [];
    // The layer grows by what is reached without a choice.
    for (const { at, choices } of layer) {
      for (const { on, choice } of waits.get(at) ?? []) {
        if (reached.has(on)) continue;
        if (choice === null) {
          if (on === from) return choices;
          reached.set(on, choices);
          layer.push({ at: on, choices });
        } else later.push({ at: on, choices: [...choices, choice] });
      }
    }
    layer = [];
    for (const step of later) {
      if (reached.has(step.at)) continue;
      if (step.at === from) return step.choices;
      reached.set(step.at, step.choices);
      layer.push(step);
    }
  }
  return null;
};
