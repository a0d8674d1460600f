/** Histories as programs, the definition of sequential consistency by trial, and random programs. */

import type { Json } from "../../../checker/history/event.js";
import type { History, Operation } from "../../../checker/history/operation.js";
import { draws } from "../staleness/draws.js";
import { history, type Line } from "../staleness/histories.js";

/**
 * One string per process: "wx1 rx1 ry_ cx1,2 wx3?" writes 1 to x, reads 1, reads the initial value of y, changes x from 1
 * to 2, and writes 3 with unknown outcome. In time the processes take turns, one operation each.
 */
export const programs = (...texts: readonly string[]): History => {
  const steps = texts.map((text) => text.split(" ").filter((step) => step !== ""));
  const lines: Line[] = [];
  let index = 0;
  for (let turn = 0; turn < Math.max(...steps.map(({ length }) => length)); turn++) {
    for (const [process, own] of steps.entries()) {
      const step = own[turn];
      if (step !== undefined) lines.push(lineOf(step, process, (index += 2)));
    }
  }
  return history(lines);
};

const lineOf = (step: string, process: number, from: number): Line => {
  const values = step
    .slice(2)
    .replace("?", "")
    .split(",")
    .map((text): Json => (text === "_" ? null : Number(text)));
  const f = { w: "write", r: "read", c: "cas" }[step.charAt(0)]!;
  const to = step.endsWith("?") ? null : from + 1;
  return { process, key: step.charAt(1), from, to, f, value: f === "cas" ? values : values[0]! };
};

/** The definition: some order of all operations, each process's own kept, in which every step is what registers do. */
export const bruteSequential = ({ operations }: History): boolean => {
  const counted = operations.filter(({ type, f }) => type === "ok" || (type === "info" && f !== "read"));
  const extend = (left: readonly Operation[], values: ReadonlyMap<string | null, Json>): boolean => {
    if (left.every(({ type }) => type === "info")) return true;
    return left.some((op) => {
      if (left.some((other) => other.process === op.process && other.invoked < op.invoked)) return false;
      const held = values.get(op.key) ?? null;
      const rest = left.filter((other) => other !== op);
      if (op.f === "read") return op.result === held && extend(rest, values);
      const [from, to] = op.f === "cas" ? (op.value as [Json, Json]) : [held, op.value];
      return from === held && extend(rest, new Map(values).set(op.key, to));
    });
  };
  return extend(counted, new Map());
};

export interface Shape {
  readonly operations: number;
  readonly processes: number;
  readonly keys: number;
  /** Values are drawn from 1..values; 0: every value is written once. */
  readonly values: number;
  readonly cas: number;
  readonly info: number;
  /** Share of reads that return any value instead of one that some order explains. */
  readonly lies: number;
}

/** Programs run in a random order, which is not that of their times; some reads lie. */
export const randomPrograms = (seed: number, shape: Shape): History => {
  const draw = draws(seed);
  const under = (n: number): number => Math.floor(draw() * n);
  const held = new Map<string, Json>();
  const made = new Map<string, Json[]>();
  const own: Omit<Line, "from" | "to">[][] = Array.from({ length: shape.processes }, () => []);
  for (let i = 0; i < shape.operations; i++) {
    const process = under(shape.processes);
    const key = "xyz".charAt(under(shape.keys));
    const values = made.get(key) ?? [null];
    made.set(key, values);
    const seen = draw() < shape.lies ? values[under(values.length)]! : (held.get(key) ?? null);
    const kind = draw();
    const value = shape.values === 0 ? i + 1 : 1 + under(shape.values);
    if (kind < 0.5) {
      own[process]!.push({ process, key, f: "read", value: seen });
      continue;
    }
    const cas = kind < 0.5 + shape.cas;
    own[process]!.push({ process, key, f: cas ? "cas" : "write", value: cas ? [seen, value] : value });
    held.set(key, value);
    values.push(value);
  }
  const lines: Line[] = [];
  let index = 0;
  for (const steps of own) {
    const last = steps.at(-1);
    // An operation of unknown outcome is its process's last; that it had its effect above only makes it interesting.
    const crashed = last !== undefined && last.f !== "read" && draw() < shape.info;
    for (const step of steps) {
      const from = (index += 2);
      lines.push({ ...step, from, to: crashed && step === last ? null : from + 1 });
    }
  }
  return history(lines);
};

export const textOf = ({ operations }: History): string =>
  JSON.stringify(
    operations.map(({ process, f, key, value, result, type }) => [
      process,
      f,
      key,
      f === "read" ? result : value,
      type,
    ]),
  );
