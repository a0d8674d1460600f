/** Twenty seeds under faults: transactions that are really serializable are never accused, and never by nothing done. */

import { expect, test } from "vitest";
import type { IsolationDetails } from "../../checker/isolation/details.js";
import type { RunVerdict } from "../../checker/judge.js";
import { freshDir, kvtest, leftBehind } from "../cli/kvtest.js";

const SEEDS = Array.from({ length: 20 }, (_, i) => String(i + 1));

for (const workload of ["list-append", "rw-register"]) {
  test(`${workload}, serializable, under partition and kill: valid on all seeds`, async () => {
    for (const seed of SEEDS) {
      const out = freshDir();
      const flags = ["--isolation", "serializable", "--nemesis", "partition,kill", "--time-limit", "6"];
      const { stdout } = await kvtest([
        "run",
        "--workload",
        workload,
        ...flags,
        "--seed",
        seed,
        "--out",
        out,
        "--json",
      ]);
      const { valid, because, verdicts } = JSON.parse(stdout) as RunVerdict;
      const details = verdicts.find(({ checker }) => checker === "isolation")?.details as IsolationDetails;
      console.log(`${workload}, seed ${seed}: ${valid}, ${JSON.stringify(details.transactions)}`);
      expect({ seed, valid, because }).toEqual({ seed, valid: "valid", because });
      expect(details.strongest).toEqual(["strong-serializable"]);
      expect(leftBehind(out)).toEqual([]);
    }
  });
}
