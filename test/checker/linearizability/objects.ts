/** Random small histories of simulated objects, and an obviously right answer for any model. */

import type { Json, OpEvent } from "../../../checker/history/event.js";
import { endOf, type Operation } from "../../../checker/history/operation.js";
import { INCONSISTENT, type Model } from "../../../checker/model/model.js";
import type { ModelName } from "../../../checker/model/models.js";

type Draw = () => number;

/** An object as its users see it: it changes itself and answers. Written apart from the models, to hold them to account. */
interface Simulated {
  readonly ask: (draw: Draw, values: () => number) => { f: string; value: Json };
  readonly make: () => (f: string, value: Json) => Json;
}

const pick = <T>(draw: Draw, of: readonly T[]): T => of[Math.floor(draw() * of.length)]!;

const container = (put: string, take: string, next: (held: number[]) => number): Simulated => ({
  ask: (draw, values) =>
    draw() < 0.5 ? { f: put, value: values() } : { f: draw() < 0.85 ? take : "peek", value: null },
  make: () => {
    const held: number[] = [];
    return (f, value) => {
      if (f === put) {
        held.push(value as number);
        return value;
      }
      if (held.length === 0) return null;
      const at = next(held);
      return f === "peek" ? held[at]! : held.splice(at, 1)[0]!;
    };
  },
});

export const SIMULATED: { readonly [name in Exclude<ModelName, "register" | "cas-register">]: Simulated } = {
  kv: {
    ask: (draw, values) => ({ f: pick(draw, ["get", "put", "append"]), value: String(values()) }),
    make: () => {
      let text = "";
      return (f, value) => {
        if (f === "get") return text;
        text = f === "put" ? (value as string) : text + (value as string);
        return value;
      };
    },
  },
  "multi-register": {
    ask: (draw, values) => ({
      f: "txn",
      value: Array.from({ length: 1 + Math.floor(draw() * 2) }, () =>
        draw() < 0.5 ? ["read", pick(draw, ["x", "y"]), null] : ["write", pick(draw, ["x", "y"]), values()],
      ),
    }),
    make: () => {
      const held: { [key: string]: Json } = { x: 0, y: 0 };
      return (_, value) =>
        (value as [string, string, Json][]).map(([f, key, v]) => {
          if (f === "write") held[key] = v;
          return [f, key, held[key]!];
        });
    },
  },
  lock: {
    ask: (draw) => ({ f: pick(draw, ["acquire", "release"]), value: null }),
    // Whoever cannot is told so by "fail", which is left out: see `refuses`.
    make: () => {
      let held = false;
      return (f) => {
        if (held === (f === "acquire")) return "refused";
        held = !held;
        return null;
      };
    },
  },
  semaphore: {
    ask: (draw) => ({ f: pick(draw, ["increment", "decrement"]), value: null }),
    make: () => {
      let permits = 0;
      return (f) => {
        if (f === "increment") permits++;
        else if (permits === 0) return false;
        else permits--;
        return true;
      };
    },
  },
  set: {
    ask: (draw, values) => ({ f: pick(draw, ["add", "remove", "contains"]), value: values() }),
    make: () => {
      const held = new Set<Json>();
      return (f, value) =>
        f === "add" ? !held.has(value) && !!held.add(value) : f === "remove" ? held.delete(value) : held.has(value);
    },
  },
  queue: container("enqueue", "dequeue", () => 0),
  stack: container("push", "pop", (held) => held.length - 1),
  "priority-queue": container("insert", "poll", (held) => held.indexOf(Math.min(...held))),
  "max-priority-queue": container("insert", "poll", (held) => held.indexOf(Math.max(...held))),
  counter: {
    ask: (draw, values) => ({ f: pick(draw, ["increment", "decrement", "read"]), value: values() }),
    make: () => {
      let sum = 0;
      return (f, value) => {
        if (f !== "read") sum += f === "increment" ? (value as number) : -(value as number);
        return f === "read" ? sum : value;
      };
    },
  },
  list: {
    ask: (draw, values) => ({ f: pick(draw, ["append", "read"]), value: values() }),
    make: () => {
      const held: Json[] = [];
      return (f, value) => {
        if (f === "append") held.push(value);
        return f === "read" ? [...held] : value;
      };
    },
  },
};

export interface ObjectShape {
  readonly processes: number;
  readonly operations: number;
  readonly values: number | "distinct";
  readonly info: number;
  /** Share of answers made up. */
  readonly lies: number;
  /** Several sets, counters, ... side by side. */
  readonly keys?: number;
}

interface Running {
  readonly process: number;
  readonly f: string;
  readonly key: string | null;
  readonly value: Json;
  done: boolean;
  answer: Json;
}

/** Each operation takes effect at one moment inside its interval; one of unknown outcome later, or never. */
export function randomObjectEvents(draw: Draw, name: keyof typeof SIMULATED, shape: ObjectShape): OpEvent[] {
  const { ask, make } = SIMULATED[name];
  const objects = new Map<string | null, (f: string, value: Json) => Json>();
  const events: OpEvent[] = [];
  const free = Array.from({ length: shape.processes }, (_, process) => process);
  const [open, lurking]: [Running[], Running[]] = [[], []];
  const answers: Json[] = [];
  let [nextProcess, nextValue, left] = [shape.processes, 0, shape.operations];
  const values = (): number => (shape.values === "distinct" ? ++nextValue : 1 + Math.floor(draw() * shape.values));
  const push = (op: Running, type: OpEvent["type"], value: Json): void => {
    const index = events.length;
    events.push({ index, time: index, process: op.process, type, f: op.f, key: op.key, value });
  };
  const takeEffect = (op: Running): void => {
    if (op.done) return;
    op.done = true;
    if (!objects.has(op.key)) objects.set(op.key, make());
    op.answer = objects.get(op.key)!(op.f, op.value);
    if (draw() < shape.lies) op.answer = op.answer === "refused" ? null : pick(draw, [op.answer, ...answers]);
    if (op.answer !== "refused") answers.push(op.answer);
  };
  while (left > 0 || open.length > 0) {
    const roll = draw();
    if (left > 0 && free.length > 0 && roll < 0.4) {
      left--;
      const process = free.splice(Math.floor(draw() * free.length), 1)[0]!;
      const key = shape.keys === undefined ? null : `k${Math.floor(draw() * shape.keys)}`;
      const op: Running = { process, key, ...ask(draw, values), done: false, answer: null };
      open.push(op);
      push(op, "invoke", looks(op.f) && op.f !== "contains" ? null : op.value);
    } else if (open.length > 0 && roll < 0.7) takeEffect(pick(draw, open));
    else if (lurking.length > 0 && roll < 0.75) takeEffect(pick(draw, lurking));
    else if (open.length > 0) {
      const op = open.splice(Math.floor(draw() * open.length), 1)[0]!;
      if (draw() < shape.info) {
        push(op, "info", null);
        free.push(nextProcess++);
        lurking.push(op);
        continue;
      }
      takeEffect(op);
      free.push(op.process);
      push(op, op.answer === "refused" ? "fail" : "ok", op.answer);
    }
  }
  return events;
}

const looks = (f: string): boolean => ["get", "read", "peek", "contains", "dequeue", "pop", "poll"].includes(f);

/** The definition, tried out: some sequence of the operations that the model would have produced one by one. */
export function bruteForceOf(model: Model<unknown>, operations: readonly Operation[]): boolean {
  const extend = (left: readonly Operation[], state: unknown): boolean => {
    if (left.every((op) => op.type === "info")) return true;
    return left.some((op) => {
      if (left.some((other) => endOf(other) < op.invoked)) return false;
      const after = model.step(state, op);
      return (
        after !== INCONSISTENT &&
        extend(
          left.filter((other) => other !== op),
          after,
        )
      );
    });
  };
  return extend(
    operations.filter((op) => op.type !== "fail" && (op.type === "ok" || model.effect(op) !== "read")),
    model.init,
  );
}
