/** Small random histories of one atomic object, or of one that lies; and all their linearizations, tried out. */

import { pairEvents } from "../../../checker/history/pair.js";
import type { Json, OpEvent } from "../../../checker/history/event.js";
import { endOf, type History, type Operation } from "../../../checker/history/operation.js";

export interface Asked {
  readonly f: string;
  readonly value: Json;
}

export interface Made {
  readonly draws: () => number;
  readonly operations: number;
  readonly processes: number;
  readonly ask: (n: number) => Asked;
  /** Takes effect and answers; may lie as it likes. */
  readonly apply: (asked: Asked) => Json;
  /** Shares of operations that end without an answer, and that fail without an effect. */
  readonly info: number;
  readonly fail: number;
}

/** Operations overlap at random and take effect in between; one without an answer may take effect much later, or never. */
export function madeHistory({ draws, operations, processes, ask, apply, info, fail }: Made): History {
  type Open = Asked & { readonly process: number; result: Json; done: boolean };
  const events: OpEvent[] = [];
  const free = Array.from({ length: processes }, (_, i) => i);
  const open: Open[] = [];
  const lurking: Open[] = [];
  const push = (op: Open, type: OpEvent["type"], value: Json): void => {
    const { process, f } = op;
    events.push({ index: events.length, time: events.length * 1e6, process, type, f, key: null, value });
  };
  const effect = (op: Open): void => {
    if (!op.done) op.result = apply(op);
    op.done = true;
  };
  const any = <T>(list: T[]): T => list[Math.floor(draws() * list.length)]!;
  let asked = 0;
  let next = processes;
  while (asked < operations || open.length > 0) {
    const u = draws();
    if (u < 0.4 && asked < operations && free.length > 0) {
      const process = any(free);
      leave(free, process);
      const op = { ...ask(asked++), process, result: null, done: false };
      open.push(op);
      push(op, "invoke", op.value);
    } else if (u < 0.65 && open.length > 0) effect(any(open));
    else if (u < 0.7 && lurking.length > 0) {
      const op = any(lurking);
      leave(lurking, op);
      effect(op);
    } else if (open.length > 0) {
      const op = any(open);
      leave(open, op);
      const fate = draws();
      if (fate < info) {
        push(op, "info", null);
        free.push(next++);
        lurking.push(op);
        continue;
      }
      free.push(op.process);
      if (fate < info + fail && !op.done) {
        push(op, "fail", op.value);
        continue;
      }
      effect(op);
      push(op, "ok", op.result);
    }
  }
  return pairEvents(events);
}

const leave = <T>(list: T[], item: T): void => void list.splice(list.indexOf(item), 1);

/**
 * Is there an order of the operations, real time respected, in which `step` allows each? `step` gives the states after
 * an operation, none where it cannot be now. Failed operations did nothing, those without an answer may have.
 */
export function linearizable<State>(
  history: History,
  initial: State,
  step: (state: State, op: Operation) => readonly State[],
): boolean {
  const tried = new Set<string>();
  const search = (left: readonly Operation[], state: State): boolean => {
    if (left.every(({ type }) => type === "info")) return true;
    const name = `${left.map(({ invoked }) => invoked).join()}|${JSON.stringify(state)}`;
    if (tried.has(name)) return false;
    tried.add(name);
    const deadline = Math.min(...left.map(endOf));
    return left.some(
      (op) =>
        op.invoked < deadline &&
        step(state, op).some((after) =>
          search(
            left.filter((other) => other !== op),
            after,
          ),
        ),
    );
  };
  return search(
    history.operations.filter(({ type }) => type !== "fail"),
    initial,
  );
}

/** A history from rows `process type f value`, for examples. */
export function historyOf(
  rows: readonly (readonly [process: number, type: OpEvent["type"], f: string, value: Json])[],
): History {
  return pairEvents(
    rows.map(([process, type, f, value], index) => ({ index, time: index * 1e6, process, type, f, key: null, value })),
  );
}

/** How often each answer came: a comparison in which one never comes compares nothing. */
export class Answers {
  readonly counts = new Map<string, number>();
  add(answer: string): void {
    this.counts.set(answer, (this.counts.get(answer) ?? 0) + 1);
  }
  /** The rarest of these. */
  least(...answers: readonly string[]): number {
    return Math.min(...answers.map((answer) => this.counts.get(answer) ?? 0));
  }
}
