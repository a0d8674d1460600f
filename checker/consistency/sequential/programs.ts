/**
 * A history of registers as programs: what each process did, in its order, and whose write each read saw.
 *
 * Columns over *nodes*, one an operation (a cas is one: nothing comes between its two halves). Nodes are numbered process
 * by process, in the order of the process, so that "the first so many of a process" is a range.
 *
 * Left out: what failed, reads of unknown outcome, and writes and cas of unknown outcome that nobody observed (they may
 * as well not have happened).
 */

import type { Json } from "../../history/event.js";
import type { Operation } from "../../history/operation.js";
import { INIT, NONE, relevant, splitByKey } from "../../linearizability/register-history.js";

export { NONE };

/** In `source`: the initial value; a value that several wrote; a value that nobody wrote. */
export const INITIAL = -1;
export const SEVERAL = -2;
export const NOBODY = -3;
/** In `source`: the node saw nothing, it is a write. */
export const BLIND = -4;

export interface Programs {
  readonly operations: readonly Operation[];
  /** Process of each program; its nodes are start[p] .. start[p + 1] - 1. */
  readonly processes: readonly number[];
  readonly start: Int32Array;
  /** Per node: its program, its key, the numbers of the value it saw and of the one it wrote (NONE: none). */
  readonly program: Int32Array;
  readonly key: Int32Array;
  readonly from: Int32Array;
  readonly to: Int32Array;
  /** Per node: the node whose write it saw, or one of the names above. */
  readonly source: Int32Array;
  /** Per node: indexes of invocation and completion, +Infinity where the outcome is unknown. */
  readonly begun: Float64Array;
  readonly ended: Float64Array;
  /** Per node, 1: it must be in the order. 0: its outcome is unknown, and nobody who did happen must have seen it. */
  readonly required: Uint8Array;
  readonly keys: number;
  /** Per key the number of its initial value; numbers of values are distinct over all keys. */
  readonly initial: Int32Array;
  readonly values: readonly Json[];
}

export const programsOf = (operations: readonly Operation[]): Programs => {
  const found = nodesOf(operations);
  const byProcess = new Map<number, Node[]>();
  for (const node of found.nodes) {
    const nodes = byProcess.get(node.op.process);
    if (nodes === undefined) byProcess.set(node.op.process, [node]);
    else nodes.push(node);
  }
  const nodes = [...byProcess.values()].flatMap((own) => own.sort((a, b) => a.op.invoked - b.op.invoked));
  const start = new Int32Array(byProcess.size + 1);
  const program = new Int32Array(nodes.length);
  let next = 0;
  for (const [p, own] of [...byProcess.values()].entries()) {
    program.fill(p, next, next + own.length);
    next += own.length;
    start[p + 1] = next;
  }
  const writer = writers(nodes, found);
  const source = Int32Array.from(nodes, ({ from }) => (from === NONE ? BLIND : (writer[from] ?? NOBODY)));
  return {
    operations: nodes.map(({ op }) => op),
    processes: [...byProcess.keys()],
    start,
    program,
    key: Int32Array.from(nodes, ({ key }) => key),
    from: Int32Array.from(nodes, ({ from }) => from),
    to: Int32Array.from(nodes, ({ to }) => to),
    source,
    begun: Float64Array.from(nodes, ({ op }) => op.invoked),
    ended: Float64Array.from(nodes, ({ end }) => end),
    required: requiredOf(nodes, source),
    keys: found.initial.length,
    initial: Int32Array.from(found.initial),
    values: found.values,
  };
};

interface Node {
  readonly op: Operation;
  readonly key: number;
  readonly from: number;
  readonly to: number;
  readonly end: number;
}

interface Nodes {
  readonly nodes: readonly Node[];
  readonly initial: readonly number[];
  readonly values: readonly Json[];
}

const nodesOf = (operations: readonly Operation[]): Nodes => {
  const nodes: Node[] = [];
  const initial: number[] = [];
  const values: Json[] = [];
  for (const [key, history] of splitByKey(operations).entries()) {
    const base = values.length;
    initial.push(base + INIT);
    for (const value of history.values) values.push(value);
    const keep = relevant(history);
    const numberOf = (value: number | undefined): number =>
      value === undefined || value === NONE ? NONE : base + value;
    for (const [i, op] of history.operations.entries()) {
      if (keep[i] !== 1) continue;
      nodes.push({ op, key, from: numberOf(history.from[i]), to: numberOf(history.to[i]), end: history.end[i] ?? 0 });
    }
  }
  return { nodes, initial, values };
};

/** What is known to have happened: by its completion, or because what is known to have happened saw its value. */
const requiredOf = (nodes: readonly Node[], source: Int32Array): Uint8Array => {
  const required = new Uint8Array(nodes.length);
  const known = nodes.flatMap(({ end }, node) => (end === Number.POSITIVE_INFINITY ? [] : [node]));
  for (let node = known.pop(); node !== undefined; node = known.pop()) {
    required[node] = 1;
    const write = source[node] ?? NOBODY;
    if (write >= 0 && required[write] === 0) known.push(write);
  }
  return required;
};

/** By value: the one node that wrote it, or which of the names above applies. */
const writers = (nodes: readonly Node[], { initial, values }: Nodes): Int32Array => {
  const writer = new Int32Array(values.length).fill(NOBODY);
  for (const value of initial) writer[value] = INITIAL;
  for (const [node, { to }] of nodes.entries()) {
    if (to !== NONE) writer[to] = writer[to] === NOBODY ? node : SEVERAL;
  }
  return writer;
};
