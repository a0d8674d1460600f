import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { matchers } from "../../src/vitest.js";
import { historyOf } from "../../src/vitest.js";
import { repoRoot } from "../cli/kvtest.js";

const lines = (...events: readonly string[]): string =>
  events
    .map((event) => {
      const [process, type, f, value = "null"] = event.split(" ");
      return `{"process":${process},"type":"${type}","f":"${f}","value":${value}}`;
    })
    .join("\n");
const FRESH = lines("0 invoke write 1", "0 ok write 1", "1 invoke read", "1 ok read 1");
const STALE = lines(
  "0 invoke write 1",
  "0 ok write 1",
  "0 invoke write 2",
  "0 ok write 2",
  "1 invoke read",
  "1 ok read 1",
);
const NOTHING = lines("0 invoke write 1", "0 info write 1");

/** What the matcher said when it failed; null when it passed. */
function said(run: () => void): string | null {
  try {
    run();
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

describe("what a history is expected to be", () => {
  test("linearizable, or not", () => {
    expect(FRESH).toBeLinearizable();
    expect(STALE).not.toBeLinearizable();
    expect(said(() => expect(STALE).toBeLinearizable())).toMatch(
      /expected that the history is linearizable: .*read at 4 returned 1/,
    );
    expect(said(() => expect(FRESH).not.toBeLinearizable())).toContain("expected that the history is not linearizable");
  });

  test("text, events and paired histories are all the same", () => {
    const paired = historyOf(STALE);
    expect(paired).not.toBeLinearizable();
    const events = STALE.split("\n").map((line, index) => ({
      ...(JSON.parse(line) as object),
      index,
      time: index,
      key: null,
    }));
    expect(events).not.toBeLinearizable();
    const kept = readFileSync(join(repoRoot, "runs/gallery/stale-read-from-a-follower/history.jsonl"), "utf8");
    expect(kept).not.toBeLinearizable();
    expect(kept).not.toHaveFreshReads();
    expect(kept).toConverge();
    expect(kept).toKeepTo("stale reads < 20 %");
    expect(kept).not.toKeepTo("stale reads < 1 %");
  });

  test("unknown is neither, so both the expectation and its opposite fail", () => {
    for (const [history, options] of [
      [NOTHING, {}],
      ["", {}],
    ] as const) {
      expect(said(() => expect(history).toBeLinearizable(options))).toContain("unknown whether");
      expect(said(() => expect(history).not.toBeLinearizable(options))).toContain("unknown whether");
    }
    // Nobody told the replicas' own states, and there was no fault.
    expect(said(() => expect(FRESH).toConverge())).toContain("unknown whether");
    expect(said(() => expect(FRESH).not.toConverge())).toContain("unknown whether");
    expect(said(() => expect(FRESH).toKeepTo("p99 < 1ms during partition"))).toContain("there was no partition");
    expect(said(() => expect(FRESH).not.toKeepTo("p99 < 1ms during partition"))).toContain("there was no partition");
  });

  test("options of the checkers are theirs", () => {
    const queue = lines("0 invoke enqueue 1", "0 ok enqueue 1", "1 invoke dequeue", "1 ok dequeue 2");
    expect(queue).not.toBeLinearizable({ model: "queue", stepsMax: 1000 });
  });

  test("what is no history, and no limit, is told", () => {
    expect(said(() => expect("{}\nrubbish").toBeLinearizable())).toMatch(/not a history:\n.*line 1/);
    expect(said(() => expect(7).toBeLinearizable())).toContain("got number");
    expect(said(() => expect(FRESH).toKeepTo("speed < 3"))).toContain("speed");
    expect(said(() => expect(FRESH).toKeepTo("linearizable"))).toContain("matcher of its own");
  });
});

test("every matcher is there for expect.extend elsewhere", () => {
  expect(Object.keys(matchers)).toEqual(["toBeLinearizable", "toHaveFreshReads", "toConverge", "toKeepTo"]);
});
