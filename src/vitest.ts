/** The door `kvtest/vitest`: importing it teaches vitest's `expect` what a history may be expected to be. */

import { expect } from "vitest";
import { type MatcherOptions, matchers } from "./vitest/matchers.js";

export { type HistoryLike, historyOf, type MatcherOptions, type MatcherResult, matchers } from "./vitest/matchers.js";

interface HistoryMatchers<R> {
  /** Is there an order of its operations that explains every answer? Unknown fails, and fails `.not` too. */
  toBeLinearizable(options?: MatcherOptions): R;
  /** Is no read proven stale? */
  toHaveFreshReads(options?: MatcherOptions): R;
  /** Do all replicas agree in the end, with no acknowledged write lost? */
  toConverge(options?: MatcherOptions): R;
  /** A limit in words: "p99 < 50ms during partition", "stale reads < 1 %". */
  toKeepTo(limit: string): R;
}

declare module "vitest" {
  // oxlint-disable-next-line typescript/no-empty-object-type, typescript/no-explicit-any
  interface Matchers<T = any> extends HistoryMatchers<T> {}
}

expect.extend(matchers);
