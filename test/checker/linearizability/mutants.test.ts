import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { describe, expect, test } from "vitest";
import type { checkLinearizable } from "../../../checker/linearizability/check.js";
import { pairEvents } from "../../../checker/history/pair.js";
import { bruteForce, drawsOf, operationsOf, randomEvents } from "./random.js";

const folder = join(dirname(fileURLToPath(import.meta.url)), "../../../checker/linearizability");

/** The checker with one piece of one file replaced. */
async function mutant(file: string, from: string, to: string): Promise<typeof checkLinearizable> {
  const source = await readFile(join(folder, file), "utf8");
  expect(source.split(from), `${file} holds the piece to replace exactly once`).toHaveLength(2);
  const built = await build({
    entryPoints: [join(folder, "check.ts")],
    bundle: true,
    write: false,
    format: "esm",
    plugins: [
      {
        name: "mutate",
        setup: (hooks) => {
          hooks.onLoad({ filter: new RegExp(`linearizability/${file}$`) }, () => ({
            contents: source.replace(from, () => to),
            loader: "ts",
          }));
        },
      },
    ],
  });
  const text = Buffer.from(built.outputFiles[0]!.contents).toString("base64");
  const loaded = (await import(`data:text/javascript;base64,${text}`)) as {
    checkLinearizable: typeof checkLinearizable;
  };
  return loaded.checkLinearizable;
}

/** How many histories the oracle takes to catch a checker; null if it never does. */
function caughtAfter(check: typeof checkLinearizable): number | null {
  const draw = drawsOf(7);
  for (let round = 1; round <= 6000; round++) {
    const events = randomEvents(draw, {
      processes: 4,
      operations: 8,
      values: ([2, 3, "distinct"] as const)[round % 3]!,
      cas: round % 2 === 0,
      info: round % 5 === 0 ? 0 : 0.25,
      fail: 0.05,
      lies: 0.15,
    });
    const expected = bruteForce(operationsOf(events)) ? "valid" : "invalid";
    if (check(pairEvents(events), { stepsMax: 100_000 }).valid !== expected) return round;
  }
  return null;
}

const mutants: readonly (readonly [name: string, file: string, from: string, to: string])[] = [
  ["forgets the order in time between values", "distinct.ts", "held.s > zone.f && held.f < zone.s", "false"],
  ["forgets the order in time inside a chain of cas", "distinct.ts", "if (link.f < chain.s)", "if (false)"],
  ["lets two cas replace the same value", "distinct.ts", "if (other !== NONE)", "if (false)"],
  [
    "believes every read",
    "search.ts",
    "if (this.#input.automaton.next(state, level.reads[i + 1] ?? 0) === NO_STEP) continue;",
    "",
  ],
  [
    "remembers states without what is still owed",
    "configuration.ts",
    "let at = AVAILABLE;\n",
    "let at = AVAILABLE;\n  if (words > 0) return true;\n",
  ],
  ["lets a write hide operations that are no writes", "search.ts", "& ~(level.blind[word] ?? 0)", "& 0"],
  ["never lets a write hide another", "search.ts", "& ~(level.blind[word] ?? 0)", "& -1"],
  ["never lets a crashed operation take effect", "search.ts", "if (invoked === 0 ||", "if (invoked >= 0 ||"],
  ["forgets values one event too early", "search.ts", ">= level.end;", "> level.end;"],
  ["lets failed operations take effect", "register-history.ts", 'if (op.type === "fail") {', "if (false) {"],
  ["drops every operation of unknown outcome", "register-history.ts", "keep[i] = 1;", "keep[i] = 0;"],
  [
    "takes overlapping writes for overwritten",
    "sources.ts",
    "(end[i] ?? 0) >= overwrittenBefore) return true",
    "(end[i] ?? 0) > overwrittenBefore + 2) return true",
  ],
];

describe("the oracle has teeth: it catches a checker that", () => {
  test.each(mutants)("%s", async (_, file, from, to) => {
    expect(caughtAfter(await mutant(file, from, to))).not.toBeNull();
  });

  test("but not the checker as it is", async () => {
    expect(caughtAfter(await mutant("merge.ts", "EXPLAINED_MAX = 10", "EXPLAINED_MAX = 10 "))).toBeNull();
  });
});
