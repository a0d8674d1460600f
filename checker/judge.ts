/** Every checker over one history, and what they come to for the claims of a test. Pure: `kvtest check` is this alone. */

import { checkStrongest } from "./consistency/strongest.js";
import { checkConvergence } from "./convergence/convergence.js";
import type { History, Operation } from "./history/operation.js";
import { checkLinearizable, type LinearizableOptions } from "./linearizability/check.js";
import { checkPerformance } from "./performance/performance.js";
import { checkAtomicity } from "./staleness/atomicity.js";
import { checkStaleness } from "./staleness/staleness.js";
import { checkVacuity } from "./vacuity/vacuity.js";
import { SEVERITY, type Validity, type Verdict, worst } from "./verdict.js";
import { checkWorkload, checkerOf, type JudgedWorkload, WORKLOAD_CHECKERS } from "./workload/workload.js";

export { checkerOf, type JudgedWorkload };

/** Properties that a test may claim: the names of the checkers that decide them. */
export const CLAIMS = ["linearizable", "consistency", "fresh", "converges", ...WORKLOAD_CHECKERS] as const;
export type Claim = (typeof CLAIMS)[number];

export interface JudgeOptions {
  /** What the operations are; default: reads, writes and cas of registers. It decides which checkers look. */
  readonly workload?: JudgedWorkload;
  readonly claims: readonly Claim[];
  /** The models that the claim "consistency" is about, by any of their names; default: linearizable. Registers only. */
  readonly consistency?: readonly string[];
  /** Ids of the faults that were planned; each must have bitten for a run to count as a test. */
  readonly plannedFaults: readonly string[];
  /** Do not ask for ok reads, ok writes and faults that bit. */
  readonly allowVacuous: boolean;
  /** Replicas that differ have diverged only if they were read so long after the last fault and write. */
  readonly patienceMs: number;
  /** So many replicas hold a key; absent: every one holds every key. */
  readonly replicas?: number;
  /** Budget of the linearizability search, in steps. */
  readonly stepsMax?: number;
  /** What the operations mean; default: found from their names. */
  readonly model?: LinearizableOptions["model"];
  /** Ask nobody but those who decide; the others, which may take longer, are not told. Default false. */
  readonly onlyClaims?: boolean;
  /** Verdicts reached elsewhere already (on other threads), by the names of their checkers. */
  readonly decided?: { readonly [checker: string]: Verdict<unknown> };
}

/** `verdict.json`: the worst of the claimed checkers; the others are told but do not decide. */
export interface RunVerdict {
  readonly format: 1;
  readonly valid: Validity;
  /** One or two sentences for people. */
  readonly because: string;
  /** Names of the checkers whose verdict counts. */
  readonly claims: readonly string[];
  readonly verdicts: readonly Verdict<unknown>[];
}

/** `of`: what another checker says, asked once. null: the history is not of the kind that it looks at. */
type Check = (
  history: History,
  options: JudgeOptions,
  of: (checker: string) => Verdict<unknown> | null,
) => Verdict<unknown> | null;

/** Steps of the search for an order in which every read returns one of the two latest writes: about a second. */
const K_STEPS_MAX = 1e7;

/** Of registers only: other operations mean nothing to these. */
const REGISTER_CHECKERS: { readonly [name: string]: Check } = {
  linearizable: (history, { stepsMax, model }) =>
    checkLinearizable(history, {
      ...(stepsMax === undefined ? {} : { stepsMax }),
      ...(model === undefined ? {} : { model }),
    }),
  consistency: (history, { consistency }, of) => {
    const linearizable = of("linearizable");
    return checkStrongest(history, {
      ...(consistency === undefined ? {} : { claimed: consistency }),
      ...(linearizable === null ? {} : { linearizable }),
    });
  },
  fresh: checkStaleness,
  "k-atomic": (history, _, of) => {
    if (!history.operations.every(isOfRegister)) return null;
    return checkAtomicity(history, { stepsMax: K_STEPS_MAX, linearizable: of("linearizable")?.valid === "valid" });
  },
};

const OF_REGISTERS: ReadonlySet<string> = new Set(["read", "write", "cas", "dump"]);
const isOfRegister = ({ f, type }: Operation): boolean => type === "fail" || OF_REGISTERS.has(f);

/** Of every history. */
const GENERAL_CHECKERS: { readonly [name: string]: Check } = {
  converges: (history, { patienceMs, replicas }) =>
    checkConvergence(history, { patienceMs, ...(replicas === undefined ? {} : { replicas }) }),
  "not-vacuous": (history, { plannedFaults }) => checkVacuity(history, { plannedFaults }),
  statistics: checkPerformance,
};

function checkersFor(workload: JudgedWorkload | undefined): { readonly [name: string]: Check } {
  const name = workload === undefined ? null : checkerOf(workload.name);
  if (workload === undefined || name === null) return { ...REGISTER_CHECKERS, ...GENERAL_CHECKERS };
  return { [name]: (history) => checkWorkload(history, workload), ...GENERAL_CHECKERS };
}

export function judge(history: History, options: JudgeOptions): RunVerdict {
  const checkers = checkersFor(options.workload);
  const answers = new Map<string, Verdict<unknown> | null>(Object.entries(options.decided ?? {}));
  const of = (name: string): Verdict<unknown> | null => {
    const known = answers.get(name);
    if (known !== undefined) return known;
    const answer = safely(name, () => checkers[name]?.(history, options, of) ?? null);
    answers.set(name, answer);
    return answer;
  };
  const claims: readonly string[] = options.allowVacuous ? options.claims : [...options.claims, "not-vacuous"];
  const asked = Object.keys(checkers).filter((name) => options.onlyClaims !== true || claims.includes(name));
  const verdicts = asked.flatMap((name) => of(name) ?? []);
  // A claim that nobody looked into must not pass in silence (C2).
  for (const claim of claims.filter((each) => !verdicts.some(({ checker }) => checker === each))) {
    const because = `no checker of ${options.workload?.name ?? "registers"} decides it`;
    verdicts.push({ valid: "unknown", checker: claim, because, witness: [], details: null });
  }
  const deciding = verdicts.filter(({ checker }) => claims.includes(checker));
  return { format: 1, valid: worst(deciding), because: sentence(deciding), claims, verdicts };
}

/** The reasons of those that decide, worst first; of a valid run, what was found to hold. */
function sentence(deciding: readonly Verdict<unknown>[]): string {
  const valid = worst(deciding);
  if (valid === "valid") {
    const held = deciding.filter(({ checker }) => checker !== "not-vacuous").map(({ because }) => because);
    return held.length === 0 ? "nothing was claimed" : held.join("; ");
  }
  return deciding
    .filter((verdict) => verdict.valid !== "valid")
    .toSorted((a, b) => SEVERITY[b.valid] - SEVERITY[a.valid])
    .map((verdict) => `${headOf(verdict)}: ${verdict.because}`)
    .join("; ");
}

/** What a checker's answer comes to, in a word or two; of those that are named after an object the object. */
const HEADS: { readonly [checker: string]: { readonly invalid: string; readonly unknown: string } } = {
  linearizable: { invalid: "not linearizable", unknown: "unknown whether linearizable" },
  fresh: { invalid: "stale reads", unknown: "unknown whether reads are fresh" },
  converges: { invalid: "replicas differ or lost something", unknown: "unknown whether the replicas converge" },
  "not-vacuous": { invalid: "vacuous", unknown: "unknown" },
};

function headOf({ checker, valid }: Verdict<unknown>): string {
  const head = HEADS[checker];
  if (head === undefined) return valid === "invalid" ? checker : `unknown, ${checker}`;
  return valid === "invalid" ? head.invalid : head.unknown;
}

/** A checker that throws is a bug of ours: the answer is unknown (C2), never a pass, and the others still speak. */
function safely(name: string, check: () => Verdict<unknown> | null): Verdict<unknown> | null {
  try {
    return check();
  } catch (error) {
    const because = `the checker failed: ${error instanceof Error ? error.message : String(error)}`;
    return { valid: "unknown", checker: name, because, witness: [], details: null };
  }
}
