/**
 * All histories that the shared generator makes, each by a `kvtest check FILE --only-claims`: the verdict on record, no
 * unknown at all, and never two gigabytes. `npm run soak -- linearizability`. Some minutes.
 */

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const repoRoot = fileURLToPath(new URL("../../", import.meta.url));
const corpus = join(repoRoot, "../shared/corpus/linearizability");
const bench = join(repoRoot, "test/bench/linearizability.mjs");
const present = existsSync(corpus);
if (!present) console.log(`no ${corpus}: there is nothing to generate histories with`);

interface Scaling {
  readonly histories: readonly {
    readonly file: string;
    readonly generator: { readonly [name: string]: string | number };
    readonly verdict: "ok" | "illegal";
  }[];
}

test.skipIf(!present)("generated histories of every size have the verdict on record", () => {
  const dir = mkdtempSync(join(tmpdir(), "kvtest-soak-"));
  const { histories } = JSON.parse(readFileSync(join(corpus, "scaling.json"), "utf8")) as Scaling;
  const wrong: string[] = [];
  let largestMb = 0;
  try {
    for (const { file, generator, verdict } of histories) {
      const path = join(dir, "history.jsonl");
      const options = Object.entries(generator).flatMap(([name, value]) => [`--${name}`, String(value)]);
      const made = spawnSync(process.execPath, [join(corpus, "generate.mjs"), path, ...options], { encoding: "utf8" });
      expect(made.status, made.stderr).toBe(0);
      const checked = spawnSync(process.execPath, [bench, "cli", path], { encoding: "utf8" });
      expect(checked.status, `${file}: ${checked.stderr}`).toBe(0);
      const found = JSON.parse(checked.stdout) as { valid: string; cpuMs: number; rssMb: number };
      if (found.valid !== (verdict === "ok" ? "valid" : "invalid")) wrong.push(`${file}: ${found.valid}`);
      largestMb = Math.max(largestMb, found.rssMb);
      console.log(
        `${file.padEnd(60)} ${found.valid.padEnd(8)} ${found.cpuMs.toFixed(0)} ms ${found.rssMb.toFixed(0)} MB`,
      );
    }
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
  console.log(`${histories.length - wrong.length} of ${histories.length} agree; at most ${largestMb.toFixed(0)} MB`);
  expect(wrong).toEqual([]);
  expect(histories.length).toBe(128);
  expect(largestMb).toBeLessThan(2048);
});
