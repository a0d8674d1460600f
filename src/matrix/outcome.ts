/** What one run says about each property, from its folder. */

import { join } from "node:path";
import {
  checkSession,
  endOf,
  type ConvergenceDetails,
  type History,
  type RunVerdict,
  type SessionGuarantee,
  type Validity,
  type Verdict,
  worst,
} from "../../checker/index.js";
import { FILES, readVerdict } from "../archive/archive.js";
import { readHistoryFile } from "../archive/history-file.js";
import { PROPERTIES, type Property } from "./rows.js";

export interface Finding {
  readonly valid: Validity;
  readonly because: string;
}

export type Findings = { readonly [property in Property]: Finding };

export interface Outcome {
  /** Which setting of the plan, and which of its runs. */
  readonly setting: number;
  readonly repeat: number;
  readonly findings: Findings;
  /** Nothing succeeded, or a planned fault did nothing: then what held, held of nothing. */
  readonly vacuous: boolean;
  /** The run's folder beside the plan, where it was kept. */
  readonly dir: string | null;
}

/** The four of Terry and others; the stronger models of a session are left to `kvtest check`. */
const GUARANTEES: readonly SessionGuarantee[] = [
  "read-your-writes",
  "monotonic-reads",
  "monotonic-writes",
  "writes-follow-reads",
];

/** In words, why nothing can be said. */
export async function findingsOf(
  dir: string,
): Promise<{ readonly findings: Findings; readonly vacuous: boolean } | { readonly problem: string }> {
  const verdict = readVerdict(dir);
  const read = await readHistoryFile(join(dir, FILES.history), { allowTruncatedTail: true });
  if (verdict === null || !read.ok) return { problem: `${dir}: was never judged, or has no history` };
  const vacuous = by(verdict, "not-vacuous")?.valid !== "valid";
  return { findings: judged(read.history, verdict), vacuous };
}

export function judged(history: History, verdict: RunVerdict): Findings {
  const convergence = by(verdict, "converges");
  return {
    linearizable: by(verdict, "linearizable") ?? NOBODY_LOOKED,
    session: sessionOf(history),
    converges: agreementIn(convergence),
    survives: survivalIn(convergence),
  };
}

export const anyViolated = (findings: Findings): boolean =>
  PROPERTIES.some((property) => findings[property].valid === "invalid");

const NOBODY_LOOKED: Finding = { valid: "unknown", because: "nobody looked" };

const by = ({ verdicts }: RunVerdict, name: string): Verdict<unknown> | undefined =>
  verdicts.find(({ checker }) => checker === name);

function sessionOf(history: History): Finding {
  const roaming = roamingSessions(history);
  const verdicts = GUARANTEES.map((guarantee) => checkSession(roaming, guarantee));
  const valid = worst(verdicts);
  const first = verdicts.find((verdict) => verdict.valid === valid);
  return { valid, because: first === undefined ? "" : `${first.checker}: ${first.because}` };
}

/**
 * The same operations as those of clients that go from node to node. A client of a run stays at its node, where hardly
 * any store shows it the past. So operations that follow each other in real time, each of another client than the one
 * before, are taken for one session: as no replica knows who asks, it would have answered a roaming client alike.
 */
export function roamingSessions(history: History): History {
  const open: { session: number; until: number; process: number }[] = [];
  let sessions = 0;
  const operations = history.operations.map((op) => {
    if (op.f === "dump") return op;
    const free = open.filter(({ until, process }) => until < op.invoked && process !== op.process);
    const last = free[0] ?? { session: sessions++, until: 0, process: 0 };
    if (!open.includes(last)) open.push(last);
    // Nobody goes on before an answer: after an indefinite one the session is over.
    last.until = endOf(op);
    last.process = op.process;
    return { ...op, process: last.session };
  });
  return { ...history, operations };
}

/** The checker of convergence speaks of agreement and of losses at once: here they are two properties. */
function agreementIn(verdict: Verdict<unknown> | undefined): Finding {
  const details = detailsOf(verdict);
  if (verdict === undefined || details === null) return NOBODY_LOOKED;
  if (details.agreed) return { valid: "valid", because: verdict.because };
  const differ = details.disagreementCount > 0 && verdict.valid === "invalid";
  return { valid: differ ? "invalid" : "unknown", because: verdict.because };
}

function survivalIn(verdict: Verdict<unknown> | undefined): Finding {
  const details = detailsOf(verdict);
  if (verdict === undefined || details === null) return NOBODY_LOOKED;
  if (details.lost.length > 0) return { valid: "invalid", because: verdict.because };
  return { valid: verdict.valid === "unknown" ? "unknown" : "valid", because: verdict.because };
}

/** null where no replica told its state. */
function detailsOf(verdict: Verdict<unknown> | undefined): ConvergenceDetails | null {
  // Written by our own checker into our own run's folder.
  const details = (verdict?.details ?? null) as ConvergenceDetails | null;
  return details === null || details.replicas.length === 0 ? null : details;
}
