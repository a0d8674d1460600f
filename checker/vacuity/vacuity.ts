/** Could this run have found anything? A verdict of valid means little where nothing was read, written or broken. */

import type { Json } from "../history/event.js";
import type { History, Operation } from "../history/operation.js";
import { activeAt, faultSpans, merged, type Span } from "../performance/fault-times.js";
import type { Verdict } from "../verdict.js";
import { microOps } from "../workload/written-once.js";
import type { FaultFacts, VacuityDetails } from "./details.js";

export interface VacuityOptions {
  /** Ids of all faults in faults.json. */
  readonly plannedFaults: readonly string[];
}

/**
 * `valid` if the run had ok reads (also by a transaction, a dequeue, a fresh id), ok writes (anything that is no mere read), every planned fault began and
 * ended, none is known to have done nothing, and clients were at work while faults were active. Otherwise `unknown`,
 * with every reason. Never `invalid`: a run that shows nothing accuses nobody.
 *
 * Whether a fault bit is what the nemesis recorded in the value of its end event, `{ bit, evidence }`. Where nothing
 * was recorded (a history from elsewhere) nothing is held against it.
 */
export const checkVacuity = (history: History, { plannedFaults }: VacuityOptions): Verdict<VacuityDetails> => {
  const operations = history.operations.filter((op) => op.f !== "dump");
  const faults = factsOf(history, operations, plannedFaults);
  const counts = {
    okReads: operations.filter((op) => op.type === "ok" && looks(op)).length,
    okWrites: operations.filter((op) => op.type === "ok" && changes(op)).length,
    planned: plannedFaults.length,
    began: faults.filter(({ began }) => began).length,
    ended: faults.filter(({ ended }) => ended).length,
    bit: faults.filter(({ bit }) => bit === true).length,
    overlapped: overlapping(operations, indexSpans(history)),
  };
  const reasons = reasonsFor(counts, faults);
  return {
    checker: "not-vacuous",
    valid: reasons.length === 0 ? "valid" : "unknown",
    because: reasons.length === 0 ? sayFine(counts) : `The run proves little: ${reasons.join("; ")}.`,
    witness: [],
    details: { ...counts, faults, reasons },
  };
};

type Counts = Omit<VacuityDetails, "faults" | "reasons">;

/** Operations that tell their client something of the state; what a queue hands out and a fresh id do as well. */
const LOOKS: ReadonlySet<string> = new Set(["read", "dequeue", "drain", "generate"]);

const looks = (op: Operation): boolean =>
  LOOKS.has(op.f) || (op.f === "txn" && microOps(op.value)?.some(([f]) => f === "r") === true);

/** Anything that is no mere read. */
const changes = (op: Operation): boolean =>
  op.f === "txn" ? microOps(op.value)?.some(([f]) => f !== "r") === true : op.f !== "read";

/** More faults than this with the same complaint are counted, not listed. */
const NAMED_MAX = 5;

const reasonsFor = (counts: Counts, faults: readonly FaultFacts[]): string[] => {
  const reasons: string[] = [];
  if (counts.okReads === 0) reasons.push("no read returned");
  if (counts.okWrites === 0) reasons.push("no write succeeded");
  const complain = (found: readonly string[], more: string): void => {
    reasons.push(...found.slice(0, NAMED_MAX));
    if (found.length > NAMED_MAX) reasons.push(`${found.length - NAMED_MAX} more faults ${more}`);
  };
  complain(
    faults.filter(({ began }) => !began).map(({ id }) => `planned fault ${id} never began`),
    "never began",
  );
  complain(
    faults
      .filter(({ bit }) => bit === false)
      .map((fault) => `${nameOf(fault)} did nothing (${fault.evidence ?? "no evidence given"})`),
    "did nothing",
  );
  complain(
    faults.filter(({ began, ended }) => began && !ended).map((fault) => `${nameOf(fault)} was never ended`),
    "were never ended",
  );
  if (counts.began > 0 && counts.overlapped === 0) reasons.push("no operation was under way while a fault was active");
  return reasons;
};

const nameOf = ({ id, f }: FaultFacts): string => `fault ${id}${f === null ? "" : ` (${f})`}`;

const sayFine = ({ okReads, okWrites, began, bit, overlapped }: Counts): string => {
  const faults =
    began === 0
      ? "no fault was planned"
      : `${counted(began, "fault")}, ${bit} proven to have bitten, with ${counted(overlapped, "operation")} under way meanwhile`;
  return `${counted(okReads, "ok read")}, ${counted(okWrites, "ok write")}; ${faults}.`;
};

/** Spans are of event indexes here, so that "under way meanwhile" means the order of events and no clock. */
const indexSpans = (history: History) => faultSpans(history.faults, Number.POSITIVE_INFINITY, ({ index }) => index);

const overlapping = (operations: readonly Operation[], spans: readonly Span[]): number => {
  const disjoint = merged(spans);
  const open = Number.POSITIVE_INFINITY;
  return operations.reduce((count, op) => count + (activeAt(disjoint, op.invoked, op.completed ?? open) ? 1 : 0), 0);
};

/** Planned faults in their order, then those that nobody planned. */
const factsOf = (history: History, operations: readonly Operation[], planned: readonly string[]): FaultFacts[] => {
  const spans = indexSpans(history);
  const ids = new Set([...planned, ...history.faults.map(({ fault }) => fault)]);
  return [...ids].map((id) => {
    const begin = history.faults.find(({ fault, phase }) => fault === id && phase === "begin");
    const end = history.faults.findLast(({ fault, phase }) => fault === id && phase === "end");
    return {
      id,
      f: begin?.f ?? end?.f ?? null,
      began: begin !== undefined,
      ended: end !== undefined,
      bit: end === undefined ? null : bitOf(end.value),
      evidence: end === undefined ? null : evidenceOf(end.value),
      overlapped: overlapping(
        operations,
        spans.filter((span) => span.id === id),
      ),
    };
  });
};

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

/** One named member of what the nemesis wrote down; null where it is no object or has no such member. */
const memberOf = (value: Json, name: string): Json => {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return null;
  return Object.entries(value).find(([member]) => member === name)?.[1] ?? null;
};

const bitOf = (value: Json): boolean | null => {
  const bit = memberOf(value, "bit");
  return typeof bit === "boolean" ? bit : null;
};

const evidenceOf = (value: Json): string | null => {
  const evidence = memberOf(value, "evidence");
  return typeof evidence === "string" ? evidence : null;
};
