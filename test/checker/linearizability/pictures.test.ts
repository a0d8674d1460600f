import { describe, expect, test } from "vitest";
import { historyOfPicture } from "../../../checker/history/picture.js";
import { checkLinearizable } from "../../../checker/linearizability/check.js";

const check = (picture: string) => checkLinearizable(historyOfPicture(picture));

describe("linearizable", () => {
  test.each<[claim: string, picture: string]>([
    ["nothing happened", ""],
    ["a register begins as null", "0: |-r_-|"],
    [
      "a read beside a write may see it or not",
      `0: |-------w1-------|
       1:   |-r_-|  |-r1-|`,
    ],
    [
      "intervals that touch overlap",
      `0: |-w1-|
       1:      |-r_-|`,
    ],
    [
      "a write of unknown outcome may take effect long after",
      `0: |-w1-?
       1:       |-w2-| |-r2-| |-r1-| |-r1-|`,
    ],
    [
      "a write of unknown outcome may never take effect",
      `0: |-w1-?
       1:       |-r_-|  |-r_-|`,
    ],
    [
      "a crashed cas explains what a read saw",
      `0: |-w1-| |-c1,2-?
       1:                |-r1-| |-r2-|`,
    ],
    [
      "two crashed writes of one value explain two returns to it",
      `0: |-w1-?
       1: |-w1-?
       2:        |-w2-| |-r2-| |-r1-| |-w3-| |-r3-| |-r1-|`,
    ],
    [
      "keys are registers of their own",
      `0: |-x.w1-| |-y.r_-|
       1: |-y.w2-|       |-y.r2-|`.replace("y.r_", "x.r1"),
    ],
    [
      "crashed cas that only explain each other may both not have happened",
      `0: |-c_,2-|
       1:         |-c1,3-?
       2:           |-c3,1-?`,
    ],
    [
      "a failed write is no write",
      `0: |-w1-| |-w2-!
       1:               |-r1-|`,
    ],
    [
      "values need not be numbers",
      `0: |-wapple-| |-capple,pear-|
       1:                          |-rpear-|`,
    ],
  ])("%s", (_, picture) => {
    expect(check(picture)).toMatchObject({ valid: "valid", witness: [] });
  });
});

describe("not linearizable", () => {
  test.each<[claim: string, pattern: string, because: string, picture: string]>([
    [
      "once seen, a write is never unseen",
      "new-old inversion",
      "read at 1 returned 1 (done at 2), then read at 3 returned nothing, which is older",
      `0: |-------w1-------|
       1:   |-r1-|
       2:          |-r_-|`,
    ],
    [
      "an overwritten value is not read again",
      "stale read",
      "read at 4 returned 1, but write of 2 by 2 (done at 3) had overwritten it before the read began",
      `0: |-w1-| |-w2-|
       1:               |-r1-|`,
    ],
    [
      "the same, with values that are written again and again",
      "stale read",
      "read at 8 returned 1, but write of 2 by 6 (done at 7) had overwritten it before the read began",
      `0: |-w1-| |-w2-| |-w1-| |-w2-|
       1:                             |-r1-|`,
    ],
    [
      "an acknowledged write is there",
      "lost write",
      "read at 2 returned nothing, the initial value, but write of 1 by 0 (done at 1) had set it before the read began",
      `0: |-w1-|
       1:        |-r_-|`,
    ],
    [
      "nobody reads what nobody wrote",
      "value never written",
      "read at 2 returned 7, which nobody wrote",
      `0: |-w1-|
       1:        |-r7-|`,
    ],
    [
      "nobody reads a write that failed",
      "read of a failed write",
      "read at 2 returned 7, but write of 7 by 0 had definitely failed",
      `0: |-w7-!
       1:        |-r7-|`,
    ],
    [
      "nobody reads a write that has not begun",
      "read from the future",
      "read at 0 returned 1 (done at 1), but write of 1 by 2 began only after that",
      `0:         |-w1-|
       1:  |-r1-|`,
    ],
    [
      "one value is replaced once",
      "lost update",
      "cas from 1 to 2 at 2 and cas from 1 to 3 at 3 both replaced 1, which only write of 1 by 0 had set, once",
      `0: |-w1-| |-c1,2-|
       1:         |-c1,3-|`,
    ],
    [
      "nor is the initial value",
      "lost update",
      "cas from nothing to 2 at 0 and cas from nothing to 3 at 1 both replaced nothing, which is there only once, at the start",
      `0: |-c_,2-|
       1:  |-c_,3-|`,
    ],
    [
      "a cas does not replace what is gone",
      "stale cas",
      "cas from 1 to 3 at 4, but write of 2 by 2 (done at 3) had overwritten it before the cas began",
      `0: |-w1-| |-w2-|
       1:               |-c1,3-|`,
    ],
    [
      "one crashed write explains one return, not two",
      "no order",
      "",
      `0: |-w1-?
       1:        |-w2-| |-r2-| |-r1-| |-w3-| |-r3-| |-r1-|`,
    ],
    [
      "a circle of cas has no first",
      "no order",
      "cas from 2 to 1 at 1 saw what cas from 1 to 2 at 0 wrote; but cas from 1 to 2 at 0 saw what cas from 2 to 1 at 1 wrote",
      `0: |-c1,2-|
       1: |-c2,1-|`,
    ],
  ])("%s", (_, pattern, because, picture) => {
    const verdict = check(picture);
    expect(verdict.valid).toBe("invalid");
    const [found] = verdict.details.counterexamples;
    expect(found?.pattern).toBe(pattern);
    if (because !== "") expect(found?.because).toBe(because);
  });
});

describe("the verdict", () => {
  const stale = `0: |-a.w1-| |-b.w5-| |-a.w2-| |-b.r5-| |-a.w9-|
                 1:                              |-a.r1-|      |-b.r5-|`;

  test("names the events that prove it, and no others", () => {
    const verdict = check(stale);
    expect(verdict).toMatchObject({
      valid: "invalid",
      because: "key a: read at 7 returned 1, but write of 2 by 4 (done at 5) had overwritten it before the read began",
      witness: [0, 1, 4, 5, 7, 10],
    });
    expect(verdict.details).toMatchObject({ keys: 2, operations: 7, invalidKeys: ["a"], unknownKeys: [] });
  });

  test("is unknown, with how far it got, when the budget runs out", () => {
    const verdict = checkLinearizable(
      historyOfPicture(`0: |-w1-| |-w1-| |-w2-|
                        1:    |-w2-| |-w1-| |-r1-|`),
      { stepsMax: 0 },
    );
    expect(verdict.valid).toBe("unknown");
    expect(verdict.because).toContain("1 of 1 keys were not decided within 0 steps");
  });

  test("is unknown, not invalid, where the model does not know an operation", () => {
    const history = historyOfPicture("0: |-w1-| |-c1,2-|");
    expect(checkLinearizable(history, { model: "register" })).toMatchObject({
      valid: "unknown",
      because: "the model register knows no cas, as at 2",
    });
    expect(checkLinearizable(history, { model: "cas-register" }).valid).toBe("valid");
  });
});
