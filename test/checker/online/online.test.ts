import { describe, expect, test } from "vitest";
import type { OpEvent } from "../../../checker/history/event.js";
import { eventsOfPicture } from "../../../checker/history/picture.js";
import { pairEvents } from "../../../checker/history/pair.js";
import { checkLinearizable } from "../../../checker/linearizability/check.js";
import { OnlineRegister, type Violation } from "../../../checker/online/online.js";
import { drawsOf, randomEvents } from "../linearizability/random.js";

const seed = Number(process.env["SEED"] ?? 88);

/** The first violation, and the number of events after which it was found. */
function firstOf(events: readonly OpEvent[]): { found: Violation; after: number } | null {
  const online = new OnlineRegister();
  for (const [i, event] of events.entries()) {
    const found = online.push(event);
    if (found !== null) return { found, after: i + 1 };
  }
  return null;
}

const isLegal = (events: readonly OpEvent[]): boolean =>
  checkLinearizable(pairEvents(events), { model: "cas-register" }).valid === "valid";

/** After how many events the history is illegal for the first time; legal beginnings come before illegal ones. */
function illegalAfter(events: readonly OpEvent[]): number | null {
  if (isLegal(events)) return null;
  let [legal, illegal] = [0, events.length];
  while (illegal - legal > 1) {
    const middle = (legal + illegal) >> 1;
    if (isLegal(events.slice(0, middle))) legal = middle;
    else illegal = middle;
  }
  return illegal;
}

describe("while it runs", () => {
  test.each([
    [0, 0],
    [0.2, 0],
    [0.15, 0.1],
  ])("a violation is found at the event that completes it; unknown outcomes %s, failures %s", (info, fail) => {
    const draw = drawsOf(seed);
    const seen = { legal: 0, found: 0 };
    for (let round = 0; round < 1500; round++) {
      const shape = { processes: 4, operations: 14, values: "distinct" as const, cas: false, info, fail, lies: 0.08 };
      // A lie may repeat what a value was; written twice it never is.
      const events = randomEvents(draw, shape);
      const context = `seed ${seed}, round ${round}\n${events.map((e) => JSON.stringify(e)).join("\n")}`;
      const expected = illegalAfter(events);
      const first = firstOf(events);
      expect(first?.after ?? null, context).toBe(expected);
      if (first === null) seen.legal++;
      else {
        seen.found++;
        expect(first.found.witness.at(-1), context).toBe(first.after - 1);
        expect(
          first.found.witness.every((index) => index >= 0 && index < first.after),
          context,
        ).toBe(true);
        expect(first.found.because, context).not.toMatch(/undefined|null/);
      }
    }
    expect(Math.min(seen.legal, seen.found)).toBeGreaterThan(100);
  });

  test("with cas what is reported is always a proof, and most is found", () => {
    const draw = drawsOf(seed);
    const seen = { legal: 0, found: 0, missed: 0 };
    for (let round = 0; round < 2000; round++) {
      const shape = {
        processes: 4,
        operations: 12,
        values: "distinct" as const,
        cas: true,
        info: 0.1,
        fail: 0.1,
        lies: 0.1,
      };
      const events = randomEvents(draw, shape);
      const first = firstOf(events);
      const context = `seed ${seed}, round ${round}\n${events.map((e) => JSON.stringify(e)).join("\n")}\n${first?.found.because}`;
      if (first !== null) {
        seen.found++;
        expect(isLegal(events.slice(0, first.after)), context).toBe(false);
      } else if (isLegal(events)) seen.legal++;
      else seen.missed++;
    }
    expect(Math.min(seen.legal, seen.found)).toBeGreaterThan(100);
    expect(seen.missed / (seen.found + seen.missed)).toBeLessThan(0.2);
  });
});

test.each([
  [
    `0: |-w1-| |-w2-|
     1:               |-r1-|`,
    "read at 4 returned 1 (done at 5), but 2 had come after it: write of 1 by 0 was done at 1 before write of 2 by 2 began, and write of 2 by 2 was done at 3 before the read at 4 began",
    "stale read",
  ],
  [
    `0: |-------w1-------?
     1:   |-r1-|
     2:          |-r_-|`,
    "read at 3 returned nothing (done at 4), the initial value, but read at 1 returned 1 (done at 2) shows that it had been overwritten before the read began",
    "lost write",
  ],
  [`0: |-r7-|`, "read at 0 returned 7, which nobody had begun to write", "value never written"],
  [`0: |-w1-| |-c1,2-| |-c1,3-|`, "cas at 2 and cas at 4 both replaced 1, which was there only once", "lost update"],
])("the sentence names the operations: %s", (picture, because, pattern) => {
  const found = firstOf(eventsOfPicture(picture))?.found;
  expect([found?.because, found?.pattern]).toEqual([because, pattern]);
});

test("a write that never answers counts from its invocation on, once somebody saw it", () => {
  const found = firstOf(
    eventsOfPicture(`0: |-w1-|             |-r1-|
                     1:   |----------r2-|
                     2:        |-w2-`),
  );
  expect(found).toMatchObject({ after: 7, found: { pattern: "new-old inversion" } });
});

test("a key on which a value is written twice is left alone, the others are not", () => {
  const events = eventsOfPicture(`0: |-x.w1-| |-x.w1-| |-x.r7-|
                                  1:                              |-y.r7-|`);
  expect(firstOf(events)?.found.key).toBe("y");
});

test("an event of a long run is compared with as much as one of a short one: what is past is let go", () => {
  const online = new OnlineRegister();
  const draw = drawsOf(seed);
  let [index, value] = [0, 0];
  const push = (process: number, type: "invoke" | "ok", f: string, v: number | null): void => {
    const event: OpEvent = { index, time: index, process, type, f, key: null, value: v };
    index++;
    expect(online.push(event)).toBe(null);
  };
  const keptMost = (rounds: number): number => {
    let most = 0;
    for (let i = 0; i < rounds; i++) {
      const f = draw() < 0.5 ? "write" : "read";
      if (f === "write") value++;
      push(i % 7, "invoke", f, f === "write" ? value : null);
      push(i % 7, "ok", f, value === 0 ? null : value);
      most = Math.max(most, online.kept);
    }
    return most;
  };
  const early = keptMost(100);
  expect(early).toBeGreaterThan(2);
  expect(keptMost(20_000)).toBe(early);
});
