import { expect, test } from "vitest";
import { checkConvergence } from "../../../checker/convergence/convergence.js";
import { shown } from "../../../checker/convergence/shown.js";
import type { FaultEvent, Json } from "../../../checker/history/event.js";
import { endOf, type Operation } from "../../../checker/history/operation.js";
import { draws, freshSeed } from "../staleness/draws.js";
import { cas, history, type Line, r, w } from "../staleness/histories.js";

// One event is one millisecond.
const dump = (from: number, node: string, value: Json, more: Partial<Line> = {}): Line => ({
  from,
  to: from + 1,
  f: "dump",
  key: null,
  node,
  value,
  ...more,
});
const failed: Partial<Line> = { type: "fail", error: "timeout" };
const fault = (index: number, phase: "begin" | "end", id = "f1"): FaultEvent => ({
  index,
  time: index * 1e6,
  process: "nemesis",
  type: "info",
  f: "partition",
  phase,
  fault: id,
  value: null,
});
const on = (node: string): Partial<Line> => ({ node });
const check = (...lines: Line[]) => checkConvergence(history(lines));

test("replicas that hold the same agree, and the time counts from the last write", () => {
  const verdict = check(w(0, 1, 5), w(2, 4, 6), dump(10, "n1", { x: [6] }), dump(12, "n2", { x: [6] }));
  expect(verdict).toEqual({
    checker: "converges",
    valid: "valid",
    because:
      "All 2 replicas agree on 1 key, 9 ms after the last fault and write; no acknowledged write is lost, and nobody's value appeared.",
    witness: [],
    details: {
      agreed: true,
      timeToAgreeMs: 9,
      rounds: 1,
      keys: 1,
      replicas: [
        { node: "n1", dump: 10, keys: 1 },
        { node: "n2", dump: 12, keys: 1 },
      ],
      missingReplicas: [],
      disagreementCount: 0,
      disagreements: [],
      lost: [],
      lostCount: 0,
      phantoms: [],
      phantomCount: 0,
      finalState: [{ key: "x", values: { n1: [6], n2: [6] } }],
    },
  });
});

test("replicas that differ in the last round disagree, and the dumps prove it", () => {
  const verdict = check(
    w(0, 1, 1),
    w(2, 3, 2),
    dump(10, "n1", { x: [2], y: [1] }),
    dump(12, "n2", { x: [1] }),
    dump(14, "n3", { x: [1] }),
    w(4, 5, 1, { key: "y" }),
  );
  expect(verdict.valid).toBe("invalid");
  expect(verdict.witness).toEqual([10, 11, 12, 13, 14, 15]);
  expect(verdict.because).toBe(
    'The replicas disagree on 2 keys: "x" is 2 on n1 and 1 on n2, n3, 9 ms after the last fault and write.',
  );
  expect(verdict.details).toMatchObject({
    agreed: false,
    timeToAgreeMs: null,
    disagreementCount: 2,
    disagreements: [
      { key: "x", values: { n1: [2], n2: [1], n3: [1] } },
      { key: "y", values: { n1: [1], n2: null, n3: null } },
    ],
  });
});

test("agreement is reached in the first round from which on all agree", () => {
  const verdict = check(
    w(0, 1, 1),
    w(2, 3, 2),
    dump(10, "n1", { x: [2] }),
    dump(12, "n2", { x: [2] }),
    dump(20, "n1", { x: [1] }),
    dump(22, "n2", { x: [2] }),
    dump(30, "n1", { x: [2] }),
    dump(32, "n2", { x: [2] }),
    dump(40, "n1", { x: [2] }),
    dump(42, "n2", { x: [2] }),
  );
  expect(verdict.details).toMatchObject({ agreed: true, rounds: 4, timeToAgreeMs: 30 });
});

test("time to agree counts from the last fault's end when that is later", () => {
  const lines = [w(0, 1, 1), dump(10, "n1", { x: [1] }), dump(12, "n2", { x: [1] })];
  expect(checkConvergence(history(lines, [fault(2, "begin"), fault(8, "end")])).details.timeToAgreeMs).toBe(5);
});

test("dumps taken before the last write or fault count for nothing", () => {
  const early = [w(0, 1, 1), dump(2, "n1", { x: [1] }), dump(4, "n2", {})];
  expect(check(...early, w(6, 7, 2))).toMatchObject({
    valid: "unknown",
    because: "No replica was read after the last fault and write.",
  });
  expect(check(...early, w(6, 7, 1), dump(8, "n1", { x: [1] }), dump(10, "n2", { x: [1] })).valid).toBe("valid");
});

test("a write that failed for certain disturbs nothing, however late", () => {
  const dumps = [dump(2, "n1", { x: [1] }), dump(4, "n2", { x: [1] })];
  expect(check(w(0, 1, 1), ...dumps, w(6, 7, 2, failed)).valid).toBe("valid");
});

test("the order of siblings does not matter, which siblings there are does", () => {
  const writes = [w(0, 1, 1), w(2, 3, 2)];
  expect(check(...writes, dump(4, "n1", { x: [1, 2] }), dump(6, "n2", { x: [2, 1] })).valid).toBe("valid");
  const verdict = check(...writes, dump(4, "n1", { x: [1, 2] }), dump(6, "n2", { x: [2] }));
  expect(verdict.because).toContain('"x" is siblings [1,2] on n1 and 2 on n2');
});

test("a key that holds only null reads like one never written", () => {
  expect(check(w(0, 1, null), dump(4, "n1", { x: [null] }), dump(6, "n2", {}), dump(8, "n3", { x: [] })).valid).toBe(
    "valid",
  );
});

test("without dumps nothing is known", () => {
  expect(check(w(0, 1, 1), r(2, 3, 1))).toMatchObject({
    valid: "unknown",
    because: "No replica was read on its own, so whether they agree is not known.",
  });
  expect(check(w(0, 1, 1), dump(2, "n1", null, failed)).valid).toBe("unknown");
});

test("a node that was only ever asked by clients is missing, and leaves it unknown", () => {
  const verdict = check(w(0, 1, 1, on("n3")), dump(2, "n1", { x: [1] }), dump(4, "n2", { x: [1] }));
  expect(verdict.valid).toBe("unknown");
  expect(verdict.details.missingReplicas).toEqual(["n3"]);
  expect(verdict.because).toBe("No final state is known of n3; the replicas that were read agree.");
});

test("replicas that differ are invalid even when another is missing", () => {
  expect(check(w(0, 1, 1, on("n3")), dump(2, "n1", { x: [1] }), dump(4, "n2", {})).valid).toBe("invalid");
});

test("a replica not read in the last round counts if it held the same, and is missing if it did not", () => {
  const first = [w(0, 1, 1), w(2, 3, 2), dump(4, "n1", { x: [1] }), dump(6, "n2", { x: [2] })];
  expect(check(...first, dump(8, "n1", { x: [2] }), dump(10, "n2", null, failed)).valid).toBe("valid");
  const other = check(...first, dump(8, "n1", null, failed), dump(10, "n2", { x: [2] }));
  expect(other.valid).toBe("unknown");
  expect(other.details.missingReplicas).toEqual(["n1"]);
});

test("replicas that differ while a fault was never ended are not accused", () => {
  const lines = [w(0, 1, 1), dump(4, "n1", { x: [1] }), dump(6, "n2", {})];
  const verdict = checkConvergence(history(lines, [fault(2, "begin")]));
  expect(verdict.valid).toBe("unknown");
  expect(verdict.because).toContain("but fault f1 (partition) was never ended");
});

test("replicas that differ sooner than the harness promised to wait are not accused", () => {
  const lines = [w(0, 1, 1), dump(4, "n1", { x: [1] }), dump(6, "n2", {})];
  expect(checkConvergence(history(lines), { patienceMs: 6 }).valid).toBe("unknown");
  expect(checkConvergence(history(lines), { patienceMs: 5 }).valid).toBe("invalid");
});

test("an acknowledged write that no replica reflects is lost", () => {
  const verdict = check(w(0, 1, 1), w(2, 3, 2), dump(4, "n1", { x: [1] }), dump(6, "n2", { x: [1] }));
  expect(verdict.valid).toBe("invalid");
  expect(verdict.details.lost).toEqual([{ key: "x", value: 2, invoked: 2 }]);
  expect(verdict.witness).toEqual([2, 3, 4, 5, 6, 7]);
  expect(verdict.because).toBe(
    '1 acknowledged write is lost: 2, written to "x" by 2 (ok at 3), is on no replica, and nothing newer explains it.',
  );
});

test("a write to a key that no replica has is lost", () => {
  expect(check(w(0, 1, 1), dump(4, "n1", {}), dump(6, "n2", {})).details.lost).toHaveLength(1);
});

test("an overlapping, later or indefinite write explains why an acknowledged one is gone", () => {
  const both = (value: Json) => [dump(20, "n1", { x: [value] }), dump(22, "n2", { x: [value] })];
  expect(check(w(0, 3, 1), w(2, 5, 2), ...both(1)).valid).toBe("valid");
  expect(check(w(0, 1, 1), w(2, 3, 2), ...both(2)).valid).toBe("valid");
  expect(check(w(0, null, 1), w(2, 3, 2), ...both(1)).valid).toBe("valid");
  expect(check(w(0, 1, 1), w(2, 3, 2), w(4, 5, 1), ...both(1)).valid).toBe("valid");
  expect(check(w(0, 1, null), w(2, 3, 2), w(4, 5, null), dump(20, "n1", {})).valid).toBe("valid");
});

test("siblings keep a write from being lost", () => {
  expect(check(w(0, 1, 1), w(2, 3, 2), dump(4, "n1", { x: [1, 2] }), dump(6, "n2", { x: [1, 2] })).valid).toBe("valid");
});

test("a cas that succeeded can be lost too", () => {
  const verdict = check(w(0, 1, 1), cas(2, 3, 1, 2), dump(4, "n1", { x: [1] }));
  expect(verdict.details.lost).toEqual([{ key: "x", value: 2, invoked: 2 }]);
});

test("while a replica is missing no write is called lost: it may be there", () => {
  const verdict = check(w(0, 1, 1), w(2, 3, 2, on("n2")), dump(4, "n1", { x: [1] }));
  expect(verdict).toMatchObject({ valid: "unknown", details: { lost: [], missingReplicas: ["n2"] } });
});

test("a value that nobody wrote is a phantom", () => {
  const verdict = check(w(0, 1, 1), dump(4, "n1", { x: [1, 9] }), dump(6, "n2", { x: [1, 9] }));
  expect(verdict.valid).toBe("invalid");
  expect(verdict.details.phantoms).toEqual([
    { key: "x", value: 9, node: "n1" },
    { key: "x", value: 9, node: "n2" },
  ]);
  expect(verdict.because).toBe('The dump at 4 shows n1 holding 9 for "x", which nobody wrote (and 1 more such).');
  expect(verdict.witness).toEqual([4, 5, 6, 7]);
});

test("the value of a write that failed for certain, or that came later, is a phantom; of an indefinite one it is not", () => {
  expect(check(w(0, 1, 1), w(2, 3, 2, failed), dump(4, "n1", { x: [2] })).details.phantomCount).toBe(1);
  expect(check(w(0, null, 2), dump(4, "n1", { x: [2] })).valid).toBe("valid");
  const early = check(dump(0, "n1", { x: [2] }), w(2, 3, 2), dump(4, "n1", { x: [2] }));
  expect(early.details.phantoms).toHaveLength(1);
});

test("a phantom seen once counts, even in a dump that came before the last fault", () => {
  const lines = [w(0, 1, 1), dump(2, "n1", { x: [9] }), dump(10, "n1", { x: [1] })];
  const verdict = checkConvergence(history(lines, [fault(5, "begin"), fault(6, "end")]));
  expect(verdict).toMatchObject({ valid: "invalid", witness: [2, 3], details: { agreed: true } });
});

test("keys changed by operations of another kind are compared, and not searched for what was lost or made up", () => {
  const append: Line = { from: 2, to: 3, f: "append", value: 7 };
  const lines = [w(0, 1, 1), append];
  expect(check(...lines, dump(4, "n1", { x: [[7]] }), dump(6, "n2", { x: [[7]] })).valid).toBe("valid");
  expect(check(...lines, dump(4, "n1", { x: [[7]] }), dump(6, "n2", {})).valid).toBe("invalid");
});

test("a dump that is no object of keys counts as not read", () => {
  expect(check(w(0, 1, 1), dump(4, "n1", [1])).details.missingReplicas).toEqual(["n1"]);
});

test("only fifty findings are listed, and all are counted", () => {
  const lines = Array.from({ length: 120 }, (_, i) => w(2 * i, 2 * i + 1, i, { key: `k${i}` }));
  const wrong = Object.fromEntries(lines.map((_, i) => [`k${i}`, ["?"]]));
  const { details } = check(...lines, dump(300, "n1", wrong), dump(302, "n2", {}));
  expect([details.disagreements.length, details.disagreementCount]).toEqual([50, 120]);
  expect([details.lost.length, details.lostCount]).toEqual([50, 120]);
  expect([details.phantoms.length, details.phantomCount]).toEqual([50, 120]);
  expect(details.finalState).toHaveLength(100);
});

test("a key named __proto__ is a key like any other", () => {
  const odd = JSON.parse('{"__proto__":[1]}') as Json;
  const verdict = check(w(0, 1, 1, { key: "__proto__" }), dump(4, "n1", odd), dump(6, "n2", {}));
  expect(verdict.details.disagreements).toEqual([{ key: "__proto__", values: { n1: [1], n2: null } }]);
});

test("long values are cut short when shown", () => {
  expect(shown({ b: [1], a: "é" })).toBe('{"a":"é","b":[1]}');
  expect(shown("x".repeat(100))).toHaveLength(40);
});

/** Every order of the writes that respects real time: is there one that ends in a value that is shown? */
const explainable = (lost: Operation, writes: readonly Operation[], shownValues: readonly Json[]): boolean => {
  const place = (left: readonly Operation[], seen: boolean, reflected: boolean): boolean => {
    if (left.length === 0) return seen && reflected;
    const soonest = Math.min(...left.map(endOf));
    return left
      .filter((op) => op.invoked <= soonest)
      .some((op) => {
        const now = seen || op === lost;
        return place(
          left.filter((other) => other !== op),
          now,
          reflected || (now && shownValues.includes(op.value)),
        );
      });
  };
  return place(writes, false, false);
};

test("lost writes are exactly those that no order of the writes explains", () => {
  const seed = freshSeed("convergence, lost writes");
  const tally = { lost: 0, kept: 0 };
  for (let i = 0; i < 4000; i++) {
    const draw = draws(seed + i * 6007);
    const count = 1 + Math.floor(draw() * 5);
    const lines: Line[] = [];
    const times = Array.from({ length: 2 * count }, (_, at) => at).sort(() => draw() - 0.5);
    for (let n = 0; n < count; n++) {
      const [a, b] = [times[2 * n]!, times[2 * n + 1]!];
      lines.push(w(Math.min(a, b), draw() < 0.1 ? null : Math.max(a, b), 1 + Math.floor(draw() * 3)));
    }
    const hold = (): Json => (draw() < 0.2 ? {} : { x: [lines[Math.floor(draw() * count)]!.value] });
    const [one, two] = [hold(), hold()];
    const random = history([...lines, dump(100, "n1", one), dump(102, "n2", two)]);
    const writes = random.operations.filter((op) => op.f === "write");
    const shownValues = [one, two].flatMap((state) => (state as { x?: Json[] }).x ?? []);
    const expected = writes.filter((op) => op.type === "ok" && !explainable(op, writes, shownValues));
    const { details, valid } = checkConvergence(random);
    expect(
      details.lost.map(({ invoked }) => invoked),
      JSON.stringify(random.operations),
    ).toEqual(expected.map(({ invoked }) => invoked));
    if (expected.length > 0) expect(valid).toBe("invalid");
    tally[expected.length > 0 ? "lost" : "kept"]++;
  }
  console.log(tally);
  expect(Math.min(tally.lost, tally.kept)).toBeGreaterThan(200);
});
