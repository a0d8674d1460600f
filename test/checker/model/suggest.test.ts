import { expect, test } from "vitest";
import type { Json, OpEvent } from "../../../checker/history/event.js";
import { pairEvents } from "../../../checker/history/pair.js";
import { INCONSISTENT } from "../../../checker/model/model.js";
import { modelNamed, MODELS } from "../../../checker/model/models.js";
import { suggestModel } from "../../../checker/model/suggest.js";

const operations = (ops: readonly (readonly [f: string, value: Json, result: Json])[]) =>
  pairEvents(
    ops.flatMap(([f, value, result], i): OpEvent[] => [
      { index: 2 * i, time: i, process: 0, type: "invoke", f, key: null, value },
      { index: 2 * i + 1, time: i, process: 0, type: "ok", f, key: null, value: result },
    ]),
  ).operations;

test.each([
  [[], "register"],
  [["read"], "register"],
  [["read", "write"], "register"],
  [["cas"], "cas-register"],
  [["get", "append"], "kv"],
  [["acquire", "release"], "lock"],
  [["enqueue"], "queue"],
  [["pop", "peek"], "stack"],
  [["add", "read"], "set"],
  [["increment", "read"], "counter"],
  [["append", "read"], "list"],
  [["insert", "poll"], "priority-queue"],
  [["read", "explode"], null],
])("operations %j are of the model %s", (fs, model) => {
  expect(suggestModel(operations(fs.map((f) => [f, null, null])))).toBe(model);
});

test("adding and reading is a counter where reads answer with numbers", () => {
  expect(
    suggestModel(
      operations([
        ["add", 1, 1],
        ["read", null, 1],
      ]),
    ),
  ).toBe("counter");
});

test("transactions of reads and writes are of several registers, those with appends of none here", () => {
  expect(suggestModel(operations([["txn", [["r", "x", null]], [["r", "x", 1]]]]))).toBe("multi-register");
  expect(suggestModel(operations([["txn", [["append", "x", 1]], [["append", "x", 1]]]]))).toBe(null);
});

/** What an object answers, one operation at a time: its name, [f, value, answer] ..., and whether that can be. */
test.each([
  [
    "queue",
    [
      ["enqueue", 1, 1],
      ["enqueue", 2, 2],
      ["dequeue", null, 1],
      ["peek", null, 2],
      ["dequeue", null, 2],
      ["dequeue", null, null],
    ],
    true,
  ],
  [
    "queue",
    [
      ["enqueue", 1, 1],
      ["enqueue", 2, 2],
      ["dequeue", null, 2],
    ],
    false,
  ],
  [
    "stack",
    [
      ["push", 1, 1],
      ["push", 2, 2],
      ["pop", null, 2],
      ["pop", null, 1],
    ],
    true,
  ],
  [
    "stack",
    [
      ["push", 1, 1],
      ["pop", null, null],
    ],
    false,
  ],
  [
    "priority-queue",
    [
      ["insert", 3, 3],
      ["insert", 1, 1],
      ["poll", null, 1],
    ],
    true,
  ],
  [
    "max-priority-queue",
    [
      ["insert", 3, 3],
      ["insert", 1, 1],
      ["poll", null, 1],
    ],
    false,
  ],
  [
    "set",
    [
      ["add", 1, true],
      ["add", 1, false],
      ["contains", 1, true],
      ["read", null, [1]],
      ["remove", 1, true],
      ["read", null, []],
    ],
    true,
  ],
  [
    "set",
    [
      ["add", 1, true],
      ["read", null, [1, 1]],
    ],
    false,
  ],
  [
    "kv",
    [
      ["get", null, ""],
      ["append", "a", "a"],
      ["append", "b", "b"],
      ["get", null, "ab"],
      ["put", "c", "c"],
      ["get", null, "c"],
    ],
    true,
  ],
  [
    "kv",
    [
      ["append", "a", "a"],
      ["get", null, null],
    ],
    false,
  ],
  [
    "lock",
    [
      ["acquire", null, null],
      ["release", null, null],
      ["acquire", null, null],
    ],
    true,
  ],
  [
    "lock",
    [
      ["acquire", null, null],
      ["acquire", null, null],
    ],
    false,
  ],
  [
    "semaphore",
    [
      ["increment", null, true],
      ["decrement", null, true],
      ["decrement", null, false],
    ],
    true,
  ],
  ["semaphore", [["decrement", null, true]], false],
  [
    "counter",
    [
      ["increment", null, null],
      ["add", 4, 4],
      ["decrement", 2, 2],
      ["read", null, 3],
    ],
    true,
  ],
  ["counter", [["read", null, 1]], false],
  [
    "list",
    [
      ["read", null, []],
      ["append", 1, 1],
      ["append", 1, 1],
      ["read", null, [1, 1]],
    ],
    true,
  ],
  [
    "list",
    [
      ["append", 1, 1],
      ["append", 2, 2],
      ["read", null, [2, 1]],
    ],
    false,
  ],
  [
    "multi-register",
    [
      [
        "txn",
        null,
        [
          ["r", "x", 5],
          ["w", "y", 1],
        ],
      ],
      [
        "txn",
        null,
        [
          ["read", "x", 5],
          ["read", "y", 1],
        ],
      ],
    ],
    true,
  ],
  [
    "multi-register",
    [
      ["txn", null, [["r", "x", 5]]],
      ["txn", null, [["r", "x", 6]]],
    ],
    false,
  ],
] as const)("a %s and %j: %s", (name, ops, possible) => {
  const model = modelNamed(name);
  let state: unknown = model.init;
  for (const op of operations(ops)) if (state !== INCONSISTENT) state = model.step(state, op);
  expect(state !== INCONSISTENT).toBe(possible);
});

test("every model says of every operation it knows what it can do, and makes of no operation nonsense", () => {
  for (const name of MODELS) {
    const model = modelNamed(name);
    for (const f of model.fs) {
      const [op] = operations([[f, null, { odd: true }]]);
      expect(["read", "blind", "update"]).toContain(model.effect(op!));
      const problem = model.problem(op!);
      if (problem !== null) expect(problem).toContain(`${f} at 0`);
    }
  }
});

test("what a model begins as can be said, and is checked", () => {
  expect(modelNamed("counter", 7).init).toBe(7);
  expect(() => modelNamed("counter", "seven")).toThrow('initial is "seven", expected a number');
  expect(() => modelNamed("multi-register", [1])).toThrow("expected an object");
});
