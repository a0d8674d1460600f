/**
 * What a test of one's own can expect of a history: `expect(history).toBeLinearizable()`.
 *
 * Plain functions of what they are given, so that Jest and others that have `expect.extend` can use them too.
 */

import type { HistoryEvent } from "../../checker/history/event.js";
import { AnyHistoryReader } from "../../checker/history/formats/any.js";
import type { History } from "../../checker/history/operation.js";
import { pairEvents } from "../../checker/history/pair.js";
import { type Claim, judge, type JudgeOptions } from "../../checker/judge.js";
import type { Verdict } from "../../checker/verdict.js";
import { parseExpectation } from "../config/expectation.js";
import { measureLimit } from "../suite/measure.js";

/** Text in any format that kvtest reads, events, or a history that is paired already. */
export type HistoryLike = string | Iterable<HistoryEvent> | History;

export interface MatcherResult {
  readonly pass: boolean;
  readonly message: () => string;
}

/** Options of the checkers; what a lone history cannot know, such as planned faults, is nothing by default. */
export type MatcherOptions = Partial<Pick<JudgeOptions, "stepsMax" | "model" | "patienceMs">>;

/** @throws where it is not a history: with every problem and its line */
export function historyOf(given: unknown): History {
  if (typeof given === "string") return historyOfText(given);
  if (isHistory(given)) return given;
  if (given !== null && typeof given === "object" && Symbol.iterator in given) {
    // Whoever hands over events says that they are some; `pairEvents` throws on the first that is not.
    return pairEvents(given as Iterable<HistoryEvent>);
  }
  throw new TypeError(`expected a history: its text, its events or a paired history; got ${typeof given}`);
}

function historyOfText(text: string): History {
  const reader = new AnyHistoryReader({ allowTruncatedTail: false });
  reader.push(new TextEncoder().encode(text));
  const read = reader.end();
  if (read.ok) return read.history;
  const problems = read.problems.map(({ line, message }) => (line === 0 ? message : `line ${line}: ${message}`));
  throw new Error(`not a history:\n${problems.join("\n")}`);
}

const isHistory = (given: unknown): given is History =>
  given !== null && typeof given === "object" && "operations" in given && "faults" in given;

function verdictOf(history: History, claim: Claim, options: MatcherOptions): Verdict<unknown> {
  const { verdicts } = judge(history, {
    claims: [claim],
    plannedFaults: [],
    allowVacuous: true,
    patienceMs: 0,
    ...options,
  });
  const found = verdicts.find(({ checker }) => checker === claim);
  if (found === undefined) throw new Error(`nobody decides ${claim}`);
  return found;
}

/**
 * Unknown is neither: it fails the matcher, and fails `.not` too. A history without a successful operation is unknown.
 */
function judged(
  claim: Claim,
  [verb, what]: readonly [string, string],
  isNot: boolean,
  [given, options]: readonly [unknown, MatcherOptions | undefined],
): MatcherResult {
  const history = historyOf(given);
  const verdict = verdictOf(history, claim, options ?? {});
  const vacuous = !history.operations.some(({ type }) => type === "ok");
  if (verdict.valid === "unknown" || (verdict.valid === "valid" && vacuous)) {
    const why = vacuous ? "no operation of it succeeded" : verdict.because;
    return { pass: isNot, message: () => `unknown whether the history ${verb} ${what}: ${why}` };
  }
  const pass = verdict.valid === "valid";
  return { pass, message: () => `expected that the history ${verb} ${isNot ? "not " : ""}${what}: ${verdict.because}` };
}

interface Context {
  readonly isNot?: boolean;
}

export const matchers = {
  /** Is there an order of its operations that explains every answer? */
  toBeLinearizable(this: Context, given: unknown, options?: MatcherOptions): MatcherResult {
    return judged("linearizable", ["is", "linearizable"], this.isNot === true, [given, options]);
  },
  /** Is no read proven to have returned a value that had been overwritten? */
  toHaveFreshReads(this: Context, given: unknown, options?: MatcherOptions): MatcherResult {
    return judged("fresh", ["has", "fresh reads only"], this.isNot === true, [given, options]);
  },
  /** Do all replicas agree in the end, with no acknowledged write lost? Needs their own states: `dump` operations. */
  toConverge(this: Context, given: unknown, options?: MatcherOptions): MatcherResult {
    return judged("converges", ["shows that", "its replicas converge"], this.isNot === true, [given, options]);
  },
  /** A limit in words, as in a suite: "p99 < 50ms during partition", "stale reads < 1 %". */
  toKeepTo(this: Context, given: unknown, limit: string): MatcherResult {
    const parsed = parseExpectation(limit);
    if (parsed.is !== "limit") {
      throw new Error(
        parsed.is === "problem" ? parsed.problem : `${JSON.stringify(limit)}: a claim has a matcher of its own`,
      );
    }
    const history = historyOf(given);
    const { verdicts, ...rest } = judge(history, { claims: [], plannedFaults: [], allowVacuous: true, patienceMs: 0 });
    const { holds, words } = measureLimit(parsed, history, { ...rest, verdicts });
    if (holds === null) return { pass: this.isNot === true, message: () => `unknown whether ${limit}: ${words}` };
    return { pass: holds, message: () => `${words}, expected ${this.isNot === true ? "not " : ""}${limit}` };
  },
};
