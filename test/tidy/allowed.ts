/** What may be longer than the rules say, and why. */

import type { Allowed } from "./sizes.js";

export const ALLOWED: Allowed = {
  "src/report/section/plots.ts#plotsOf": "one block for each plot of the page, in its order",
  "test/checker/linearizability/random.ts#randomEvents": "one loop over one state: the pretend clients of a register",
  "test/report/made.ts": "made-up histories: a fixture, read as a list",
  "test/checker/linearizability/quorum.ts#quorumEvents": "a small store in one piece: all of its parts share one clock",
  "test/report/made.ts#makeHistory": "the scheduler of those histories, one case after another",
};
