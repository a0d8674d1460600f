/**
 * One element of a set that is added at most once and removed at most once: it was inside from some moment of `add` to
 * some moment of `remove`, and the questions about it must fit around that. O(n).
 */

import { endOf, type Operation } from "../../history/operation.js";
import type { MonitorAnswer } from "./monitor.js";

export function checkSetElement(operations: readonly Operation[]): MonitorAnswer {
  let add: Operation | null = null;
  let remove: Operation | null = null;
  for (const op of operations) {
    if (op.f === "read") return "declined";
    if (op.f === "contains") continue;
    // An answer that says that nothing changed is a question in disguise, and one of unknown outcome may be.
    const said = op.type !== "ok" || op.result === false;
    if (said || (op.f === "add" ? add : remove) !== null) return "declined";
    if (op.f === "add") add = op;
    else remove = op;
    // Without true as its answer a remove may have found nothing.
    if (op.f === "remove" && op.result !== true) return "declined";
  }
  return holds({ add, remove, questions: operations.filter(({ f }) => f === "contains") }) ? "valid" : "invalid";
}

function holds(element: { add: Operation | null; remove: Operation | null; questions: readonly Operation[] }): boolean {
  const { add, remove } = element;
  const found = element.questions.filter(({ result }) => result === true);
  if (add === null) return remove === null && found.length === 0;
  const inside = remove === null ? [add, ...found] : [add, remove, ...found];
  if (remove !== null && endOf(remove) < add.invoked) return false;
  const gone = remove === null ? Number.POSITIVE_INFINITY : endOf(remove);
  if (found.some((op) => endOf(op) < add.invoked || op.invoked > gone)) return false;
  // Certainly inside between the first completion and the last invocation of all that need it there.
  const from = Math.min(...inside.map(endOf));
  const to = remove === null ? Number.POSITIVE_INFINITY : Math.max(...inside.map((op) => op.invoked));
  return element.questions.every((op) => op.result === true || op.invoked <= from || endOf(op) >= to);
}
