/** The check of one part of any object: by a monitor where there is one for its model, else by search. */

import { endOf, type Operation } from "../history/operation.js";
import type { Model } from "../model/model.js";
import { ModelAutomaton } from "./automaton.js";
import { shownOperation } from "./counterexample.js";
import type { Counterexample } from "./details.js";
import { KvForesight } from "./foresight.js";
import { type KeyCheck, SearchPair } from "./key-check.js";
import { type Monitor, monitorOf } from "./monitor/monitor.js";
import { type KvContradiction, kvContradiction } from "./kv-contradiction.js";
import { objectReason } from "./object-explain.js";
import { type Answer, Search } from "./search.js";

export class ObjectKey implements KeyCheck {
  readonly key: string | null;
  readonly #model: Model<unknown>;
  readonly #kept: readonly Operation[];
  readonly #monitor: Monitor | null;
  readonly #contradiction: KvContradiction | null;
  answer: Answer = "unknown";
  steps = 0;
  reached = 0;
  isOpen = true;
  #stuckAt = -1;
  #pair: SearchPair | null = null;

  /** `operations`: of this part, without failed ones and reads of unknown outcome. */
  constructor(model: Model<unknown>, key: string | null, operations: readonly Operation[]) {
    this.key = key;
    this.#model = model;
    this.#kept = operations;
    this.#contradiction = model.name === "kv" ? kvContradiction(operations) : null;
    const monitor = monitorOf(model.name);
    const answer = this.#contradiction !== null ? "invalid" : monitor === null ? "declined" : monitor(operations);
    this.#monitor = answer === "declined" ? null : monitor;
    if (answer === "declined") return;
    this.answer = answer;
    this.isOpen = false;
  }

  get operations(): number {
    return this.#kept.length;
  }

  search(stepsMax: number): void {
    this.#pair ??= searchesOf(this.#model, this.#kept);
    this.#pair.run(stepsMax);
    this.answer = this.#pair.answer;
    this.steps = this.#pair.steps;
    this.isOpen = this.#pair.isOpen;
    if (this.answer === "unknown") {
      this.reached = this.#pair.reached;
      if (this.isOpen) return;
    } else {
      this.#stuckAt = this.#pair.stuckAt;
    }
    this.#pair = null;
  }

  explain(stepsMax: number): Counterexample {
    if (this.#contradiction !== null) return this.#explained(this.#contradiction.operations, this.#contradiction);
    let left = Math.min(stepsMax, EXPLAIN_STEPS_MAX);
    const isIllegal = (part: readonly Operation[]): boolean => {
      left -= part.length;
      if (left <= 0) return false;
      if (this.#monitor !== null) return this.#monitor(part) === "invalid";
      const search = new Search(inputOf(this.#model, part));
      // Leaving out what made a search short can make it hopeless: such a piece stays.
      const answer = search.run(Math.min(left, TRY_STEPS_MAX));
      left -= search.steps;
      return answer === "invalid";
    };
    const story = this.#stuckAt === -1 ? this.#kept : this.#illegalBeginning(isIllegal);
    const operations = smallest(story, this.#model, isIllegal);
    return this.#explained(operations, objectReason(this.#model, operations));
  }

  #explained(operations: readonly Operation[], reason: { pattern: string; because: string }): Counterexample {
    return {
      key: this.key,
      because: this.key === null ? reason.because : `key ${this.key}: ${reason.because}`,
      operations: operations.map(shownOperation),
      pattern: reason.pattern,
    };
  }

  /** The beginning of the history up to where no order got any further, and as much more as makes it illegal. */
  #illegalBeginning(isIllegal: (part: readonly Operation[]) => boolean): readonly Operation[] {
    const stuck = endOf(this.#kept[this.#stuckAt] ?? NEVER);
    const ends = this.#kept
      .map(endOf)
      .filter((end) => end >= stuck && end !== Number.POSITIVE_INFINITY)
      .sort((a, b) => a - b);
    // Foresight gives up early, on what is to come: that has to be part of the story.
    for (let more = 1; more < ends.length; more *= 2) {
      const story = this.#until(ends[more - 1] ?? 0);
      if (isIllegal(story)) return story;
    }
    return this.#kept;
  }

  /** What had begun by then; what completed later had not happened yet, as far as anyone knew. */
  #until(moment: number): readonly Operation[] {
    return this.#kept.filter((op) => op.invoked < moment && (endOf(op) <= moment || this.#model.effect(op) !== "read"));
  }
}

/** Steps of a model are dearer than those of a register: fewer of them for an explanation. */
const EXPLAIN_STEPS_MAX = 200_000;
/** What one attempt at leaving something out may cost. */
const TRY_STEPS_MAX = 10_000;

const NEVER = { type: "info", completed: null } as const;

const inputOf = (model: Model<unknown>, operations: readonly Operation[]) => ({
  automaton: new ModelAutomaton(model, operations),
  start: operations.map((op) => op.invoked),
  end: operations.map(endOf),
  foresight: model.name === "kv" ? new KvForesight(operations) : null,
});

function searchesOf(model: Model<unknown>, operations: readonly Operation[]): SearchPair {
  const input = inputOf(model, operations);
  const exact = new Search(input);
  const crashed = input.end.includes(Number.POSITIVE_INFINITY);
  return new SearchPair(exact, crashed ? new Search(input, { unlimited: true, levels: exact.levels }) : null);
}

/**
 * The smallest illegal part that leaving out reads, and whole groups of operations, arrives at: in ever smaller pieces
 * (Zeller and Hildebrandt, 2002), so that minimal means: without any one more read or group it is legal.
 */
function smallest(
  story: readonly Operation[],
  model: Model<unknown>,
  isIllegal: (part: readonly Operation[]) => boolean,
): readonly Operation[] {
  const groups = new Map<string, number[]>();
  const fixed: number[] = [];
  for (const [i, op] of story.entries()) {
    const group = model.effect(op) === "read" ? `read ${op.invoked}` : (model.group?.(op) ?? null);
    if (group === null) fixed.push(i);
    else {
      const members = groups.get(group);
      if (members === undefined) groups.set(group, [i]);
      else members.push(i);
    }
  }
  const partOf = (kept: readonly (readonly number[])[]): readonly Operation[] =>
    [...fixed, ...kept.flat()].sort((a, b) => a - b).flatMap((i) => story[i] ?? []);
  let kept: readonly (readonly number[])[] = [...groups.values()];
  if (!isIllegal(partOf(kept))) return story;
  for (let size = Math.ceil(kept.length / 2); size >= 1; ) {
    let shrunk = false;
    for (let at = 0; at < kept.length; ) {
      const rest = [...kept.slice(0, at), ...kept.slice(at + size)];
      if (isIllegal(partOf(rest))) [kept, shrunk] = [rest, true];
      else at += size;
    }
    if (size === 1 && !shrunk) break;
    size = size === 1 ? 1 : Math.ceil(Math.min(size, Math.max(1, kept.length)) / 2);
  }
  return partOf(kept);
}
