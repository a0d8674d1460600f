/** Faults as spans of time: begin and end events of a history, and what the plan had in mind. */

import type { FaultEvent, Json } from "../../checker/history/event.js";
import type { History } from "../../checker/history/operation.js";
import type { Fault } from "../../nemesis/fault.js";
import type { FaultPlan } from "../config/config.js";

export interface FaultSpan {
  readonly id: string;
  readonly kind: string;
  readonly begin: FaultEvent;
  /** null: it never ended. */
  readonly end: FaultEvent | null;
  /** As planned; null where there is no plan for it. */
  readonly planned: Fault | null;
  /** What was really done, and what proves that it bit: as recorded. */
  readonly done: Json;
  readonly evidence: Json;
}

/** In the order in which they began. An end without a begin is left out: there is nothing to draw. */
export const spansOf = (history: History, plan: FaultPlan | null): readonly FaultSpan[] => {
  const ends = new Map<string, FaultEvent>();
  for (const event of history.faults) if (event.phase === "end") ends.set(event.fault, event);
  const plans = new Map(plan?.faults.map((fault) => [fault.id, fault.fault]));
  return history.faults
    .filter((event) => event.phase === "begin")
    .map((begin) => {
      const end = ends.get(begin.fault) ?? null;
      return {
        id: begin.fault,
        kind: begin.f,
        begin,
        end: end !== null && end.index > begin.index ? end : null,
        planned: plans.get(begin.fault) ?? null,
        done: begin.value,
        evidence: end?.value ?? null,
      };
    });
};

/** Whether the record says that it had an effect; null where it says nothing. */
export const bit = (span: FaultSpan): boolean | null => {
  for (const record of [span.evidence, span.done]) {
    if (record !== null && typeof record === "object" && !Array.isArray(record)) {
      const said = (record as { readonly [name: string]: Json })["bit"];
      if (typeof said === "boolean") return said;
    }
  }
  return null;
};

/** Time of the last event, ns. */
export const endOfHistory = (history: History): number => {
  let last = 0;
  for (const op of history.operations) last = Math.max(last, op.invokedTime, op.completedTime ?? 0);
  for (const fault of history.faults) last = Math.max(last, fault.time);
  return last;
};
