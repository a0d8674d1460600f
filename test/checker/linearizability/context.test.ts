import { expect, test } from "vitest";
import type { Json, OpEvent } from "../../../checker/history/event.js";
import { pairEvents } from "../../../checker/history/pair.js";
import { checkLinearizable } from "../../../checker/linearizability/check.js";
import type { ModelName } from "../../../checker/model/models.js";

type Asked = readonly [f: string, value?: Json, result?: Json];

/** One after another, by two processes in turn. */
function told(model: ModelName, asked: readonly Asked[]) {
  const events = asked.flatMap(([f, value = null, result = value], i): OpEvent[] =>
    (["invoke", "ok"] as const).map((type, half) => ({
      index: 2 * i + half,
      time: 2 * i + half,
      process: i % 2,
      type,
      f,
      key: null,
      value: type === "ok" ? result : value,
    })),
  );
  const [found] = checkLinearizable(pairEvents(events), { model }).details.counterexamples;
  return { because: found?.because, shown: found?.operations.length, found };
}

const turns = (of: readonly Asked[], times: number): Asked[] => Array.from({ length: times }, () => of).flat();

test("a lock taken twice after many turns is told from the turn before", () => {
  const { because, shown, found } = told("lock", [...turns([["acquire"], ["release"]], 50), ["acquire"], ["acquire"]]);
  expect(because).toBe("after event 201 the lock is held, but acquire at 202 succeeded");
  expect(shown).toBe(1);
  expect(found?.context?.starts).toEqual([{ state: true, holds: "the lock is held", done: [] }]);
  expect(found?.deadEnds).toEqual([
    {
      order: [],
      holds: "the lock is held",
      steps: [{ operation: 202, because: "acquire at 202 succeeded, but the lock is held" }],
    },
  ]);
});

test("a counter that lost one of many increments is told by what it is", () => {
  const { because } = told("counter", [...turns([["increment", 1]], 40), ["read", null, 39]]);
  expect(because).toBe("after event 79 the counter is 40, but read at 80 returned 39");
});

test("a list that lost an element is told by that element alone", () => {
  const all = Array.from({ length: 20 }, (_, i): Asked => ["append", i]);
  const read = Array.from({ length: 20 }, (_, i) => i).filter((i) => i !== 7);
  const { because, found } = told("list", [...all, ["read", null, read]]);
  expect(because).toBe("of element 7 alone: after append of 7 by 14 the list is [7], but read at 40 returned []");
  expect(found?.only).toEqual(["7"]);
});

test("transactions are told by the registers that contradict each other", () => {
  const noise = Array.from({ length: 20 }, (_, i): Asked => ["txn", [["write", "z", i]]]);
  const { because, shown } = told("multi-register", [
    [
      "txn",
      [
        ["write", "x", 1],
        ["write", "y", 1],
      ],
    ],
    ...noise,
    ["txn", [["read", "x", null]], [["read", "x", 1]]],
    [
      "txn",
      [
        ["write", "x", 2],
        ["write", "z", 99],
      ],
    ],
    [
      "txn",
      [
        ["read", "x", null],
        ["read", "z", null],
      ],
      [
        ["read", "x", 1],
        ["read", "z", 99],
      ],
    ],
  ]);
  expect(because).toContain("txn at 46 (x read 1)");
  expect(shown).toBeLessThanOrEqual(3);
});
