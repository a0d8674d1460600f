/** What a test of a suite expects, in words -> data: claims, and limits on what was measured. Pure. */

import { CLAIMS, type Claim } from "../../checker/judge.js";
import { FAULT_KINDS } from "../../nemesis/fault.js";

export const COMPARISONS = ["<=", ">=", "<", ">", "="] as const;

/** What can be limited, and the unit in which `Limit.bound` is. */
export const MEASURES = {
  p50: "ms",
  p95: "ms",
  p99: "ms",
  max: "ms",
  mean: "ms",
  /** Share of reads, 0..1. */
  "stale reads": "share",
  /** How long the stalest read's value had been overwritten. */
  staleness: "ms",
  availability: "share",
  /** Operations that succeeded, a second. */
  throughput: "per second",
  /** The longest time in which nothing succeeded. */
  outage: "ms",
  /** Acknowledged writes that no replica reflects any more. */
  "lost writes": "count",
  /** From the last fault or write until all replicas agree. */
  "converges within": "ms",
} as const;
export type Measure = keyof typeof MEASURES;

export interface Limit {
  readonly is: "limit";
  readonly text: string;
  readonly measure: Measure;
  /** Operations of this kind only; null: all. */
  readonly f: string | null;
  readonly comparison: (typeof COMPARISONS)[number];
  readonly bound: number;
  /** A kind of fault, "faults" for any, "calm" for none; null: the whole run. */
  readonly during: string | null;
}

export interface Claimed {
  readonly is: "claim";
  readonly text: string;
  readonly claim: Claim;
}

export type Expectation = Claimed | Limit;

/** Limits of which only a part of the run can be asked. */
const TIMED: readonly Measure[] = ["p50", "p95", "p99", "max", "mean", "availability"];
/** Limits of which only operations of a kind can be asked. */
const KINDED: readonly Measure[] = ["p50", "p95", "p99", "max", "mean", "availability"];

export const EXAMPLES =
  'such as "linearizable", "converges within 5s", "stale reads < 1 %", "p99 < 50ms during partition", "p95 of reads < 20 ms", "availability > 99 % during faults", "throughput > 200/s", "outage < 2s", "lost writes = 0"';

/** In words, what is wrong with it; or what it means. */
export function parseExpectation(text: string): Expectation | { readonly is: "problem"; readonly problem: string } {
  const words = text.trim().replace(/\s+/g, " ");
  const claim = CLAIMS.find((one) => one === words);
  if (claim !== undefined) return { is: "claim", text: words, claim };
  const problem = (why: string) => ({ is: "problem" as const, problem: `${JSON.stringify(text)}: ${why}` });
  const within = /^converges within (.+)$/.exec(words);
  const spelled = within === null ? words : `converges within <= ${within[1]}`;
  const match =
    /^([a-z][a-z0-9 ]*?)(?: of ([\w-]+))? ?(<=|>=|<|>|=) ?([\d.]+) ?([a-z%/ ]*?)(?: (during|outside) ([\w-]+))?$/.exec(
      spelled,
    );
  if (match === null) return problem(`neither a claim (${CLAIMS.join(", ")}) nor a limit, ${EXAMPLES}`);
  const [, name = "", kind, comparison = "<", amount = "", unit = "", when, whichFault] = match;
  const measure = measureNamed(name);
  if (measure === null) return problem(`nobody measures "${name}"; expected ${Object.keys(MEASURES).join(", ")}`);
  const bound = inUnit(Number(amount), unit, MEASURES[measure]);
  if (bound === null) return problem(`"${amount}${unit}" is not ${UNITS[MEASURES[measure]]}`);
  const during = when === undefined ? null : when === "outside" ? "calm" : duringOf(whichFault ?? "");
  if (when === "outside" && whichFault !== "faults") return problem('expected "outside faults"');
  if (when !== undefined && during === null) {
    return problem(
      `during "${whichFault}": expected during faults, outside faults, or during ${FAULT_KINDS.join(", ")}`,
    );
  }
  if (during !== null && !TIMED.includes(measure)) return problem(`"${name}" is of the whole run, not during a fault`);
  if (kind !== undefined && !KINDED.includes(measure)) return problem(`"${name}" is not of a kind of operation`);
  const f = kind === undefined ? null : kind.replace(/s$/, "");
  return {
    is: "limit",
    text: words,
    measure,
    f: f === "ca" ? "cas" : f,
    comparison: COMPARISONS.find((one) => one === comparison) ?? "<",
    bound,
    during,
  };
}

const measureNamed = (name: string): Measure | null => {
  const known: readonly Measure[] = [
    "p50",
    "p95",
    "p99",
    "max",
    "mean",
    "stale reads",
    "staleness",
    "availability",
    "throughput",
    "outage",
    "lost writes",
    "converges within",
  ];
  return known.find((measure) => measure === name || `${measure} latency` === name) ?? null;
};

const UNITS = {
  ms: "a time, such as 50ms, 1.5s or 2m",
  share: "a share, such as 1 %",
  "per second": "a rate, such as 200/s",
  count: "a whole number",
} as const;

function inUnit(amount: number, unit: string, wanted: (typeof MEASURES)[Measure]): number | null {
  const compact = unit.replaceAll(" ", "");
  if (!Number.isFinite(amount)) return null;
  if (wanted === "ms") {
    const factor = { ms: 1, s: 1000, m: 60_000 }[compact];
    return factor === undefined ? null : amount * factor;
  }
  if (wanted === "share") return compact === "%" && amount <= 100 ? amount / 100 : null;
  if (wanted === "per second") return ["/s", "ops/s", ""].includes(compact) ? amount : null;
  return compact === "" && Number.isInteger(amount) ? amount : null;
}

const duringOf = (name: string): string | null =>
  name === "faults" || name === "fault"
    ? "faults"
    : (FAULT_KINDS.find((kind) => kind === name || `${kind}s` === name) ?? null);
