/** Is a history of registers sequentially consistent? */

import { shown } from "../../convergence/shown.js";
import type { History, Operation } from "../../history/operation.js";
import { shownOperation } from "../../linearizability/counterexample.js";
import { casRegister } from "../../model/register.js";
import { type Budget, nameOf } from "../../session/finding.js";
import type { Verdict } from "../../verdict.js";
import { isRefuted, reasonsOf, shrink } from "./core.js";
import type { SequentialDetails } from "./details.js";
import { CHOSEN, GIVEN, Saturation } from "./forced.js";
import { NOBODY, type Programs, programsOf, SEVERAL } from "./programs.js";
import { replays } from "./replay.js";
import { type Decided, decide } from "./search.js";
import { tryOrders } from "./trial.js";

export interface SequentialOptions {
  /** Entries of clocks looked at, and operations placed and taken back. The default takes some ten seconds at most. */
  readonly stepsMax?: number;
}

const STEPS_MAX = 1e9;

/**
 * One order of all operations, of all keys together, that is true to every process's own and in which every read returns
 * the last value written (Lamport, How to make a multiprocessor computer that correctly executes multiprocess programs,
 * 1979). Real time plays no part, and unlike linearizability it cannot be decided key by key.
 *
 * Sound both ways: `valid` rests on an order that was replayed, `invalid` on a circle in what every order must have, or
 * on a search that left nothing out. The question is NP-complete, so beyond the budget it is `unknown`. A write or cas of
 * unknown outcome may have taken effect or not. Reads with siblings, and keys that other operations changed, are left
 * out: the answer is then `invalid` or `unknown`.
 */
export const checkSequential = (history: History, options: SequentialOptions = {}): Verdict<SequentialDetails> => {
  const budget: Budget = { steps: 0, stepsMax: options.stepsMax ?? STEPS_MAX };
  const { kept, leftOut, problem } = registersIn(history);
  const programs = programsOf(kept);
  const found: Found =
    problem === null ? answer(programs, budget) : { is: "unknown", because: problem, placed: 0, nodes: [] };
  const because = found.is === "valid" && leftOut > 0 ? sayLeftOut(leftOut) : found.because;
  const counterexample = [...(found.core ?? [])].sort((a, b) => a.invoked - b.invoked);
  const witness = new Set(
    counterexample.flatMap(({ invoked, completed }) => (completed === null ? [invoked] : [invoked, completed])),
  );
  return {
    checker: "sequential",
    valid: found.is === "valid" && leftOut > 0 ? "unknown" : found.is,
    because,
    witness: [...witness].sort((a, b) => a - b),
    details: {
      operations: programs.operations.length,
      processes: programs.processes.length,
      keys: programs.keys,
      leftOut,
      severalWriters: programs.source.reduce((sum, source) => sum + (source === SEVERAL ? 1 : 0), 0),
      pattern: found.pattern ?? null,
      counterexample: counterexample.slice(0, SHOWN_MAX).map(shownOperation),
      placed: found.placed,
      ...budget,
    },
  };
};

const SHOWN_MAX = 100;

/** The order that a `valid` rests on, as operations; null where none was found. */
export const sequentialOrder = (history: History, options: SequentialOptions = {}): readonly Operation[] | null => {
  const { kept, problem } = registersIn(history);
  if (problem !== null) return null;
  const programs = programsOf(kept);
  const { nodes } = answer(programs, { steps: 0, stepsMax: options.stepsMax ?? STEPS_MAX });
  return nodes === null ? null : nodes.flatMap((node) => programs.operations[node] ?? []);
};

interface Found {
  readonly is: "valid" | "invalid" | "unknown";
  readonly because: string;
  readonly placed: number;
  readonly nodes: readonly number[] | null;
  readonly pattern?: string;
  readonly core?: readonly Operation[];
}

const answer = (programs: Programs, budget: Budget): Found => {
  const { operations, source } = programs;
  const none = { placed: 0, nodes: null };
  const reads = source.reduce((sum, seen) => sum + (seen >= SEVERAL || seen === NOBODY ? 1 : 0), 0);
  if (reads === 0) return { ...none, is: "unknown", because: "No read returned, so there is nothing to judge." };
  const thinAir = source.findIndex((seen, node) => seen === NOBODY && programs.required[node] === 1);
  const odd = operations[thinAir];
  if (odd !== undefined) {
    const value = shown(odd.f === "read" || !Array.isArray(odd.value) ? odd.result : (odd.value[0] ?? null));
    const because = `The ${odd.f} at ${odd.invoked} (process ${odd.process}) found ${value}, which nobody wrote.`;
    return { ...none, is: "invalid", because, pattern: "thin air", core: [odd] };
  }
  const decided = source.includes(SEVERAL) ? tryAll(programs, budget) : decide(programs, budget);
  if (decided.is === "order") {
    const because = `One order of all ${decided.nodes.length} operations explains every read.`;
    return { is: "valid", because, placed: decided.nodes.length, nodes: decided.nodes };
  }
  if (decided.is === "budget") {
    const because = `Not decided within the budget of ${budget.stepsMax} steps: the best order found has a place for ${decided.placed} of ${operations.length} operations.`;
    return { is: "unknown", because, placed: decided.placed, nodes: null };
  }
  return { ...none, is: "invalid", ...refutation(programs, decided) };
};

/** Where values repeat: what the other reads force, then orders one after the other. */
const tryAll = (programs: Programs, budget: Budget): Decided => {
  const forced = new Saturation(programs, budget);
  const first = forced.begin();
  if (first.is === "cycle") return { is: "cycle", cycle: first.cycle, edges: forced.edges };
  if (first.is === "budget") return { is: "budget", placed: 0 };
  const tried = tryOrders(programs, forced.edges, budget);
  if (tried.is === "none") return { is: "exhausted", nodes: [...programs.operations.keys()], cases: 0 };
  if (tried.is === "order" && !replays(programs, tried.nodes)) return { is: "budget", placed: 0 };
  return tried;
};

type Refuted = Decided & { readonly is: "cycle" | "exhausted" };

const refutation = (
  programs: Programs,
  decided: Refuted,
): { readonly because: string; readonly pattern: string; readonly core: readonly Operation[] } => {
  const { operations } = programs;
  const nodes = decided.is === "cycle" ? reasonsOf(programs, decided.edges, decided.cycle) : new Set(decided.nodes);
  let part = [...nodes].sort((a, b) => a - b).flatMap((node) => operations[node] ?? []);
  // The nodes of an exhausted search are those it named, which need not be enough; a small history is tried as a whole.
  if (!isRefuted(part, { steps: 0, stepsMax: CORE_STEPS_MAX }) && operations.length <= WHOLE_MAX)
    part = [...operations];
  const core = shrink(part);
  const small = programsOf(core);
  const budget = { steps: 0, stepsMax: CORE_STEPS_MAX };
  const forced = new Saturation(small, budget);
  const again = small.source.includes(NOBODY) ? null : forced.begin();
  if (again?.is === "cycle") {
    const steps = again.cycle.slice(0, SENTENCES_MAX).map((edge) => tell(small, forced, edge));
    if (again.cycle.length > SENTENCES_MAX) steps.push(`and ${again.cycle.length - SENTENCES_MAX} steps more`);
    return { because: `No order: ${steps.join("; ")}.`, pattern: "circle", core };
  }
  const names = core.slice(0, SENTENCES_MAX).map(nameOf).join(", ");
  const more = core.length > SENTENCES_MAX ? `, and ${core.length - SENTENCES_MAX} more` : "";
  return { because: `Every order was tried, and none explains these: ${names}${more}.`, pattern: "no order", core };
};

const CORE_STEPS_MAX = 10_000_000;
const WHOLE_MAX = 300;
const SENTENCES_MAX = 6;

const brief = ({ f, invoked }: Operation): string => `the ${f} at ${invoked}`;

/** One step of a circle in words. */
const tell = (programs: Programs, { edges }: Saturation, edge: number): string => {
  const [from, to, by] = [edges.from[edge] ?? 0, edges.to[edge] ?? 0, edges.by[edge] ?? GIVEN];
  const [first, second] = [programs.operations[from], programs.operations[to]];
  if (first === undefined || second === undefined) return "?";
  if (by === GIVEN) return `process ${first.process} did ${brief(first)} before ${brief(second)}`;
  if (by === CHOSEN) return `${brief(first)} before ${brief(second)}`;
  if (by === to) return `the ${nameOf(second)} had it from ${brief(first)}`;
  const reader = programs.operations[by];
  if (reader === undefined) return "?";
  const write = programs.operations[programs.source[by] ?? GIVEN];
  if (by !== from) {
    return `the ${nameOf(reader)} came after the ${nameOf(first)}, so ${brief(first)} comes before ${brief(second)}, which it had it from`;
  }
  return write === undefined
    ? `the ${nameOf(reader)} found the initial value, so it came before the ${nameOf(second)}`
    : `the ${nameOf(reader)} had it from ${brief(write)}, which the ${nameOf(second)} replaced, so it came before that`;
};

/** What a register checker can use of a history, and why it can use nothing. */
const registersIn = (
  history: History,
): { readonly kept: readonly Operation[]; readonly leftOut: number; readonly problem: string | null } => {
  const foreign = new Set<string | null>();
  for (const op of history.operations) {
    if (op.type === "fail" || op.f === "dump") continue;
    const known = op.f === "read" || op.f === "write" || op.f === "cas";
    const problem = known ? casRegister.problem(op) : null;
    if (problem !== null) return { kept: [], leftOut: 0, problem: `Not judged: ${problem}.` };
    if (!known && op.key === null) {
      const because = `Not judged: the ${op.f} at ${op.invoked} is no operation of a register.`;
      return { kept: [], leftOut: 0, problem: because };
    }
    if (!known) foreign.add(op.key);
  }
  const isLeftOut = (op: Operation): boolean =>
    foreign.has(op.key) || (op.f === "read" && op.siblings !== null && op.siblings.length > 1);
  let leftOut = 0;
  const kept = history.operations.filter((op) => {
    if (!isLeftOut(op)) return true;
    if (op.f !== "write" && op.type === "ok") leftOut++;
    return false;
  });
  return { kept, leftOut, problem: null };
};

const sayLeftOut = (leftOut: number): string =>
  `No violation found, but ${leftOut} reads could not be judged: they came with siblings, or operations other than read, write and cas changed their keys.`;
