import { expect, test } from "vitest";
import { readScript } from "../../nemesis/index.js";
import { parseRunFlags } from "../../src/config/flags.js";
import { impossible } from "../../src/run/plan.js";

/** What is wrong with these faults in this mode. */
function problemsOf(mode: string, script: string): readonly string[] {
  const test = parseRunFlags({ mode, workload: "register" }, 1);
  if (!test.ok) throw new Error(test.problems.join("; "));
  const { nodes, timeLimitMs } = test.value;
  const faults = readScript(script, { nodes, durationMs: timeLimitMs });
  if (!faults.ok) throw new Error(faults.problems.map(({ text }) => text).join("; "));
  return impossible(test.value, faults.faults);
}

test("faults that wait for an election, or aim at the leader, need a mode that has one", () => {
  const election = "at 1s after election kill leader for 1s\n";
  expect(problemsOf("raft", election)).toEqual([]);
  expect(problemsOf("leader", election)).toEqual(["after election: the leader of --mode leader is always the same"]);
  expect(problemsOf("abd", election)).toEqual([expect.stringContaining("nobody can say who leads")]);
  expect(problemsOf("raft", "at 1s isolate leader for 1s\n")).toEqual([]);
});
