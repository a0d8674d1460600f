/** Whether a counterexample proves what it says: by the definition, tried out. */

import type { Counterexample } from "../../../checker/linearizability/details.js";
import { endOf, type Operation } from "../../../checker/history/operation.js";
import { INCONSISTENT, type Model } from "../../../checker/model/model.js";

interface Row {
  readonly op: Operation;
  readonly end: number;
}

/** Legal from `state`, for operations of which those without an end may be left out. */
function isLegal(model: Model<unknown>, all: readonly Row[], first: unknown): boolean {
  const tried = new Set<string>();
  const extend = (rows: readonly Row[], state: unknown): boolean => {
    if (rows.every(({ end }) => end === Number.POSITIVE_INFINITY)) return true;
    const name = `${rows.map(({ op }) => op.invoked).join(" ")} ${JSON.stringify(state)}`;
    if (tried.has(name)) return false;
    tried.add(name);
    return rows.some(({ op }) => {
      if (rows.some((other) => other.end < op.invoked)) return false;
      const after = model.step(state, op);
      return (
        after !== INCONSISTENT &&
        extend(
          rows.filter((other) => other.op !== op),
          after,
        )
      );
    });
  };
  return extend(all, first);
}

/** Wherever orders of what began by a moment can have got to, with what is still to come of it. Some are left out if many. */
function endsOf(
  model: Model<unknown>,
  all: readonly Row[],
  moment: number,
): { state: unknown; left: ReadonlySet<number> }[] {
  const tried = new Set<string>();
  const found: { state: unknown; left: ReadonlySet<number> }[] = [];
  const open: { rows: readonly Row[]; state: unknown }[] = [{ rows: all, state: model.init }];
  for (let one = open.pop(); one !== undefined && tried.size < 5000; one = open.pop()) {
    const { rows, state } = one;
    const name = `${rows.map(({ op }) => op.invoked).join(" ")} ${JSON.stringify(state)}`;
    if (tried.has(name)) continue;
    tried.add(name);
    if (rows.every(({ end }) => end > moment)) found.push({ state, left: new Set(rows.map(({ op }) => op.invoked)) });
    for (const { op } of rows) {
      if (rows.some((other) => other.end < op.invoked)) continue;
      const after = model.step(state, op);
      if (after !== INCONSISTENT) open.push({ rows: rows.filter((other) => other.op !== op), state: after });
    }
  }
  return found;
}

/** What must come before what ends in a contradiction, and says of time what is so; or else some order is told to its end. */
function chainProblems(found: Counterexample, shown: readonly Row[]): string[] {
  const { precedence, deadEnds, pattern } = found;
  if (pattern === "no order" && precedence === undefined && deadEnds === undefined) return ["it says no why"];
  const problems: string[] = [];
  const [last, ...others] = [...(precedence ?? [])].reverse();
  if (last !== undefined && !others.some(({ before, after }) => before === last.after && after === last.before))
    problems.push("the chain does not end in a contradiction");
  for (const { before, after, because } of precedence ?? []) {
    if (!/^[^,;]* was over before /.test(because)) continue;
    const [a, b] = [before, after].map((index) => shown.find(({ op }) => op.invoked === index));
    if (a === undefined || b === undefined || a.end >= b.op.invoked) problems.push(`not so: ${because}`);
  }
  for (const { order, steps } of deadEnds ?? []) {
    const named = [...order, ...steps.map(({ operation }) => operation)];
    if (named.some((index) => !found.operations.some((op) => op.invoked === index) && !found.beside?.includes(index)))
      problems.push("a dead end names an operation that is not shown");
  }
  return problems;
}

/** What is wrong with it; nothing, if all is well. */
export function proof(model: Model<unknown>, all: readonly Operation[], found: Counterexample): string[] {
  const until = found.until ?? Number.POSITIVE_INFINITY;
  const kept = found.only === undefined ? null : new Set(found.only);
  const rowOf = (op: Operation): Row[] => {
    const left = kept === null ? op : (model.restrict?.(op, kept) ?? null);
    if (left === null) return [];
    return [{ op: left, end: endOf(op) > until ? Number.POSITIVE_INFINITY : endOf(op) }];
  };
  const shown = all.filter((op) => found.operations.some(({ invoked }) => invoked === op.invoked)).flatMap(rowOf);
  // Whichever of them come in between.
  const beside = all
    .filter((op) => found.beside?.includes(op.invoked) === true)
    .flatMap(rowOf)
    .map(({ op }): Row => ({ op, end: Number.POSITIVE_INFINITY }));
  const problems: string[] = [];
  if (shown.length !== found.operations.length) problems.push("not all operations are of the history");
  problems.push(...chainProblems(found, shown));
  if (model.name === "register" || model.name === "cas-register") {
    if (found.context === undefined && isLegal(model, shown, model.init)) problems.push("it is legal");
    return problems;
  }
  const starts: readonly { readonly state: unknown; readonly done: readonly number[] }[] = found.context?.starts ?? [
    { state: model.init, done: [] },
  ];
  const legalWithout = (gone: Operation | null): boolean =>
    starts.some(({ state, done }) =>
      isLegal(
        model,
        [...shown, ...beside].filter(({ op }) => op !== gone && !done.includes(op.invoked)),
        // A string of which it is only said that no get returned it.
        model.name === "kv" && state === null ? "\u0000" : state,
      ),
    );
  if (legalWithout(null)) problems.push("it is legal");
  const context = found.context;
  if (context?.starts !== undefined) {
    const story = all.filter((op) => op.type === "ok" || (op.type === "info" && model.effect(op) !== "read"));
    const before = story.filter((op) => op.invoked <= context.at).flatMap(rowOf);
    for (const { state, left } of endsOf(model, before, context.at)) {
      const rest = [...shown, ...beside].filter(({ op }) => op.invoked > context.at || left.has(op.invoked));
      if (isLegal(model, rest, state)) problems.push(`it is legal from ${JSON.stringify(state)} after ${context.at}`);
    }
  }
  // Of these two operations each is illegal alone where no other is there: what they contradict is each other.
  if (model.name === "kv" && found.deadEnds === undefined) return problems;
  for (const { op } of shown)
    if (model.effect(op) === "read" && !legalWithout(op)) problems.push(`${op.f} at ${op.invoked} is not needed`);
  return problems;
}
