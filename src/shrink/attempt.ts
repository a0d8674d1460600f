/** Does a smaller run still break the promise? Asked of simulations, which are quick, or of real runs. */

import type { RunVerdict } from "../../checker/judge.js";
import { simulate } from "../run/simulate.js";
import type { Subject } from "./candidate.js";
import type { Try } from "./shrink.js";

/** The claims that a verdict refutes; a smaller run must refute one of the same. */
export const brokenClaims = ({ verdicts, claims }: RunVerdict): readonly string[] =>
  verdicts
    .filter(({ checker, valid }) => valid === "invalid" && claims.includes(checker))
    .map(({ checker }) => checker);

export const breaks = (verdict: RunVerdict, broken: readonly string[]): boolean =>
  verdict.verdicts.some(({ checker, valid }) => valid === "invalid" && broken.includes(checker));

/** The run's own seed first, then others. */
const seedsOf = ({ test }: Subject, tries: number): readonly number[] =>
  Array.from({ length: tries }, (_, i) => (test.seed + i) % 2 ** 32);

/** In virtual time: what a seed shows it shows every time. */
export const simulatedTry =
  (broken: readonly string[], tries: number, signal: AbortSignal): Try =>
  async (subject) => {
    for (const seed of seedsOf(subject, tries)) {
      if (signal.aborted) return null;
      const { verdict } = await simulate({ ...subject.test, seed }, subject.plan, {
        allowVacuous: true,
        onlyClaims: true,
      });
      if (breaks(verdict, broken)) return seed;
    }
    return null;
  };

/** In real runs: each takes its time, and shows what it shows with luck. */
export const realTry =
  (
    broken: readonly string[],
    tries: number,
    signal: AbortSignal,
    runOnce: (subject: Subject) => Promise<RunVerdict>,
  ): Try =>
  async (subject) => {
    for (const seed of seedsOf(subject, tries)) {
      if (signal.aborted) return null;
      if (breaks(await runOnce({ ...subject, test: { ...subject.test, seed } }), broken)) return seed;
    }
    return null;
  };
