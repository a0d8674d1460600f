/**
 * Is the history of one register linearizable? By trying everything: obviously right, and only for short histories.
 * It shares no code with the checker.
 */

import type { Json, OpEvent } from "../../checker/history/event.js";

interface Interval {
  readonly f: string;
  readonly argument: Json;
  readonly result: Json;
  readonly sure: boolean;
  readonly from: number;
  readonly to: number;
}

export function linearizable(events: readonly OpEvent[]): boolean {
  const ops = intervals(events);
  const tried = new Set<string>();
  const search = (left: readonly Interval[], value: Json): boolean => {
    if (left.every(({ sure }) => !sure)) return true;
    const state = `${left.map(({ from }) => from).join()}|${JSON.stringify(value)}`;
    if (tried.has(state)) return false;
    tried.add(state);
    const deadline = Math.min(...left.map(({ to }) => to));
    return left.some((op) => {
      const after = op.from < deadline ? applied(op, value) : undefined;
      return (
        after !== undefined &&
        search(
          left.filter((other) => other !== op),
          after,
        )
      );
    });
  };
  return search(ops, null);
}

/** The value afterwards; undefined where the operation cannot have happened now. */
function applied({ f, argument, result }: Interval, value: Json): Json | undefined {
  if (f === "write") return argument;
  if (f === "read") return result === value ? value : undefined;
  const [from, to] = argument as readonly [Json, Json];
  return from === value ? to : undefined;
}

/** Operations that happened, and with an open end those that may have. Failed ones and lost reads did nothing. */
function intervals(events: readonly OpEvent[]): readonly Interval[] {
  const ops: Interval[] = [];
  for (const { index, process, type, f, value } of events) {
    if (type !== "invoke") continue;
    const end = events.find((other) => other.index > index && other.process === process);
    if (end?.type === "fail" || (f === "read" && end?.type !== "ok")) continue;
    const sure = end?.type === "ok";
    const to = sure ? end.index : Number.POSITIVE_INFINITY;
    ops.push({ f, argument: value, result: end?.value ?? null, sure, from: index, to });
  }
  return ops;
}
