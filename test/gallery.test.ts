/** `runs/gallery` keeps one small run per kind of known violation; every version of the checkers must find them again. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { RunVerdict } from "../checker/judge.js";
import type { IsolationDetails } from "../checker/isolation/details.js";
import type { LinearizabilityDetails } from "../checker/linearizability/details.js";
import { kvtest, repoRoot } from "./cli/kvtest.js";

const gallery = join(repoRoot, "runs/gallery");
const names = readdirSync(gallery, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

const outline = ({ valid, verdicts }: RunVerdict) => ({
  valid,
  verdicts: Object.fromEntries(verdicts.map((verdict) => [verdict.checker, verdict.valid])),
});

test("there is a gallery", () => {
  expect(names.length).toBeGreaterThan(1);
});

test.each(names)("%s is found again, and its counterexample stays small", async (name) => {
  const dir = join(gallery, name);
  const checked = await kvtest(["check", dir, "--json"]);
  expect(checked.exitCode).toBe(1);
  const now = JSON.parse(checked.stdout) as RunVerdict;
  const then = JSON.parse(readFileSync(join(dir, "verdict.json"), "utf8")) as RunVerdict;
  expect(outline(now)).toMatchObject(outline(then));
  const details = (checker: string): unknown => now.verdicts.find((verdict) => verdict.checker === checker)?.details;
  const isolation = details("isolation") as IsolationDetails | undefined;
  if (isolation !== undefined) {
    const was = then.verdicts.find(({ checker }) => checker === "isolation")?.details as IsolationDetails;
    expect(isolation.anomalyTypes).toEqual(was.anomalyTypes);
    expect(isolation.anomalies[0]?.transactions.length).toBeLessThanOrEqual(5);
    return;
  }
  const { counterexamples } = details("linearizable") as LinearizabilityDetails;
  expect(counterexamples[0]?.operations.length).toBeLessThanOrEqual(5);
});
