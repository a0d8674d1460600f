/** Random small register histories, and an obviously right answer for each. */

import type { OpEvent } from "../../../checker/history/event.js";
import { endOf, type Operation } from "../../../checker/history/operation.js";
import { pairEvents } from "../../../checker/history/pair.js";

/** A small generator of reproducible draws (mulberry32). */
export function drawsOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), 1 | state);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface Shape {
  readonly processes: number;
  readonly operations: number;
  /** Values written: 1..values, or each one once. */
  readonly values: number | "distinct";
  readonly cas: boolean;
  /** Shares of operations whose outcome is not ok. */
  readonly info: number;
  readonly fail: number;
  /** Share of results made up instead of read from the simulated register. */
  readonly lies: number;
}

/**
 * A register that takes each operation at one moment inside its interval, with some results replaced by made-up ones.
 * An operation of unknown outcome takes effect later, or never.
 */
export function randomEvents(draw: () => number, shape: Shape): OpEvent[] {
  const int = (n: number): number => Math.floor(draw() * n);
  let state: number | null = null;
  let written = 0;
  let nextProcess = shape.processes;
  const events: OpEvent[] = [];
  const free = Array.from({ length: shape.processes }, (_, i) => i);
  const open: {
    process: number;
    f: string;
    value: OpEvent["value"];
    result: OpEvent["value"];
    done: boolean;
    no: boolean;
  }[] = [];
  /** Crashed, and may still take effect. */
  const lurking: typeof open = [];
  let left = shape.operations;
  const someValue = (): number | null => {
    const v = int((shape.values === "distinct" ? written : shape.values) + 1);
    return v === 0 ? null : v;
  };
  const newValue = (): number => (shape.values === "distinct" ? ++written : 1 + int(shape.values));
  const takeEffect = (op: (typeof open)[number]): void => {
    if (op.done) return;
    op.done = true;
    const lie = draw() < shape.lies;
    if (op.f === "read") op.result = lie ? someValue() : state;
    else if (op.f === "write") state = op.value as number;
    else {
      const [from, to] = op.value as [number | null, number];
      if (from === state || lie) state = to;
      else op.no = true;
    }
  };
  const push = (op: (typeof open)[number], type: OpEvent["type"], value: OpEvent["value"]): void => {
    events.push({
      index: events.length,
      time: events.length * 1000,
      process: op.process,
      type,
      f: op.f,
      key: null,
      value,
    });
  };
  while (left > 0 || open.length > 0) {
    const pick = draw();
    if (left > 0 && free.length > 0 && pick < 0.4) {
      left--;
      const process = free.splice(int(free.length), 1)[0]!;
      const kind = int(shape.cas ? 3 : 2);
      const op = {
        process,
        f: ["read", "write", "cas"][kind]!,
        value: null as OpEvent["value"],
        result: null,
        done: false,
        no: false,
      };
      if (kind === 1) op.value = newValue();
      if (kind === 2) op.value = [draw() < 0.6 ? state : someValue(), newValue()];
      open.push(op);
      push(op, "invoke", op.value);
    } else if (open.length > 0 && pick < 0.7) {
      takeEffect(open[int(open.length)]!);
    } else if (lurking.length > 0 && pick < 0.75) {
      takeEffect(lurking.splice(int(lurking.length), 1)[0]!);
    } else if (open.length > 0) {
      const op = open.splice(int(open.length), 1)[0]!;
      const fate = draw();
      if (fate < shape.info) {
        push(op, "info", null);
        free.push(nextProcess++);
        if (!op.done) lurking.push(op);
        continue;
      }
      free.push(op.process);
      if (fate < shape.info + shape.fail && (op.f === "read" || !op.done)) push(op, "fail", op.value);
      else {
        takeEffect(op);
        if (op.no) push(op, "fail", op.value);
        else push(op, "ok", op.f === "read" ? op.result : op.value);
      }
    }
  }
  return events;
}

export const operationsOf = (events: readonly OpEvent[]): readonly Operation[] => pairEvents(events).operations;

/**
 * The definition, tried out: some sequence of the operations, in which every ok one occurs, none starts after one that
 * it precedes, and every step is what a register would do. No memory, no cleverness.
 */
export function bruteForce(operations: readonly Operation[]): boolean {
  const relevant = operations.filter((op) => op.type === "ok" || (op.type === "info" && op.f !== "read"));
  const extend = (left: readonly Operation[], state: unknown): boolean => {
    if (left.every((op) => op.type === "info")) return true;
    return left.some((op) => {
      if (left.some((other) => endOf(other) < op.invoked)) return false;
      const rest = left.filter((other) => other !== op);
      if (op.f === "write") return extend(rest, op.value);
      if (op.f === "read") return op.result === state && extend(rest, state);
      const [from, to] = op.value as [unknown, unknown];
      return from === state && extend(rest, to);
    });
  };
  return extend(relevant, null);
}
