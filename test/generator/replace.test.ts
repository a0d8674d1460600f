import { expect, test } from "vitest";
import type { OpEvent } from "../../checker/history/event.js";
import { limit } from "../../src/generator/bounds.js";
import { learning } from "../../src/generator/each.js";
import type { Context } from "../../src/generator/generator.js";
import { replaceOps } from "../../src/generator/replace.js";

const context: Context = { time: 5, free: [0], processes: [0] };

test("operations are replaced one by one, and the child learns of what was really done", () => {
  const child = learning({
    seed: 1,
    known: "nothing",
    op: (n, _, __, known) => ({ f: n === 0 ? "cas" : "read", key: known, value: n }),
    observe: (_, event) => event.f,
  });
  const replaced = replaceOps(limit(2, child), ({ f }) => (f === "cas" ? { f: "write", value: 9 } : null));
  const first = replaced.next(context);
  if (first.is !== "op") throw new Error(first.is);
  expect(first.op).toMatchObject({ f: "write", key: "nothing", value: 9, time: 5 });
  const event: OpEvent = { index: 0, time: 5, process: 0, type: "ok", f: "write", key: "k", value: 9 };
  const second = first.next.update(event).next(context);
  if (second.is !== "op") throw new Error(second.is);
  expect(second.op).toMatchObject({ f: "read", key: "write", value: 1 });
  expect(second.next.next(context)).toEqual({ is: "done" });
});
