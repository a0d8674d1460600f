import { expect, test } from "vitest";
import { parseRunFlags } from "../../src/config/flags.js";
import { judged } from "../../src/matrix/outcome.js";
import {
  claimed,
  type Fault,
  FIXED,
  PROPERTIES,
  type Property,
  type Row,
  ROWS,
  settingOf,
} from "../../src/matrix/rows.js";
import { planOf } from "../../src/run/plan.js";
import { simulate } from "../../src/run/simulate.js";

/** Flags that take no value, as they are parsed. */
const SWITCHES: { readonly [flag: string]: { readonly [flag: string]: boolean } } = {
  noReadRepair: { readRepair: false },
  sloppyQuorum: { sloppyQuorum: true },
};
const SEEDS_MAX = 30;

async function violatedIn(row: Row, fault: Fault, seed: number): Promise<readonly Property[]> {
  const setting = Object.entries(settingOf(row, fault)).filter(([, value]) => value !== "");
  const switches = Object.assign({}, ...Object.keys(row.flags).map((flag) => SWITCHES[flag] ?? {}));
  const given = { ...FIXED, timeLimit: "2", ...Object.fromEntries(setting), ...switches };
  const test = parseRunFlags(given, seed);
  if (!test.ok) throw new Error(test.problems.join("; "));
  const plan = planOf(test.value);
  if (!plan.ok) throw new Error(plan.problems.join("; "));
  const { history, verdict } = await simulate(test.value, plan.value, { allowVacuous: true });
  const findings = judged(history, verdict);
  return PROPERTIES.filter((property) => findings[property].valid === "invalid");
}

/** Of those that need luck, the fault under which they need the least. */
const SHOWN: { readonly [row: string]: readonly [Fault, readonly Property[]] } = {
  "quorum, R = W = 2, last write wins": ["none", ["session"]],
  "quorum, 2 replicas of 3, sloppy, hinted handoff, anti-entropy": ["partition", ["session"]],
  "gossip, no versions": ["partition", ["survives"]],
  "gossip, counters": ["partition", ["survives"]],
  "leader, naive failover, asynchronous": ["kill", PROPERTIES],
};

test.each(Object.entries(SHOWN))(
  "%s: what is not claimed is seen violated in simulated runs, and what is claimed is not",
  async (name, [fault, shown]) => {
    const row = ROWS.find((one) => one.name === name)!;
    const seen = new Set<Property>();
    let seed = 1;
    for (; seed <= SEEDS_MAX && !shown.every((property) => seen.has(property)); seed++) {
      for (const property of await violatedIn(row, fault, seed)) seen.add(property);
    }
    expect([...seen], `in ${seed - 1} seeds under ${fault}`).toEqual(expect.arrayContaining([...shown]));
    expect([...seen].filter((property) => claimed(row, property, fault))).toEqual([]);
  },
);
