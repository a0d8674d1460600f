import { describe, expect, test } from "vitest";
import { QUORUM_BUGS } from "../../../src/replica/protocol/quorum/bugs.js";
import { caughtAt } from "./dynamo-run.js";
import { type QuorumBug, SHOWN } from "./quorum-bugs.js";

/** Seeds without the bug; the soak takes 200. */
const CLEAN = Number(process.env["CLEAN_SEEDS"] ?? 10);
const SEEDS_MAX = 2000;

describe("planted into every node, each bug is caught; without it there is no alarm", () => {
  for (const { name, words } of QUORUM_BUGS) {
    test(`${name}: ${words}`, () => {
      const { options, holds } = SHOWN[name satisfies QuorumBug];
      expect(caughtAt(SEEDS_MAX, { ...options, bug: name }, holds), "caught").not.toBeNull();
      expect(caughtAt(CLEAN, options, holds), "a false alarm").toBeNull();
    }, 600_000);
  }
});
