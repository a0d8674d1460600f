import { expect, test } from "vitest";
import type { FaultEvent, Json } from "../../../checker/history/event.js";
import { checkVacuity } from "../../../checker/vacuity/vacuity.js";
import { cas, history, type Line, r, w } from "../staleness/histories.js";

const fault = (index: number, phase: "begin" | "end", value: Json = null, id = "f1", f = "partition"): FaultEvent => ({
  index,
  time: index * 1e6,
  process: "nemesis",
  type: "info",
  f,
  phase,
  fault: id,
  value,
});
const bit = { bit: true, evidence: "41 bytes were held" };

test("reads, writes and a fault that bit while clients worked: not vacuous", () => {
  const verdict = checkVacuity(history([w(0, 1, 1), r(3, 4, 1)], [fault(2, "begin"), fault(5, "end", bit)]), {
    plannedFaults: ["f1"],
  });
  expect(verdict).toEqual({
    checker: "not-vacuous",
    valid: "valid",
    because: "1 ok read, 1 ok write; 1 fault, 1 proven to have bitten, with 1 operation under way meanwhile.",
    witness: [],
    details: {
      okReads: 1,
      okWrites: 1,
      planned: 1,
      began: 1,
      ended: 1,
      bit: 1,
      overlapped: 1,
      faults: [
        {
          id: "f1",
          f: "partition",
          began: true,
          ended: true,
          bit: true,
          evidence: "41 bytes were held",
          overlapped: 1,
        },
      ],
      reasons: [],
    },
  });
});

test("a run without planned faults needs none", () => {
  expect(checkVacuity(history([w(0, 1, 1), r(2, 3, 1)]), { plannedFaults: [] }).valid).toBe("valid");
});

test("a cas, or any operation that is neither read nor dump, counts as a write", () => {
  expect(checkVacuity(history([cas(0, 1, null, 1), r(2, 3, 1)]), { plannedFaults: [] }).valid).toBe("valid");
  const append: Line = { from: 0, to: 1, f: "append", value: 1 };
  expect(checkVacuity(history([append, r(2, 3, [1])]), { plannedFaults: [] }).valid).toBe("valid");
  const dump: Line = { from: 0, to: 1, f: "dump", value: {} };
  expect(checkVacuity(history([dump, r(2, 3, 1)]), { plannedFaults: [] }).valid).toBe("unknown");
});

test("without an ok read, or without an ok write, it is unknown and says so", () => {
  const failed = r(2, 3, 1, { type: "fail" });
  expect(checkVacuity(history([w(0, 1, 1), failed]), { plannedFaults: [] })).toMatchObject({
    valid: "unknown",
    because: "The run proves little: no read returned.",
  });
  expect(checkVacuity(history([w(0, null, 1), r(2, 3, 1)]), { plannedFaults: [] }).details.reasons).toEqual([
    "no write succeeded",
  ]);
  expect(checkVacuity(history([]), { plannedFaults: [] }).details.reasons).toHaveLength(2);
});

test("a planned fault that never began is named", () => {
  const verdict = checkVacuity(history([w(0, 1, 1), r(3, 4, 1)], [fault(2, "begin"), fault(5, "end", bit)]), {
    plannedFaults: ["f1", "f2"],
  });
  expect(verdict.details.reasons).toEqual(["planned fault f2 never began"]);
  expect(verdict.valid).toBe("unknown");
});

test("a fault that did nothing is named, with the evidence", () => {
  const end = fault(5, "end", { bit: false, evidence: "0 bytes were held" });
  const verdict = checkVacuity(history([w(0, 1, 1), r(3, 4, 1)], [fault(2, "begin"), end]), { plannedFaults: ["f1"] });
  expect(verdict.valid).toBe("unknown");
  expect(verdict.because).toBe("The run proves little: fault f1 (partition) did nothing (0 bytes were held).");
});

test("a fault that was never ended is named", () => {
  const verdict = checkVacuity(history([w(0, 1, 1), r(3, 4, 1)], [fault(2, "begin")]), { plannedFaults: ["f1"] });
  expect(verdict.details.reasons).toEqual(["fault f1 (partition) was never ended"]);
});

test("an end without a record of whether it bit is held against nobody", () => {
  const verdict = checkVacuity(history([w(0, 1, 1), r(3, 4, 1)], [fault(2, "begin"), fault(5, "end")]), {
    plannedFaults: [],
  });
  expect(verdict).toMatchObject({ valid: "valid", details: { bit: 0, began: 1 } });
});

test("faults that no operation met prove nothing", () => {
  const faults = [fault(2, "begin"), fault(3, "end", bit)];
  const verdict = checkVacuity(history([w(0, 1, 1), r(4, 5, 1)], faults), { plannedFaults: ["f1"] });
  expect(verdict.details.reasons).toEqual(["no operation was under way while a fault was active"]);
  // An operation that spans the whole fault met it.
  expect(checkVacuity(history([w(0, 10, 1), r(11, 12, 1)], faults), { plannedFaults: ["f1"] }).valid).toBe("valid");
});

test("of many faults with one complaint five are named and the rest counted", () => {
  const planned = Array.from({ length: 9 }, (_, i) => `f${i}`);
  const { reasons } = checkVacuity(history([w(0, 1, 1), r(2, 3, 1)]), { plannedFaults: planned }).details;
  expect(reasons).toHaveLength(6);
  expect(reasons[5]).toBe("4 more faults never began");
});

const counts = (f: string, value: Json) => {
  const one = w(0, 1, 1);
  const { details } = checkVacuity(history([{ ...one, f, key: null, value }]), { plannedFaults: [] });
  return [details.okReads, details.okWrites];
};

test("a transaction reads if a step of it does, and writes if a step does more; a queue hands out what it held", () => {
  expect(counts("txn", [["r", "x", null]])).toEqual([1, 0]);
  expect(counts("txn", [["append", "x", 1]])).toEqual([0, 1]);
  expect(
    counts("txn", [
      ["add", "x", 1],
      ["r", "x", null],
    ]),
  ).toEqual([1, 1]);
  expect(counts("dequeue", null)).toEqual([1, 1]);
  expect(counts("enqueue", 1)).toEqual([0, 1]);
});
