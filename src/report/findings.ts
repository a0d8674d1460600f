/**
 * The checkers' details, found by name and checked: a verdict.json may have been written by another version, or by
 * hand, so nothing in it is believed. What is absent or of another shape is null, and its section says so.
 */

// All of it as a namespace, so that a bundle leaves out what is not used.
import * as z from "zod";
import type { Json } from "../../checker/history/event.js";
import type { ConvergenceDetails } from "../../checker/convergence/details.js";
import type { IsolationDetails } from "../../checker/isolation/details.js";
import type { LinearizabilityDetails } from "../../checker/linearizability/details.js";
import type { PerformanceDetails } from "../../checker/performance/details.js";
import type { StalenessDetails } from "../../checker/staleness/details.js";
import type { RunVerdict } from "./report-input.js";

export interface Findings {
  readonly isolation: IsolationDetails | null;
  readonly linearizable: LinearizabilityDetails | null;
  readonly fresh: Pick<StalenessDetails, keyof z.output<typeof staleness>> | null;
  readonly converges: ConvergenceDetails | null;
  readonly statistics: PerformanceDetails | null;
}

export const findingsOf = (verdict: RunVerdict): Findings => {
  const details = (checker: string): unknown => detailsOf(verdict, checker);
  return {
    isolation: isolationOf(verdict),
    linearizable: linearizability.safeParse(details("linearizable")).data ?? null,
    fresh: staleness.safeParse(details("fresh")).data ?? null,
    converges: convergence.safeParse(details("converges")).data ?? null,
    statistics: performance.safeParse(details("statistics")).data ?? null,
  };
};

/** What the isolation checker found: the terminal shows it too. */
export const isolationOf = (verdict: RunVerdict): IsolationDetails | null =>
  isolation.safeParse(detailsOf(verdict, "isolation")).data ?? null;

const detailsOf = (verdict: RunVerdict, checker: string): unknown =>
  verdict.verdicts.find((each) => each.checker === checker)?.details ?? null;

const json: z.ZodType<Json> = z.json();
const index = z.int().nonnegative();
const outcome = z.enum(["ok", "fail", "info"]);

/** What verdicts of earlier versions do not have. */
const explanation = {
  precedence: z.array(z.object({ before: index, after: index, because: z.string() })).exactOptional(),
  deadEnds: z
    .array(
      z.object({
        order: z.array(index),
        holds: z.string(),
        steps: z.array(z.object({ operation: index, because: z.string() })),
      }),
    )
    .exactOptional(),
  deadEndCount: z.number().exactOptional(),
};

const linearizability = z.object({
  model: z.string(),
  keys: z.number(),
  operations: z.number(),
  invalidKeys: z.array(z.string()),
  unknownKeys: z.array(z.string()),
  invalidKeyCount: z.number(),
  unknownKeyCount: z.number(),
  counterexamples: z.array(
    z.object({
      key: z.string().nullable(),
      because: z.string(),
      pattern: z.string(),
      operations: z.array(
        z.object({
          invoked: index,
          completed: index.nullable(),
          start: z.number(),
          end: z.number().nullable(),
          process: z.number(),
          node: z.string().nullable(),
          type: outcome,
          f: z.string(),
          key: z.string().nullable(),
          value: json,
        }),
      ),
      ...explanation,
    }),
  ),
  steps: z.number(),
  stepsMax: z.number(),
}) satisfies z.ZodType<LinearizabilityDetails>;

// Only what the report shows: the rest may grow without a report being lost.
const staleness = z.object({
  reads: z.number(),
  stale: z.number(),
  share: z.number().nullable(),
  interval: z.tuple([z.number(), z.number()]).nullable(),
  ambiguous: z.number(),
  staleForMs: z.object({ p50: z.number(), p95: z.number(), p99: z.number(), max: z.number() }).nullable(),
  versionsBehindMax: z.number(),
  worst: z.array(
    z.object({
      invoked: index,
      key: z.string().nullable(),
      time: z.number(),
      node: z.string().nullable(),
      staleForMs: z.number(),
      versionsBehind: z.number(),
      overwrittenBy: index,
    }),
  ),
});

const disagreement = z.object({ key: z.string(), values: z.record(z.string(), z.array(json).nullable()) });

const convergence = z.object({
  agreed: z.boolean(),
  timeToAgreeMs: z.number().nullable(),
  rounds: z.number(),
  keys: z.number(),
  replicas: z.array(z.object({ node: z.string(), dump: index, keys: z.number() })),
  missingReplicas: z.array(z.string()),
  disagreementCount: z.number(),
  disagreements: z.array(disagreement),
  lost: z.array(z.object({ key: z.string(), value: json, invoked: index })),
  phantoms: z.array(z.object({ key: z.string(), value: json, node: z.string() })),
  finalState: z.array(disagreement),
}) satisfies z.ZodType<ConvergenceDetails>;

const quantiles = z.object({
  count: z.number(),
  p50: z.number(),
  p95: z.number(),
  p99: z.number(),
  max: z.number(),
  mean: z.number(),
});

const performance = z.object({
  operations: z.number(),
  ok: z.number(),
  fail: z.number(),
  info: z.number(),
  durationMs: z.number(),
  rate: z.number(),
  availability: z.number(),
  availabilityUnderFault: z.number().nullable(),
  longestOutageMs: z.number(),
  longestOutageAtMs: z.number(),
  byF: z.record(
    z.string(),
    z.object({ ok: z.number(), fail: z.number(), info: z.number(), latency: quantiles.nullable() }),
  ),
  errors: z.record(z.string(), z.number()),
  windowMs: z.number(),
  windows: z.array(
    z.object({
      atMs: z.number(),
      f: z.string(),
      type: outcome,
      count: z.number(),
      p50: z.number(),
      p95: z.number(),
      p99: z.number(),
      max: z.number(),
    }),
  ),
}) satisfies z.ZodType<PerformanceDetails>;

const counts = z.record(z.string(), z.number());
const position = index.nullable();

const isolation = z.object({
  workload: z.enum(["list-append", "rw-register"]),
  models: z.array(z.string()),
  forbidden: z.array(z.string()),
  transactions: z.object({ ok: z.number(), info: z.number(), fail: z.number() }),
  dependencies: z.number(),
  anomalyTypes: z.array(z.string()),
  counts,
  tolerated: counts,
  anomalies: z.array(
    z.object({
      type: z.string(),
      because: z.string(),
      transactions: z.array(
        z.object({
          name: z.string(),
          invoked: index.nullable(),
          completed: index.nullable(),
          invokedTime: z.number().nullable(),
          completedTime: z.number().nullable(),
          process: z.number(),
          type: outcome,
          value: z.array(z.tuple([z.string(), json, json])),
        }),
      ),
      edges: z.array(
        z.object({
          from: z.string(),
          to: z.string(),
          kind: z.enum(["ww", "wr", "rw", "wwp", "wrp", "rwp", "process", "realtime", "own", "differs"]),
          because: z.string(),
          key: json,
          value: json,
          nextValue: json,
          fromMop: position,
          toMop: position,
        }),
      ),
      omitted: z.number(),
    }),
  ),
  not: z.array(z.string()),
  alsoNot: z.array(z.string()),
  strongest: z.array(z.string()),
  untestable: z.array(z.string()),
  problems: z.array(z.object({ line: z.number(), kind: z.string(), message: z.string() })),
  problemCount: z.number(),
}) satisfies z.ZodType<IsolationDetails>;
