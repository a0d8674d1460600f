/** The schedule of a test, drawn or read from a file; whatever is wrong with it, before anything starts. */

import { resolve } from "node:path";
import type { FaultPlan } from "../config/config.js";
import type { Parsed, TestConfig } from "../config/flags.js";
import { impossible, planOf } from "../run/plan.js";
import { readFaultsFile } from "./faults-file.js";

export interface Planned {
  readonly test: TestConfig;
  readonly plan: FaultPlan;
}

/** `file`: as it was named, seen from the folder `from`. */
export function planned(test: TestConfig, file: string | null, from = "."): Parsed<Planned> {
  if (file === null) {
    const plan = planOf(test);
    return plan.ok ? { ok: true, value: { test, plan: plan.value } } : plan;
  }
  const named = from === "." ? file : resolve(from, file);
  const read = readFaultsFile(named, { nodes: test.nodes, durationMs: test.timeLimitMs, seed: test.seed });
  if (!read.ok) return read;
  const problems = impossible(test, read.value).map((problem) => `${file}: ${problem}`);
  if (problems.length > 0) return { ok: false, problems };
  const kinds = [...new Set(read.value.map(({ fault }) => fault.f))];
  return {
    ok: true,
    value: {
      test: { ...test, nemesis: { ...test.nemesis, faults: kinds, script: file } },
      plan: { format: 1, faults: read.value },
    },
  };
}
