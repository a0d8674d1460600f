/**
 * Is a history of registers linearizable (Herlihy and Wing, 1990), key by key?
 *
 * Every key is a register of its own, so each is decided alone; linearizability is local, which makes that exact. Keys
 * whose written values are distinct are decided at once (`distinct.ts`), the others by search (`search.ts`), all of them
 * in turn with growing budgets, so that one hard key does not hide the violation in another.
 *
 * Sound: `invalid` is a proof. Complete up to `stepsMax`, beyond which it says `unknown`. Steps, not seconds: the same
 * history gets the same verdict on every machine. That there was anything to check is not judged here.
 */

import type { History, Operation } from "../history/operation.js";
import type { Model } from "../model/model.js";
import { casRegister, register } from "../model/register.js";
import type { Verdict } from "../verdict.js";
import { Automaton } from "./automaton.js";
import type { Counterexample, LinearizabilityDetails } from "./details.js";
import { checkDistinct } from "./distinct.js";
import { explain } from "./explain.js";
import { NONE, type RegisterHistory, relevant, splitByKey } from "./register-history.js";
import { Search } from "./search.js";
import { Sources } from "./sources.js";
import { Shrinker } from "./shrink.js";

export interface LinearizableOptions {
  /** Default `auto`: a cas-register where the history has a cas, a register otherwise. */
  readonly model?: "auto" | "register" | "cas-register";
  /** Steps of the search over all keys. Default 20 million, some ten seconds. */
  readonly stepsMax?: number;
}

const STEPS_MAX = 20_000_000;
/** What each key may spend before the next one has its turn; ten times as much at every round. */
const FIRST_ROUND_STEPS = 10_000;
const EXPLAINED_MAX = 10;
const EXPLAIN_STEPS_MAX = 2_000_000;
const LISTED_MAX = 100;

/** One key on its way to an answer. */
interface KeyCheck {
  readonly history: RegisterHistory;
  answer: "valid" | "invalid" | "unknown";
  steps: number;
  /** What contradicts itself, where the fast check found it. */
  clash: readonly number[];
  /** Where no order got past, where a search found that. */
  stuckAt: number;
  searches: Searches | null;
}

/** The exact search, and the one that lets crashed operations happen again and again: a cheap way to "invalid". */
interface Searches {
  readonly exact: Search;
  readonly unlimited: Search | null;
  readonly positions: readonly number[];
}

export function checkLinearizable(
  history: History,
  options: LinearizableOptions = {},
): Verdict<LinearizabilityDetails> {
  const stepsMax = options.stepsMax ?? STEPS_MAX;
  const hasCas = history.operations.some((op) => op.f === "cas");
  const model = options.model === "register" || (options.model !== "cas-register" && !hasCas) ? register : casRegister;
  const keys = splitByKey(history.operations).map(keyCheck);
  const problem = unsuitable(history.operations, model);
  if (problem !== null) return verdictOf("unknown", problem, { model, keys, stepsMax, counterexamples: [] });
  for (const key of keys) tryFast(key);
  searchInTurn(keys, stepsMax);
  const invalid = keys.filter((key) => key.answer === "invalid");
  const counterexamples = invalid
    .slice(0, EXPLAINED_MAX)
    .map(counterexampleOf)
    .sort((a, b) => a.operations.length - b.operations.length);
  const summary = { model, keys, stepsMax, counterexamples };
  if (invalid.length > 0) return verdictOf("invalid", invalidBecause(counterexamples, invalid.length), summary);
  const unknown = keys.filter((key) => key.answer === "unknown");
  if (unknown.length > 0) return verdictOf("unknown", unknownBecause(unknown, keys.length, stepsMax), summary);
  return verdictOf("valid", validBecause(keys), summary);
}

const keyCheck = (history: RegisterHistory): KeyCheck => ({
  history,
  answer: "unknown",
  steps: 0,
  clash: [],
  stuckAt: NONE,
  searches: null,
});

/** Why the model cannot judge this history, or null. */
function unsuitable(operations: readonly Operation[], model: Model): string | null {
  for (const op of operations) {
    if (op.f !== "read" && op.f !== "write" && op.f !== "cas") continue;
    if (op.type === "fail") continue;
    if (!model.fs.includes(op.f)) return `the model ${model.name} knows no ${op.f}, as at ${op.invoked}`;
    const problem = model.problem(op);
    if (problem !== null) return problem;
  }
  return null;
}

/** The two checks that need no search. */
function tryFast(key: KeyCheck): void {
  const answer = checkDistinct(key.history);
  if (answer.is !== "declined") key.answer = answer.is;
  if (answer.is === "valid") return;
  // What contradicts itself alone makes the shortest story, whichever check said so first.
  const impossible = new Sources(key.history).impossible();
  if (impossible.length > 0) [key.answer, key.clash] = ["invalid", impossible];
  else if (answer.is === "invalid") key.clash = answer.positions;
}

function searchInTurn(keys: readonly KeyCheck[], stepsMax: number): void {
  let spent = 0;
  const isOpen = (key: KeyCheck): boolean => key.answer === "unknown" && key.searches?.exact.exhausted !== true;
  let open = keys.filter(isOpen);
  for (let round = FIRST_ROUND_STEPS; open.length > 0 && spent < stepsMax; round *= 10) {
    for (const key of open) {
      if (spent >= stepsMax) break;
      spent += searchOn(key, Math.min(round, stepsMax - spent));
    }
    open = open.filter(isOpen);
  }
}

/** Goes on with the searches of a key; returns the steps that this took. */
function searchOn(key: KeyCheck, stepsMax: number): number {
  key.searches ??= searchesOf(key.history);
  const { exact, unlimited, positions } = key.searches;
  const stepsBefore = key.steps;
  for (const search of unlimited === null ? [exact] : [exact, unlimited]) {
    const before = search.steps;
    const answer = search.answer === "unknown" ? search.run(stepsMax) : search.answer;
    key.steps += search.steps - before;
    if (answer === "unknown" || (answer === "valid" && search === unlimited)) continue;
    key.answer = answer;
    key.stuckAt = positions[search.stuckAt] ?? NONE;
    // The tables of a search are large and were only needed to get here.
    key.searches = null;
    break;
  }
  return key.steps - stepsBefore;
}

function searchesOf(history: RegisterHistory): Searches {
  const keep = relevant(history);
  const positions: number[] = [];
  for (let i = 0; i < keep.length; i++) if (keep[i] === 1) positions.push(i);
  const automaton = new Automaton(
    casRegister,
    positions.flatMap((i) => history.operations[i] ?? []),
  );
  const end = positions.map((i) => history.end[i] ?? 0);
  const input = {
    automaton,
    start: positions.map((i) => history.start[i] ?? 0),
    end,
    seenUntil: seenUntil(history, positions, automaton),
  };
  const crashed = end.includes(Number.POSITIVE_INFINITY);
  return { exact: new Search(input), unlimited: crashed ? new Search(input, { unlimited: true }) : null, positions };
}

/**
 * By class: the last index at which what it writes can still be seen. A crashed cas is no last witness: it may never
 * have happened, and matters only as long as what it writes itself can be seen.
 */
function seenUntil(
  { from, to, end, values }: RegisterHistory,
  positions: readonly number[],
  automaton: Automaton<unknown>,
): Float64Array {
  const byValue = new Float64Array(values.length).fill(Number.NEGATIVE_INFINITY);
  for (const i of positions) {
    const seen = from[i] ?? NONE;
    const until = end[i] ?? 0;
    if (seen !== NONE && until !== Number.POSITIVE_INFINITY) byValue[seen] = Math.max(byValue[seen] ?? 0, until);
  }
  const crashed = positions.filter((i) => from[i] !== NONE && end[i] === Number.POSITIVE_INFINITY);
  for (let changed = true; changed; ) {
    changed = false;
    for (const i of crashed) {
      const [seen, made] = [from[i] ?? NONE, to[i] ?? NONE];
      if ((byValue[made] ?? 0) <= (byValue[seen] ?? 0)) continue;
      byValue[seen] = byValue[made] ?? 0;
      changed = true;
    }
  }
  const byClass = new Float64Array(automaton.effects.length);
  for (const [at, i] of positions.entries()) {
    byClass[automaton.classOf[at] ?? 0] = byValue[to[i] ?? NONE] ?? Number.NEGATIVE_INFINITY;
  }
  return byClass;
}

function counterexampleOf(key: KeyCheck): Counterexample {
  const shrinker = new Shrinker(key.history, EXPLAIN_STEPS_MAX);
  const positions = key.stuckAt === NONE ? shrinker.smallestOf(key.clash) : shrinker.smallestEndingAt(key.stuckAt);
  return explain(key.history, positions);
}

function invalidBecause(counterexamples: readonly Counterexample[], count: number): string {
  const first = counterexamples[0]?.because ?? "some key has no order";
  return count === 1 ? first : `${first} (and ${count - 1} more ${count === 2 ? "key" : "keys"})`;
}

function unknownBecause(unknown: readonly KeyCheck[], count: number, stepsMax: number): string {
  const first = unknown[0];
  const far = first?.searches?.exact.reached ?? 0;
  const progress = first === undefined ? "" : `; ${keyName(first.history.key)} has an order up to event ${far}`;
  return `${unknown.length} of ${count} keys were not decided within ${stepsMax} steps${progress}`;
}

function validBecause(keys: readonly KeyCheck[]): string {
  const operations = keys.reduce((sum, key) => sum + key.history.operations.length, 0);
  return `all ${operations} operations on ${keys.length} ${keys.length === 1 ? "key" : "keys"} have an order that explains them`;
}

const keyName = (key: string | null): string => (key === null ? "the register" : `key ${key}`);

function verdictOf(
  valid: "valid" | "invalid" | "unknown",
  because: string,
  found: {
    readonly model: Model;
    readonly keys: readonly KeyCheck[];
    readonly stepsMax: number;
    readonly counterexamples: readonly Counterexample[];
  },
): Verdict<LinearizabilityDetails> {
  const named = (answer: KeyCheck["answer"]): string[] =>
    found.keys
      .filter((key) => key.answer === answer)
      .map((key) => key.history.key ?? "(no key)")
      .sort();
  const [invalidKeys, unknownKeys] = [named("invalid"), named("unknown")];
  const events = found.counterexamples.flatMap(({ operations }) =>
    operations.flatMap(({ invoked, completed }) => (completed === null ? [invoked] : [invoked, completed])),
  );
  return {
    valid,
    checker: "linearizable",
    because,
    witness: [...new Set(events)].sort((a, b) => a - b),
    details: {
      model: found.model.name,
      keys: found.keys.length,
      operations: found.keys.reduce((sum, key) => sum + key.history.operations.length, 0),
      invalidKeys: invalidKeys.slice(0, LISTED_MAX),
      unknownKeys: unknownKeys.slice(0, LISTED_MAX),
      invalidKeyCount: invalidKeys.length,
      unknownKeyCount: unknownKeys.length,
      counterexamples: found.counterexamples,
      steps: found.keys.reduce((sum, key) => sum + key.steps, 0),
      stepsMax: found.stepsMax,
    },
  };
}
