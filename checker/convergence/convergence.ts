/** Once all is healed and quiet: do the replicas agree, how long did it take, was a write lost, did one appear? */

import type { Json } from "../history/event.js";
import type { History } from "../history/operation.js";
import type { Validity, Verdict } from "../verdict.js";

import type { ConvergenceDetails, Disagreement } from "./details.js";
import { type Dump, type Quiet, quietOf } from "./rounds.js";
import { shown } from "./shown.js";
import { type Lost, lostWrites, type Phantom, phantomsIn, writtenIn } from "./written.js";

export interface ConvergenceOptions {
  /**
   * Replicas that still differ are called diverged only if they were read at least so long after the last fault and
   * write; sooner the answer is unknown. 0: whoever recorded the history waited long enough.
   */
  readonly patienceMs: number;
  /** So many replicas hold a key, and the others need not; absent: every replica holds every key. */
  readonly replicas?: number;
}

const FINDINGS_MAX = 50;
const FINAL_KEYS_MAX = 100;

/**
 * Reads the `dump` operations: each an ok result `{ [key]: sibling values }` of one node. Only dumps invoked after the
 * last disturbance count as final: the end of the last fault, and the completion of the last write that may have
 * happened. The state of a replica is its latest ok dump.
 *
 * `invalid`: replicas that were read in the last round differ; or an acknowledged write is reflected nowhere although
 * nothing newer explains it; or a replica held a value that nobody wrote (a write that definitely failed is nobody's).
 * `unknown`: no replica was read on its own, some could not be read, or a fault was never ended and they differ. The
 * order of siblings does not matter, and a key that holds only null counts as absent.
 *
 * Convergence is a promise about "eventually", which no finite history refutes: a disagreement is a proof only under
 * the assumption that the harness waited long enough (`patienceMs`). Lost writes and phantoms need no such assumption
 * once the replicas agree. Keys that operations other than read, write and cas changed are compared between replicas,
 * and not searched for lost writes and phantoms.
 */
export const checkConvergence = (
  history: History,
  { patienceMs, replicas }: ConvergenceOptions = { patienceMs: 0 },
): Verdict<ConvergenceDetails> => {
  const quiet = quietOf(history);
  const written = writtenIn(history);
  const final = finalOf(quiet, replicas);
  const waitedMs = waitedFor(final.states, quiet);
  const settled = quiet.disturbance.unhealed.length === 0 && waitedMs >= patienceMs;
  const differing = final.disagreements;
  // A replica that was not read may hold what the others miss; replicas still catching up may yet get it.
  const canLose = final.states.length > 0 && final.missing.length === 0 && (differing.length === 0 || settled);
  const findings: Findings = {
    quiet,
    final,
    waitedMs,
    settled,
    lost: canLose ? lostWrites(final.states, written, replicas) : [],
    phantoms: phantomsIn(quiet.dumps, written),
    agreement: agreementOf(quiet, replicas),
  };
  const bad = (differing.length > 0 && settled) || findings.lost.length > 0 || findings.phantoms.length > 0;
  const open = final.states.length === 0 || final.missing.length > 0 || differing.length > 0;
  const valid: Validity = bad ? "invalid" : open ? "unknown" : "valid";
  return {
    checker: "converges",
    valid,
    because: valid === "valid" ? sayAgreed(findings) : valid === "invalid" ? sayBad(findings) : sayUnknown(findings),
    witness: valid === "invalid" ? witnessOf(findings) : [],
    details: detailsOf(findings),
  };
};

interface Final {
  /** One per replica whose state is known, by name. */
  readonly states: readonly Dump[];
  readonly missing: readonly string[];
  readonly keys: readonly string[];
  readonly disagreements: readonly Disagreement[];
}

interface Findings {
  readonly quiet: Quiet;
  readonly final: Final;
  readonly waitedMs: number;
  readonly settled: boolean;
  readonly lost: readonly Lost[];
  readonly phantoms: readonly Phantom[];
  readonly agreement: { readonly agreed: boolean; readonly afterMs: number | null };
}

/**
 * The state of a replica is its latest ok dump. One that could not be read in the last round and differs from those
 * that could may have changed since: it is missing, not different.
 */
const finalOf = ({ nodes, rounds }: Quiet, replicas: number | undefined): Final => {
  const latest = new Map<string, Dump>();
  for (const round of rounds) for (const dump of round.dumps) latest.set(dump.node, dump);
  const last = rounds.findLast(({ dumps }) => dumps.length > 0)?.dumps ?? [];
  const current = new Set(last.map(({ fingerprint }) => fingerprint));
  const readInLast = new Set(last.map(({ node }) => node));
  const states = [...latest.values()]
    .filter(({ node, fingerprint }) => readInLast.has(node) || (current.size === 1 && current.has(fingerprint)))
    .sort((a, b) => (a.node < b.node ? -1 : 1));
  const known = new Set(states.map(({ node }) => node));
  const keys = [...new Set(states.flatMap(({ holdings }) => [...holdings.keys()]))].sort();
  const unread = nodes.length - states.length;
  const differ = (key: string): boolean =>
    differsIn(key, states, replicas === undefined ? states.length : replicas - unread);
  return {
    states,
    missing: nodes.filter((node) => !known.has(node)),
    keys,
    disagreements: current.size < 2 ? [] : keys.filter(differ).map((key) => tableRow(key, states)),
  };
};

/** Not all that hold it hold the same, or fewer hold it than should. */
const differsIn = (key: string, states: readonly Dump[], holdersMin: number): boolean => {
  const held = states.flatMap(({ holdings }) => holdings.get(key)?.ids.join(",") ?? []);
  return held.length > 0 && (held.length < holdersMin || new Set(held).size > 1);
};

const tableRow = (key: string, states: readonly Dump[]): Disagreement => ({
  key,
  values: Object.fromEntries(states.map(({ node, holdings }) => [node, holdings.get(key)?.values ?? null])),
});

/** Agreement counts from the first round after which every replica's latest dump was, and stayed, the same. */
const agreementOf = ({ nodes, rounds, disturbance }: Quiet, replicas = nodes.length): Findings["agreement"] => {
  const latest = new Map<string, Dump>();
  let since: number | null = null;
  for (const { dumps } of rounds) {
    let end = 0;
    for (const dump of dumps) {
      latest.set(dump.node, dump);
      end = Math.max(end, dump.op.completedTime ?? dump.op.invokedTime);
    }
    const states = [...latest.values()];
    const keys = new Set(states.flatMap(({ holdings }) => [...holdings.keys()]));
    const agreed =
      nodes.length > 0 &&
      nodes.every((node) => latest.has(node)) &&
      ![...keys].some((key) => differsIn(key, states, replicas));
    if (!agreed) since = null;
    else since ??= end;
  }
  return since === null
    ? { agreed: false, afterMs: null }
    : { agreed: true, afterMs: Math.max(0, (since - disturbance.time) / 1e6) };
};

/** How long after the disturbance the last look began. */
const waitedFor = (states: readonly Dump[], { disturbance }: Quiet): number =>
  Math.max(0, ...states.map(({ op }) => (op.invokedTime - disturbance.time) / 1e6));

const detailsOf = ({ quiet, final, lost, phantoms, agreement }: Findings): ConvergenceDetails => ({
  agreed: agreement.agreed,
  timeToAgreeMs: agreement.afterMs,
  rounds: quiet.rounds.length,
  keys: final.keys.length,
  replicas: final.states.map(({ node, op, holdings }) => ({ node, dump: op.invoked, keys: holdings.size })),
  missingReplicas: final.missing,
  disagreementCount: final.disagreements.length,
  disagreements: final.disagreements.slice(0, FINDINGS_MAX),
  lost: lost.slice(0, FINDINGS_MAX).map(({ key, value, invoked }) => ({ key, value, invoked })),
  lostCount: lost.length,
  phantoms: phantoms.slice(0, FINDINGS_MAX).map(({ key, value, node }) => ({ key, value, node })),
  phantomCount: phantoms.length,
  finalState: final.keys.slice(0, FINAL_KEYS_MAX).map((key) => tableRow(key, final.states)),
});

const witnessOf = ({ final, lost, phantoms, settled }: Findings): number[] => {
  const ops = [
    ...((settled && final.disagreements.length > 0) || lost.length > 0 ? final.states.map(({ op }) => op) : []),
    ...lost.slice(0, FINDINGS_MAX).map(({ op }) => op),
    ...phantoms.slice(0, FINDINGS_MAX).map(({ dump }) => dump),
  ];
  const events = new Set(ops.flatMap((op) => (op.completed === null ? [op.invoked] : [op.invoked, op.completed])));
  return [...events].sort((a, b) => a - b);
};

const sayAgreed = ({ final, agreement }: Findings): string => {
  const { states, keys } = final;
  const agree = states.length === 1 ? "The only replica was read" : `All ${states.length} replicas agree`;
  const afterMs = agreement.afterMs ?? 0;
  return `${agree} on ${counted(keys.length, "key")}, ${afterMs.toFixed(0)} ms after the last fault and write; no acknowledged write is lost, and nobody's value appeared.`;
};

const sayUnknown = ({ quiet, final, waitedMs }: Findings): string => {
  if (quiet.dumps.length === 0) return "No replica was read on its own, so whether they agree is not known.";
  if (quiet.rounds.length === 0) return "No replica was read after the last fault and write.";
  const differ = final.disagreements.length > 0 ? `${sayDiffer(final)}, but ` : "";
  const { unhealed } = quiet.disturbance;
  if (differ !== "" && unhealed.length > 0) {
    return `${differ}fault ${unhealed.map(({ fault, f }) => `${fault} (${f})`).join(", ")} was never ended.`;
  }
  if (differ !== "") return `${differ}they were read only ${waitedMs.toFixed(0)} ms after the last fault and write.`;
  return `No final state is known of ${final.missing.join(", ")}; the replicas that were read agree.`;
};

const sayBad = ({ final, waitedMs, settled, lost, phantoms }: Findings): string => {
  const sentences: string[] = [];
  if (settled && final.disagreements.length > 0) {
    sentences.push(`${sayDiffer(final)}, ${waitedMs.toFixed(0)} ms after the last fault and write.`);
  }
  const gone = lost[0];
  if (gone !== undefined) {
    sentences.push(
      `${counted(lost.length, "acknowledged write")} ${lost.length === 1 ? "is" : "are"} lost: ${shown(gone.value)}, ` +
        `written to ${shown(gone.key)} by ${gone.invoked} (ok at ${gone.op.completed ?? "?"}), is on no replica, and nothing newer explains it.`,
    );
  }
  const odd = phantoms[0];
  if (odd !== undefined) {
    const more = phantoms.length > 1 ? ` (and ${phantoms.length - 1} more such)` : "";
    sentences.push(
      `The dump at ${odd.dump.invoked} shows ${odd.node} holding ${shown(odd.value)} for ${shown(odd.key)}, which nobody wrote${more}.`,
    );
  }
  return sentences.join(" ");
};

const sayDiffer = ({ disagreements }: Final): string => {
  const [first] = disagreements;
  if (first === undefined) return "";
  const holders = new Map<string, string[]>();
  for (const [node, values] of Object.entries(first.values)) {
    const held = sayValues(values);
    holders.set(held, [...(holders.get(held) ?? []), node]);
  }
  const sides = [...holders].map(([held, nodes]) => `${held} on ${nodes.join(", ")}`);
  return `The replicas disagree on ${counted(disagreements.length, "key")}: ${shown(first.key)} is ${sides.join(" and ")}`;
};

const sayValues = (values: readonly Json[] | null): string =>
  values === null ? "absent" : values.length === 1 ? shown(values[0] ?? null) : `siblings ${shown(values)}`;

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;
