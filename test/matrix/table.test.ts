import { expect, test } from "vitest";
import { parseRunFlags } from "../../src/config/flags.js";
import type { Validity } from "../../checker/index.js";
import type { Outcome } from "../../src/matrix/outcome.js";
import { FAULTS, FIXED, PROPERTIES, type Row, ROWS, settingOf } from "../../src/matrix/rows.js";
import { markdownOf, matrixOf } from "../../src/matrix/table.js";

const ROW: Row = { name: "a store", flags: { mode: "abd" }, claims: { linearizable: FAULTS, survives: ["none"] } };
const PLACED = FAULTS.map((fault) => ({ row: ROW, fault }));

/** All hold but those that are named; "unknown" for those that nobody could judge. */
const outcome = (
  setting: number,
  repeat: number,
  not: Partial<Record<string, Validity>> = {},
  vacuous = false,
): Outcome => ({
  setting,
  repeat,
  vacuous,
  dir: Object.values(not).includes("invalid") ? `runs/r${setting}-${repeat}` : null,
  findings: Object.fromEntries(
    PROPERTIES.map((property) => [property, { valid: not[property] ?? "valid", because: `because of ${repeat}` }]),
  ) as Outcome["findings"],
});

test("a claim that holds is ticked, a broken one is counted and told, a non-claim says how often it was violated", () => {
  const outcomes = FAULTS.flatMap((_, setting) => [
    outcome(setting, 0, setting === 1 ? { linearizable: "invalid" } : {}),
    outcome(setting, 1, setting > 2 ? { converges: "invalid" } : {}),
  ]);
  const matrix = matrixOf(PLACED, outcomes, { seeds: 2 });
  const [, , row = ""] = markdownOf(matrix).split("\n");
  expect(row.split("|").map((cell) => cell.trim())).toEqual([
    "",
    "a store",
    "✓ **✗1** ✓ ✓ ✓",
    "0 0 0 0 0",
    "0 0 0 1 1",
    "✓ 0 0 0 0",
    "",
  ]);
  expect(matrix.broken).toEqual(["a store: linearizable, partition, in 1: because of 0 (runs/r1-0)"]);
  expect(matrix.neverViolated).toEqual([
    "a store: session guarantees (no fault, partition, kill, pause, delay)",
    "a store: acknowledged writes survive (partition, kill, pause, delay)",
  ]);
  expect(matrix.missing).toBe(0);
});

test("what was vacuous or unknown did not hold, and a violation counts all the same", () => {
  const outcomes = FAULTS.map((_, setting) =>
    setting === 0
      ? outcome(setting, 0, {}, true)
      : setting === 1
        ? outcome(setting, 0, { linearizable: "unknown" })
        : outcome(setting, 0, { linearizable: "invalid" }, true),
  );
  const matrix = matrixOf(PLACED, outcomes, { seeds: 1 });
  expect(markdownOf(matrix).split("\n")[2]).toContain("? ? **✗1** **✗1** **✗1**");
  expect(matrix.rows[0]!.cells.linearizable[0]).toMatchObject({ judged: 0, vacuous: 1 });
});

test("runs that are missing are told", () => {
  const matrix = matrixOf(PLACED, [outcome(0, 0)], { seeds: 3 });
  expect(matrix.missing).toBe(14);
  expect(markdownOf(matrix)).toContain("Not finished: 14 runs are missing.");
});

test("every row is a cluster that there is, no two are the same, and every claim is about a known fault", () => {
  const texts = new Set<string>();
  for (const row of ROWS) {
    for (const fault of FAULTS) {
      const { noReadRepair, sloppyQuorum, ...flags } = settingOf(row, fault);
      const off = noReadRepair === undefined ? {} : { readRepair: false };
      const given = { ...FIXED, ...flags, ...off, ...(sloppyQuorum === undefined ? {} : { sloppyQuorum: true }) };
      expect(parseRunFlags(given, 1), row.name).toMatchObject({ ok: true });
    }
    texts.add(JSON.stringify(row.flags));
  }
  expect(texts.size).toBe(ROWS.length);
  expect(new Set(ROWS.map(({ name }) => name)).size).toBe(ROWS.length);
});

test("a row whose clients do otherwise says what they do", () => {
  const row: Row = { ...ROW, load: { keys: "2", replicationDelay: "0..100" } };
  const matrix = matrixOf([{ row, fault: "none" }], [outcome(0, 0)], { seeds: 1 });
  expect(markdownOf(matrix)).toContain("\n- a store: --keys 2 --replication-delay 0..100\n");
  expect(settingOf(row, "kill")).toEqual({ mode: "abd", keys: "2", replicationDelay: "0..100", nemesis: "kill" });
});
