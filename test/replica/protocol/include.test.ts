/** Sets in lists: an element is put there if it is not there yet, which takes a look and then a write. */

import { describe, expect, test } from "vitest";
import { ISOLATIONS } from "../../../src/config/config.js";
import type { Isolation, Json, MicroOp, Reply } from "../../../src/replica/wire.js";
import { Alone, leaderConfig, replies } from "./alone.js";

const leaderAt = (isolation: Isolation): Alone =>
  new Alone(leaderConfig({ writeQuorum: 0, isolation, txnStepDelayMs: [1, 1] }));
/** What is answered while all that is under way comes to its end. */
const finish = (leader: Alone): Reply[] =>
  Array.from({ length: 30 }, () => replies(leader.fire("txn-step", leader.nowMs + 1))).flat();
const ok = (...value: readonly Json[]): Reply => ({ ok: true, value });
const include = (element: Json): MicroOp => ["include", "l", element];

describe("an element that goes into a list which does not hold it", () => {
  test("is there once, however often it is put there", () => {
    const leader = leaderAt("serializable");
    leader.ask({ op: "txn", ops: [include(1), include(2), include(1), ["r", "l", null]] });
    expect(finish(leader)).toEqual([ok(include(1), include(2), include(1), ["r", "l", [1, 2]])]);
    leader.ask({ op: "txn", ops: [["w", "l", 5], include(1)] });
    expect(finish(leader)).toEqual([{ ok: false, error: "mismatch", message: "l is 5, not a list" }]);
  });

  test("is lost at read-committed when another goes in meanwhile, and at no stronger level", () => {
    for (const isolation of ISOLATIONS) {
      const leader = leaderAt(isolation);
      leader.ask({ op: "txn", ops: [include(1)] });
      leader.ask({ op: "txn", ops: [include(2)] });
      const done = finish(leader).filter((reply) => reply.ok).length;
      const [held] = replies(leader.read("l"));
      expect([isolation, done, held]).toEqual([
        isolation,
        isolation === "snapshot" ? 1 : 2,
        ok(...(isolation === "serializable" ? [1, 2] : isolation === "snapshot" ? [1] : [2])),
      ]);
    }
  });
});

test("a transaction that only reads is the leader's as well, where reads are", () => {
  const n3 = new Alone(leaderConfig({ readFrom: "leader" }), "n3");
  const [reply] = replies(n3.ask({ op: "txn", ops: [["r", "x", null]] }));
  expect(reply).toMatchObject({ error: "not-leader", leader: "n1" });
});
