import { expect, test } from "vitest";
import { checkSession, historyOfPicture } from "../../checker/index.js";
import { roamingSessions } from "../../src/matrix/outcome.js";

test("operations of several clients that follow each other are a session that goes from node to node", () => {
  const history = historyOfPicture(`
    0: |-w1-|
    1:        |-r_-|`);
  // Each client alone is content: the first only writes, the second wrote nothing.
  expect(checkSession(history, "read-your-writes").valid).toBe("valid");
  const roaming = roamingSessions(history);
  expect(new Set(roaming.operations.map(({ process }) => process)).size).toBe(1);
  expect(checkSession(roaming, "read-your-writes").valid).toBe("invalid");
});

test("operations that overlap are never one session, nor is anything after an indefinite one", () => {
  const overlapping = roamingSessions(
    historyOfPicture(`
    0: |-----w1-----|
    1:    |-r_-|`),
  );
  expect(new Set(overlapping.operations.map(({ process }) => process)).size).toBe(2);
  const open = roamingSessions(
    historyOfPicture(`
    0: |-w1-
    1:         |-r_-|`),
  );
  expect(new Set(open.operations.map(({ process }) => process)).size).toBe(2);
});
