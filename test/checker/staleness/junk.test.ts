import { expect, test } from "vitest";
import { checkConvergence } from "../../../checker/convergence/convergence.js";
import type { FaultEvent, Json } from "../../../checker/history/event.js";
import { checkPerformance } from "../../../checker/performance/performance.js";
import { SESSION_GUARANTEES } from "../../../checker/session/details.js";
import { checkSession } from "../../../checker/session/session.js";
import { checkAtomicity } from "../../../checker/staleness/atomicity.js";
import { checkRegister } from "../../../checker/staleness/regular.js";
import { checkStaleness } from "../../../checker/staleness/staleness.js";
import { measureVisibility } from "../../../checker/staleness/visibility.js";
import { checkVacuity } from "../../../checker/vacuity/vacuity.js";
import { draws, freshSeed } from "./draws.js";
import { history, type Line } from "./histories.js";

const VALUES: readonly Json[] = [
  null,
  true,
  0,
  1e300,
  "",
  "1",
  "__proto__",
  [],
  [1, 2],
  [[1], null],
  {},
  { x: [1], y: 2 },
  JSON.parse('{"__proto__":[1],"x":null}') as Json,
];
const NAMES = ["read", "write", "cas", "dump", "append", "txn", "__proto__", ""];

test("no history makes a checker throw; an invalid names events of the history, and the rest is JSON", () => {
  const seed = freshSeed("junk");
  const tally: Record<string, number> = { valid: 0, unknown: 0, invalid: 0 };
  for (let i = 0; i < 700; i++) {
    const draw = draws(seed + i * 977);
    const under = (n: number): number => Math.floor(draw() * n);
    const pick = <T>(list: readonly T[]): T => list[under(list.length)]!;
    const names = pick([NAMES, ["read", "write", "cas"], ["read", "write", "dump"]]);
    const lines = Array.from({ length: under(12) }, (_, n): Line => {
      const [a, b] = [2 * n, 2 * n + 1];
      return {
        from: a,
        to: draw() < 0.1 ? null : b,
        f: pick(names),
        key: pick(["x", "y", "__proto__", null]),
        value: pick(VALUES),
        process: under(3),
        type: pick(["ok", "ok", "fail", "info"]),
        ...(draw() < 0.5 ? { node: pick(["n1", "n2", "__proto__"]) } : {}),
        ...(draw() < 0.2 ? { siblings: [pick(VALUES), pick(VALUES)] } : {}),
        ...(draw() < 0.3 ? { error: pick(["", "timeout: x", "__proto__"]) } : {}),
      };
    });
    const faults = Array.from(
      { length: under(4) },
      (_, n): FaultEvent => ({
        index: 100 + n,
        time: under(50) * 1e6,
        process: "nemesis",
        type: "info",
        f: pick(NAMES),
        phase: pick(["begin", "end"]),
        fault: pick(["f1", "f2", "__proto__"]),
        value: pick([...VALUES, { bit: false }, { bit: "yes", evidence: 3 }]),
      }),
    );
    const given = history(lines, faults);
    const verdicts = [
      checkStaleness(given),
      checkAtomicity(given),
      checkRegister(given, "regular"),
      checkRegister(given, "safe"),
      checkConvergence(given),
      checkPerformance(given),
      checkVacuity(given, { plannedFaults: ["f1", "__proto__"] }),
      ...SESSION_GUARANTEES.map((name) => checkSession(given, name)),
    ];
    measureVisibility(given);
    const events = new Set(given.operations.flatMap((op) => [op.invoked, op.completed]));
    for (const { valid, witness, because, details, checker } of verdicts) {
      tally[valid]!++;
      expect(valid === "invalid", `${checker}: ${because}`).toBe(witness.length > 0);
      expect(witness.every((index) => events.has(index))).toBe(true);
      expect(because.length).toBeGreaterThan(0);
      expect(because.length).toBeLessThan(2000);
      // No NaN and no infinity, which JSON would turn into null.
      expect(JSON.parse(JSON.stringify(details))).toEqual(details);
    }
  }
  console.log(tally);
  expect(Math.min(...Object.values(tally))).toBeGreaterThan(300);
});
