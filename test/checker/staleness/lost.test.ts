import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { checkConvergence } from "../../../checker/convergence/convergence.js";
import { readHistory } from "../../../checker/history/read.js";
import { pairEvents } from "../../../checker/history/pair.js";
import { historyOfPicture } from "../../../checker/history/picture.js";
import { checkLinearizable } from "../../../checker/linearizability/check.js";
import { checkStaleness } from "../../../checker/staleness/staleness.js";
import { drawsOf, randomEvents } from "../linearizability/random.js";

const gone = (picture: string) => {
  const { because, details } = checkStaleness(historyOfPicture(picture));
  return { because, lost: (details.lost ?? []).map(({ value, readsAfter }) => [value, readsAfter]) };
};

test("an acknowledged write that no read shows at the end is gone, and told with how many reads say so", () => {
  const { because, lost } = gone(`
    0: |-w1-| |-w2-|
    1:               |-r1-| |-r1-|`);
  expect(lost).toEqual([[2, 2]]);
  expect(because).toContain(
    "1 acknowledged write is gone at the end: 2, written by 2 (ok at 3), which none of the 2 reads after the last write shows.",
  );
});

test("one read that shows it, something that overlapped it, or something later, is enough", () => {
  for (const picture of [
    `
    0: |-w1-| |-w2-|
    1:               |-r1-| |-r2-|`,
    `
    0: |-w1-| |-w2-|
    1:         |-w3-|
    2:               |-r3-|`,
    `
    0: |-w1-| |-w2-|
    1:      |--w3------------------
    2:               |-r3-|`,
    `
    0: |-w1-| |-w2-|    |-w1-|
    2:                         |-r1-|`,
  ])
    expect(gone(picture).lost, picture).toEqual([]);
});

test("without two reads after the last write nobody can tell", () => {
  for (const picture of [
    `
    0: |-w1-| |-w2-|
    1:          |-r1-|  |-r1-|`,
    `
    0: |-w1-| |-w2-|
    1:          |-r1-|`,
  ])
    expect(gone(picture).lost, picture).toEqual([]);
});

test("a history with a write that is gone is not linearizable, and has a stale read", () => {
  const seed = 11;
  const draw = drawsOf(seed);
  let [some, none] = [0, 0];
  for (let round = 0; round < 10_000; round++) {
    const values = round % 2 === 0 ? "distinct" : 3;
    const events = randomEvents(draw, {
      processes: 2,
      operations: 6,
      values,
      cas: round % 3 === 0,
      info: 0.05,
      fail: 0.05,
      lies: 0.9,
    });
    const history = pairEvents(events);
    const { valid, details } = checkStaleness(history);
    if (details.lostCount === 0) {
      none++;
      continue;
    }
    some++;
    expect([checkLinearizable(history).valid, valid], `seed ${seed}, round ${round}`).toEqual(["invalid", "invalid"]);
  }
  expect(some).toBeGreaterThan(60);
  expect(none).toBeGreaterThan(100);
});

test("a recorded run of a store that keeps what comes last: reads and replicas tell the same loss", () => {
  // One key of `kvtest run --mode gossip --versioning none --anti-entropy 200 --nemesis partition,kill --seed 3`.
  const read = readHistory(readFileSync(new URL("lost-write.jsonl", import.meta.url), "utf8"));
  if (!read.ok) throw new Error("the recorded run cannot be read");
  const lost = { key: "k1", value: 7, invoked: 13 };
  expect(checkStaleness(read.history).details).toMatchObject({ lostCount: 1, lost: [{ ...lost, readsAfter: 10 }] });
  expect(checkConvergence(read.history, { patienceMs: 0 }).details).toMatchObject({ lostCount: 1, lost: [lost] });
});
