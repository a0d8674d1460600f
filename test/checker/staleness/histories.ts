/** Literal histories for tests: one line per operation, its two numbers the indexes of its events. */

import type { Json } from "../../../checker/history/event.js";
import type { History, Operation } from "../../../checker/history/operation.js";
import { draws } from "./draws.js";

/** `to` null: never completed. One event is one millisecond. */
export interface Line {
  readonly from: number;
  readonly to: number | null;
  readonly f: string;
  readonly value: Json;
  readonly process?: number;
  readonly key?: string | null;
  readonly type?: "ok" | "fail" | "info";
  readonly node?: string;
  readonly siblings?: readonly Json[];
  readonly error?: string;
}

const operation = (line: Line, process: number): Operation => ({
  process: line.process ?? process,
  f: line.f,
  key: line.key === undefined ? "x" : line.key,
  type: line.type ?? (line.to === null ? "info" : "ok"),
  value: line.f === "read" || line.f === "dump" ? null : line.value,
  result: line.to === null ? null : line.value,
  invoked: line.from,
  completed: line.to,
  invokedTime: line.from * 1e6,
  completedTime: line.to === null ? null : line.to * 1e6,
  node: line.node ?? null,
  error: line.error ?? null,
  siblings: line.siblings ?? null,
});

export const history = (lines: readonly Line[], faults: History["faults"] = []): History => {
  const operations = lines.map(operation).sort((a, b) => a.invoked - b.invoked);
  let events = 0;
  for (const op of operations) events = Math.max(events, op.invoked + 1, (op.completed ?? 0) + 1);
  for (const fault of faults) events = Math.max(events, fault.index + 1);
  return { operations, faults, events };
};

export const w = (from: number, to: number | null, value: Json, more: Partial<Line> = {}): Line => ({
  from,
  to,
  f: "write",
  value,
  ...more,
});
export const r = (from: number, to: number | null, value: Json, more: Partial<Line> = {}): Line => ({
  from,
  to,
  f: "read",
  value,
  ...more,
});
export const cas = (from: number, to: number | null, a: Json, b: Json, more: Partial<Line> = {}): Line => ({
  from,
  to,
  f: "cas",
  value: [a, b],
  ...more,
});

export interface RandomOptions {
  readonly operations: number;
  readonly processes: number;
  /** Values are drawn from 1..values; 0: every written value is distinct. */
  readonly values: number;
  readonly casShare: number;
  readonly infoShare: number;
  /** How often a read (or cas) returns what an atomic register would have at some instant of it; else a guess. */
  readonly honest: number;
  readonly readShare?: number;
}

interface Open {
  readonly from: number;
  readonly f: "read" | "write" | "cas";
  value: Json;
  applied: boolean;
}

/**
 * Operations of a register under random interleaving: each takes effect at a random moment between its events, and
 * with probability 1 - honest a read guesses among values written so far (or not yet), so that histories of both kinds
 * come out.
 */
export const randomHistory = (seed: number, options: RandomOptions): History => {
  const draw = draws(seed);
  const under = (n: number): number => Math.floor(draw() * n);
  const open = new Map<number, Open>();
  const lines: Line[] = [];
  const written: Json[] = [null];
  let state: Json = null;
  let index = 0;
  let begun = 0;
  let fresh = 0;
  const process = Array.from({ length: options.processes }, (_, i) => i);
  const newValue = (): number => (options.values === 0 ? ++fresh : 1 + under(options.values));
  const apply = (op: Open): void => {
    if (op.applied) return;
    op.applied = true;
    if (op.f === "write") state = op.value;
    else if (op.f === "read") {
      op.value = draw() < options.honest ? state : (written[under(written.length)] ?? null);
    } else {
      const found = draw() < options.honest ? state : (written[under(written.length)] ?? null);
      const [, to] = op.value as [Json, Json];
      op.value = [found, to];
      state = to;
    }
  };
  const begin = (slot: number): void => {
    begun++;
    const kind = draw();
    const readShare = options.readShare ?? 0.5;
    const f = kind < readShare ? "read" : kind < readShare + options.casShare ? "cas" : "write";
    const value = f === "read" ? null : f === "write" ? newValue() : [null, newValue()];
    if (f !== "read") written.push(f === "write" ? value : (value as Json[])[1]!);
    open.set(slot, { from: index++, f, value, applied: false });
  };
  const end = (slot: number, op: Open): void => {
    open.delete(slot);
    const pid = process[slot]!;
    if (op.f !== "read" && draw() < options.infoShare) {
      // What a cas that nobody answered wanted to replace is drawn: it may or may not have applied.
      lines.push({ from: op.from, to: null, f: op.f, value: op.value, process: pid });
      process[slot] = pid + options.processes;
      return;
    }
    apply(op);
    lines.push({ from: op.from, to: index++, f: op.f, value: op.value, process: pid });
  };
  while (begun < options.operations || open.size > 0) {
    const slot = under(options.processes);
    const op = open.get(slot);
    if (op === undefined) {
      if (begun < options.operations) begin(slot);
    } else if (draw() < 0.4) apply(op);
    else end(slot, op);
  }
  return history(lines);
};
