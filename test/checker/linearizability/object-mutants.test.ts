import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { describe, expect, test } from "vitest";
import { pairEvents } from "../../../checker/history/pair.js";
import { lineOf } from "../../../checker/history/write.js";
import { checkLinearizable } from "../../../checker/linearizability/check.js";
import type { DistinctStream } from "../../../checker/linearizability/stream/stream.js";
import { modelNamed } from "../../../checker/model/models.js";
import type { OnlineRegister } from "../../../checker/online/online.js";
import { bruteForceOf, randomObjectEvents } from "./objects.js";
import { drawsOf, randomEvents } from "./random.js";

const checker = join(dirname(fileURLToPath(import.meta.url)), "../../../checker");

/** A module with one piece of one file replaced. */
async function mutant<Module>(entry: string, [file, from, to]: readonly [string, string, string]): Promise<Module> {
  const source = await readFile(join(checker, file), "utf8");
  expect(source.split(from), `${file} holds the piece to replace exactly once`).toHaveLength(2);
  const built = await build({
    entryPoints: [join(checker, entry)],
    bundle: true,
    write: false,
    format: "esm",
    plugins: [
      {
        name: "mutate",
        setup: (hooks) => {
          hooks.onLoad({ filter: new RegExp(`${file.replaceAll(".", "\\.")}$`) }, () => ({
            contents: source.replace(from, () => to),
            loader: "ts",
          }));
        },
      },
    ],
  });
  const text = Buffer.from(built.outputFiles[0]!.contents).toString("base64");
  return (await import(`data:text/javascript;base64,${text}`)) as Module;
}

const CHECK = "linearizability/check.ts";
const NAMES = ["queue", "stack", "set", "kv"] as const;

function caughtOnObjects({ checkLinearizable: check }: { checkLinearizable: typeof checkLinearizable }): boolean {
  const draw = drawsOf(3);
  for (let round = 0; round < 6000; round++) {
    const name = NAMES[round % NAMES.length]!;
    const values = round % 3 === 0 ? 3 : "distinct";
    const shape = { processes: 4, operations: 8, values, info: round % 5 === 0 ? 0.2 : 0, lies: 0.3 } as const;
    const history = pairEvents(randomObjectEvents(draw, name, shape));
    const { valid } = check(history, { model: name });
    if (valid !== "unknown" && (valid === "valid") !== bruteForceOf(modelNamed(name), history.operations)) return true;
  }
  return false;
}

const distinct = (draw: () => number, round: number) =>
  randomEvents(draw, {
    processes: 4,
    operations: 10,
    values: "distinct",
    cas: round % 2 === 0,
    info: round % 3 === 0 ? 0.2 : 0,
    fail: 0.05,
    lies: 0.12,
  });

function caughtOnStreams({ DistinctStream: Stream }: { DistinctStream: typeof DistinctStream }): boolean {
  const draw = drawsOf(4);
  for (let round = 0; round < 6000; round++) {
    const events = distinct(draw, round);
    const stream = new Stream();
    stream.push(Buffer.from(events.map((event) => `${lineOf(event)}\n`).join("")));
    const answer = stream.end().is;
    if (answer !== "declined" && answer !== checkLinearizable(pairEvents(events)).valid) return true;
  }
  return false;
}

function caughtOnline({ OnlineRegister: Online }: { OnlineRegister: typeof OnlineRegister }): boolean {
  const draw = drawsOf(5);
  for (let round = 0; round < 8000; round++) {
    const shape = {
      processes: 5,
      operations: 24,
      values: "distinct",
      cas: false,
      info: 0.2,
      fail: 0,
      lies: 0.04,
    } as const;
    const all = randomEvents(draw, shape);
    // Some cut anywhere: what completes later must not be needed to tell.
    const events = round % 2 === 1 ? all : all.slice(0, 1 + Math.floor(draw() * all.length));
    const online = new Online();
    const found = events.some((event) => online.push(event) !== null);
    if (found !== (checkLinearizable(pairEvents(events)).valid === "invalid")) return true;
  }
  return false;
}

describe("the oracle catches", () => {
  test.each([
    [
      "a queue in which the last in may be out first",
      "monitor/queue.ts",
      "< latestTake) return true",
      "< Math.min(0, latestTake)) return true",
    ],
    ["a queue that forgets who is still inside", "monitor/queue.ts", "(putEnd[a] ?? 0) >= (putStart[b] ?? 0)", "true"],
    ["a container that is empty when it likes", "monitor/elements.ts", "low > 0 && end <", "low > 99 && end <"],
    [
      "a container that hands out an element twice",
      "monitor/elements.ts",
      "element === -1 || taken[element] !== undefined",
      "element === -1",
    ],
    [
      "a stack without a bottom",
      "monitor/stack.ts",
      'if (bottoms.length === 0) return "invalid";',
      "if (bottoms.length === 0) continue;",
    ],
    ["a stack whose bottom may come out first", "monitor/stack.ts", "&& (takeEnd[element] ?? 0) >= to", ""],
    ["a set that contains what was removed", "monitor/set.ts", "|| op.invoked > gone", ""],
    [
      "a set that forgets what it contains",
      "monitor/set.ts",
      "op.result === true || op.invoked <= from",
      "op.result !== null || op.invoked <= from",
    ],
    ["a string that no put can start anew", "foresight.ts", "goal.restartUntil >= moment ||", ""],
    [
      "a string whose past is not looked at",
      "kv-contradiction.ts",
      "firstAfter(this.#puts, endOf(get))",
      "firstAfter(this.#puts, before.invoked)",
    ],
  ])("%s", async (_, file, from, to) => {
    expect(caughtOnObjects(await mutant(CHECK, [`linearizability/${file}`, from, to]))).toBe(true);
  });

  test.each([
    [
      "a stream that never compares zones",
      "sweep.ts",
      "before.last > zone.first &&",
      "before.last > zone.last + 99 &&",
    ],
    [
      "a stream that forgets the order inside a chain",
      "sweep.ts",
      "if (first < zone.last)",
      "if (first < zone.last - 99)",
    ],
    ["a stream that lets two cas replace one value", "sweep.ts", "if (twin !== NONE)", "if (twin === -2)"],
    ["a stream that counts every crashed cas", "sweep.ts", "|| observed[value] === 1", "|| observed[value] !== 2"],
    ["a stream that believes failed writes", "columns.ts", "    this.wrote[to] = NONE;\n", ""],
    ["a stream that takes any value", "sweep.ts", "if (wrote !== NONE && wrote < seen) continue;", "continue;"],
    [
      "a stream to which the latest change is none",
      "columns.ts",
      "(this.done[value] ?? 0) < latest",
      "(this.done[value] ?? 0) > latest",
    ],
  ])("%s", async (_, file, from, to) => {
    const entry = "linearizability/stream/stream.ts";
    expect(caughtOnStreams(await mutant(entry, [`linearizability/stream/${file}`, from, to]))).toBe(true);
  });

  test.each([
    ["a watch that sees clashes everywhere", "?? Number.POSITIVE_INFINITY) < began", "?? 0) >= 0"],
    ["a watch that lets go too early", "certain < 2", "certain < 1"],
    [
      "a watch that looks at the last only",
      "if (other !== held &&",
      "if (other !== held && other === this.#listed[0] &&",
    ],
  ])("%s", async (_, from, to) => {
    expect(caughtOnline(await mutant("online/online.ts", ["online/online-key.ts", from, to]))).toBe(true);
  });

  test("but not what is as it should be", async () => {
    const [file, piece] = ["linearizability/merge.ts", "EXPLAINED_MAX = 10"];
    expect(caughtOnObjects(await mutant(CHECK, [file, piece, `${piece} `]))).toBe(false);
    expect(caughtOnStreams(await mutant("linearizability/stream/stream.ts", [file, piece, `${piece} `]))).toBe(false);
    const same = ["online/online-key.ts", "LISTED_MAX = 1000", "LISTED_MAX = 1000 "] as const;
    expect(caughtOnline(await mutant("online/online.ts", same))).toBe(false);
  });
});
