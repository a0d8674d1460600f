/** Planted bugs, made as small as they show: simulated, so that what is found is the same every time. */

import { expect, test } from "vitest";
import { parseRunFlags, type RunFlags } from "../../src/config/flags.js";
import { planOf } from "../../src/run/plan.js";
import { simulate } from "../../src/run/simulate.js";
import { breaks, brokenClaims, simulatedTry } from "../../src/shrink/attempt.js";
import type { Subject } from "../../src/shrink/candidate.js";
import { shrink, type Shrunk } from "../../src/shrink/shrink.js";

const lenient = { allowVacuous: true } as const;
const never = new AbortController().signal;

interface Small {
  readonly before: Subject;
  readonly found: Shrunk;
  readonly broken: readonly string[];
}

async function smallest(flags: RunFlags): Promise<Small> {
  const parsed = parseRunFlags({ timeLimit: "3", nemesisInterval: "1", nodes: "5", simulate: true, ...flags }, 0);
  if (!parsed.ok) throw new Error(parsed.problems.join("; "));
  const plan = planOf(parsed.value);
  if (!plan.ok) throw new Error(plan.problems.join("; "));
  const before: Subject = { test: parsed.value, plan: { format: 1, faults: plan.value.faults } };
  const { verdict } = await simulate(before.test, before.plan, lenient);
  const broken = brokenClaims(verdict);
  expect(broken).toContain("linearizable");
  const attempt = simulatedTry(broken, 4, never);
  const found = await shrink({ subject: before, attempt, signal: never, onCandidate: () => undefined });
  if (found === null) throw new Error("the whole run does not show it again");
  const again = await simulate({ ...found.subject.test, seed: found.seed }, found.subject.plan, lenient);
  expect(breaks(again.verdict, broken)).toBe(true);
  return { before, found, broken };
}

test("a read that does not write back needs no fault, and fewer of everything", async () => {
  const { before, found } = await smallest({
    mode: "abd",
    bug: "abd-no-write-back",
    replicationDelay: "0..60",
    nemesis: "kill,partition",
    seed: "1",
  });
  const { test: small, plan } = found.subject;
  expect(before.plan.faults.length).toBeGreaterThan(2);
  expect(plan.faults).toEqual([]);
  expect([small.nodes.length < 5, small.nodes.length > 1]).toEqual([true, true]);
  expect(small.concurrency).toBeLessThan(before.test.concurrency);
  expect(small.rate).toBeLessThan(500);
  expect(small.timeLimitMs).toBeLessThan(3000);
  expect(found.isSmallest).toBe(true);
});

test("a write that asks nobody for the latest version needs a partition, which is kept, on the nodes that stay", async () => {
  const { before, found, broken } = await smallest({
    mode: "abd",
    bug: "abd-no-query",
    nemesis: "partition",
    seed: "1",
  });
  const { test: small, plan } = found.subject;
  expect(plan.faults.length).toBeGreaterThan(0);
  expect(plan.faults.length).toBeLessThanOrEqual(before.plan.faults.length);
  for (const { fault } of plan.faults) expect(fault.f).toBe("partition");
  expect(small.nodes.length).toBeLessThan(5);
  for (const { fault } of plan.faults)
    if (fault.f === "partition" && fault.grudge !== "isolate-leader")
      for (const [receiver, senders] of Object.entries(fault.grudge))
        for (const node of [receiver, ...senders]) expect([...small.nodes, "clients"]).toContain(node);
  // Its twin without the fault, and its twin without the bug, are sound.
  const { bug: _, ...healthy } = small;
  for (const twin of [
    { test: small, plan: { format: 1, faults: [] } as const },
    { test: healthy, plan },
  ])
    expect(await simulatedTry(broken, 4, never)(twin)).toBeNull();
});
