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
import { smallest } from "./object-shrink.js";
import { tell } from "./object-tell.js";
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
    const prefix = this.key === null ? "" : `key ${this.key}: `;
    if (this.#contradiction !== null) {
      const { operations, pattern, because } = this.#contradiction;
      return { key: this.key, because: prefix + because, operations: operations.map(shownOperation), pattern };
    }
    let left = Math.min(stepsMax, EXPLAIN_STEPS_MAX + EXPLAIN_FACTOR * Math.min(this.steps, EASY_STEPS_MAX));
    let proofSteps = this.steps;
    const isIllegal = (part: readonly Operation[], until: number): boolean => {
      left -= part.length;
      if (left <= 0) return false;
      if (this.#monitor !== null) return this.#monitor(part) === "invalid";
      const search = new Search(inputOf(this.#model, part, until));
      // Leaving out what made a search short can make it hopeless: such a piece stays.
      const answer = search.run(Math.min(left, Math.max(TRY_STEPS_MAX, TRY_FACTOR * proofSteps)));
      left -= search.steps;
      if (answer === "invalid") proofSteps = search.steps;
      return answer === "invalid";
    };
    const { story, until } = this.#illegalBeginning(isIllegal);
    const shrunk = smallest(story, this.#model, (part) => isIllegal(part, until));
    return tell({ key: this.key, prefix, model: this.#model, shrunk, until });
  }

  /** The beginning of the history up to where no order got any further, and as much more as makes it illegal. */
  #illegalBeginning(isIllegal: (part: readonly Operation[], until: number) => boolean): Story {
    const all = { story: this.#kept, until: Number.POSITIVE_INFINITY };
    if (this.#stuckAt === -1) return all;
    const stuck = endOf(this.#kept[this.#stuckAt] ?? NEVER);
    const ends = this.#kept
      .map(endOf)
      .filter((end) => end >= stuck && end !== Number.POSITIVE_INFINITY)
      .sort((a, b) => a - b);
    // Foresight gives up early, on what is to come: that has to be part of the story.
    for (let more = 1; more < ends.length; more *= 2) {
      const until = ends[more - 1] ?? 0;
      const story = this.#until(until);
      if (isIllegal(story, until)) return { story, until };
    }
    return all;
  }

  /** What had begun by then; what completed later had not happened yet, as far as anyone knew. */
  #until(moment: number): readonly Operation[] {
    return this.#kept.filter((op) => op.invoked < moment && (endOf(op) <= moment || this.#model.effect(op) !== "read"));
  }
}

interface Story {
  readonly story: readonly Operation[];
  readonly until: number;
}

/** Steps of a model are dearer than those of a register: fewer of them for an explanation. */
const EXPLAIN_STEPS_MAX = 200_000;
/** More for what took more to refute, up to a point. */
const EXPLAIN_FACTOR = 20;
const EASY_STEPS_MAX = 25_000;
/** What one attempt at leaving something out may cost, in steps and in times the last proof. */
const TRY_STEPS_MAX = 10_000;
const TRY_FACTOR = 2;

const NEVER = { type: "info", completed: null } as const;

/** As far as `until`: an operation still open then is as one that never completed, for what came later is not here. */
const inputOf = (model: Model<unknown>, operations: readonly Operation[], until = Number.POSITIVE_INFINITY) => ({
  automaton: new ModelAutomaton(model, operations),
  start: operations.map((op) => op.invoked),
  end: operations.map(endOf).map((end) => (end > until ? Number.POSITIVE_INFINITY : end)),
  foresight: model.name === "kv" ? new KvForesight(operations) : null,
});

function searchesOf(model: Model<unknown>, operations: readonly Operation[]): SearchPair {
  const input = inputOf(model, operations);
  const exact = new Search(input);
  const crashed = input.end.includes(Number.POSITIVE_INFINITY);
  return new SearchPair(exact, crashed ? new Search(input, { unlimited: true, levels: exact.levels }) : null);
}
