import { describe, expect, test } from "vitest";
import type { SuiteTest } from "../../src/config/suite.js";
import { annotations, summary } from "../../src/suite/github.js";
import { junitOf } from "../../src/suite/junit.js";
import type { Measured } from "../../src/suite/measure.js";
import { type Attempt, isWorthAnother, judgedBy, type TestResult } from "../../src/suite/run-suite.js";

const limit = (holds: boolean | null): Measured => ({
  limit: { is: "limit", text: "p99 < 5ms", measure: "p99", f: null, comparison: "<", bound: 5, during: null },
  holds,
  value: 7,
  words: "p99: 7 ms",
});
type Policy = Pick<SuiteTest, "expected" | "unknown" | "retries">;
const ordinary: Policy = { expected: "valid", unknown: "fail", retries: 2 };

describe("what a run comes to", () => {
  test("valid within its limits passes, a refuted claim or a missed limit fails", () => {
    expect(judgedBy(ordinary, "valid", "fine", [limit(true)])).toEqual({ outcome: "pass", because: "fine; p99: 7 ms" });
    expect(judgedBy(ordinary, "invalid", "lost", [limit(true)])).toEqual({ outcome: "fail", because: "lost" });
    expect(judgedBy(ordinary, "valid", "fine", [limit(false)])).toEqual({
      outcome: "fail",
      because: "p99: 7 ms, expected p99 < 5ms",
    });
  });

  test("unknown is not valid, unless the suite says so", () => {
    for (const [verdict, limits] of [
      ["unknown", []],
      ["valid", [limit(null)]],
    ] as const) {
      expect(judgedBy(ordinary, verdict, "", limits).outcome).toBe("unknown");
      expect(judgedBy({ ...ordinary, unknown: "retry" }, verdict, "", limits).outcome).toBe("unknown");
      expect(judgedBy({ ...ordinary, unknown: "pass" }, verdict, "", limits).outcome).toBe("pass");
    }
  });

  test("where invalid is expected, valid fails and unknown is still unknown", () => {
    const bad: Policy = { ...ordinary, expected: "invalid" };
    expect(judgedBy(bad, "invalid", "stale", []).outcome).toBe("pass");
    expect(judgedBy(bad, "valid", "fine", [limit(false)]).outcome).toBe("pass");
    expect(judgedBy(bad, "valid", "fine", [])).toMatchObject({
      outcome: "fail",
      because: /nothing was refuted/ as never,
    });
    expect(judgedBy(bad, "unknown", "budget", []).outcome).toBe("unknown");
  });
});

const attempt = (over: Partial<Attempt>): Attempt => ({
  dir: "runs/x",
  seed: 1,
  verdict: "valid",
  limits: [],
  outcome: "pass",
  because: "fine",
  tookMs: 1500,
  ...over,
});

test("a proof is never asked for again; unknown by policy and a missed limit are", () => {
  const unknown = attempt({ outcome: "unknown", verdict: "unknown" });
  const proven = attempt({ outcome: "fail", verdict: "invalid" });
  const slow = attempt({ outcome: "fail", verdict: "valid", limits: [limit(false)] });
  const retry: Policy = { ...ordinary, unknown: "retry" };
  expect(isWorthAnother(retry, [attempt({})])).toBe(false);
  expect(isWorthAnother(retry, [proven])).toBe(false);
  expect(isWorthAnother(retry, [attempt({ dir: null, outcome: "fail", verdict: "unknown" })])).toBe(false);
  expect(isWorthAnother(ordinary, [unknown])).toBe(false);
  expect(isWorthAnother(retry, [unknown])).toBe(true);
  expect(isWorthAnother(retry, [unknown, unknown])).toBe(true);
  expect(isWorthAnother(retry, [unknown, unknown, unknown])).toBe(false);
  expect(isWorthAnother(ordinary, [slow])).toBe(true);
  expect(isWorthAnother({ ...ordinary, retries: 0 }, [slow])).toBe(false);
});

const NASTY = `</testsuite>]]>&"'|\n\u0000%: <img src=x onerror=alert(1)>`;
const result = (over: Partial<TestResult>): TestResult => ({
  name: "calm",
  index: 0,
  expected: "valid",
  expect: ["linearizable"],
  outcome: "pass",
  because: "fine",
  flaky: false,
  attempts: [attempt({})],
  ...over,
});
const results: readonly TestResult[] = [
  result({}),
  result({ name: NASTY, index: 1, outcome: "fail", because: NASTY, attempts: [attempt({ because: NASTY })] }),
  result({ name: "unsure", index: 2, outcome: "unknown", because: "the budget ran out" }),
  result({
    name: "slow",
    index: 3,
    flaky: true,
    attempts: [attempt({ outcome: "fail", because: "p99: 7 ms" }), attempt({})],
  }),
];

test("JUnit counts failures, errors and flakes, and nothing that a database says breaks out of it", () => {
  const xml = junitOf("kvtest.config.ts", results);
  expect(xml).toContain('tests="4" failures="1" errors="1" skipped="0" time="7.500"');
  expect(xml).toContain('<flakyFailure type="fail" message="p99: 7 ms"/>');
  expect(xml).toContain('<error type="unknown" message="the budget ran out">');
  expect(xml.match(/<testcase /g)).toHaveLength(4);
  expect(xml.match(/<\/testsuite>/g)).toHaveLength(1);
  expect(xml).not.toContain("<img");
  expect(xml).not.toContain("\u0000");
  expect(xml).toContain("\\u0000");
});

test("annotations are one line each, on the test's line, and quiet about what passed", () => {
  const lines = annotations(results, { file: "a,b:c.yaml", lineOf: (test) => 10 + test });
  expect(lines).toHaveLength(3);
  expect(lines.join("").includes("\n")).toBe(false);
  expect(lines[0]).toMatch(/^::error file=a%2Cb%3Ac\.yaml,line=11,title=kvtest%3A <\/testsuite>/);
  expect(lines[0]).toContain("%25");
  expect(lines[1]).toBe("::error file=a%2Cb%3Ac.yaml,line=12,title=kvtest%3A unsure::the budget ran out");
  expect(lines[2]).toContain("::warning file=a%2Cb%3Ac.yaml,line=13,title=kvtest%3A slow::flaky: passed at attempt 2");
});

test("the summary of the job has one row a test, whatever stands in it", () => {
  const rows = summary("suite", results)
    .split("\n")
    .filter((line) => line.startsWith("| "));
  expect(rows).toHaveLength(5 + 1);
  expect(rows.join("")).not.toContain("<img");
  for (const row of rows) expect(row.replaceAll("\\|", "").match(/\|/g)).toHaveLength(5);
});
