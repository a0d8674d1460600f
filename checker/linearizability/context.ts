/**
 * A long story told in two: what must have happened by some moment, and why nothing can come after it.
 *
 * The moment lies between two events. What came before it (`before`) proves facts about the register at that moment in
 * every order of the history: that it cannot hold some value, that some operation that was still open has taken effect
 * already. What comes after it (`after`) has no order, whatever else the register holds then. Both are shorter than the
 * whole, and each is asked of the search.
 */

import { type Aim, minimize } from "./minimize.js";
import { type Budget, isIllegal, type Part, positionsOf, type Supposed } from "./part.js";
import { NONE, type RegisterHistory } from "./register-history.js";

export interface Cut {
  /** The moment is after this event and before the next. */
  readonly at: number;
  /** Numbers of values that the register cannot hold then. */
  readonly excluded: readonly number[];
  /** Positions of operations that were open and have taken effect. */
  readonly done: readonly number[];
  readonly before: Part;
  readonly after: Part;
}

type Fact = { readonly is: "excluded"; readonly value: number } | { readonly is: "done"; readonly position: number };

interface Told {
  /** A part without an order, and the index at which it ends. */
  readonly part: Part;
  readonly until: number;
  /** What a part must hold as long as it counts what the one at a position saw. */
  readonly required: Aim["required"];
  readonly budget: Budget;
}

/** What one question may cost: all parts here are small. */
const STEPS_MAX = 20_000;

export class Cutter {
  readonly #history: RegisterHistory;
  readonly #story: Told;

  constructor(history: RegisterHistory, story: Told) {
    this.#history = history;
    this.#story = story;
  }

  /** Where the longer of both sides is shortest, or null where no moment makes the story shorter. */
  best(): Cut | null {
    const { start, end } = this.#history;
    const { part, until } = this.#story;
    const moments = new Set(positionsOf(part).flatMap((i) => [(start[i] ?? 0) - 1, end[i] ?? 0]));
    let best: Cut | null = null;
    for (const at of [...moments].sort((a, b) => a - b)) {
      if (at < 0 || at >= until || this.#story.budget.left <= 0) continue;
      const cut = this.#cutAt(at);
      if (cut !== null && (best === null || longer(cut) < longer(best))) best = cut;
    }
    return best !== null && longer(best) < positionsOf(part).length ? best : null;
  }

  #cutAt(at: number): Cut | null {
    let after = this.#after(at);
    if (after.seen.size === 0 || after.made.size === 0) return null;
    const all = this.#facts(at, after);
    if (!this.#clashes(after, at, all)) return null;
    let facts = all;
    for (const fact of all) {
      const fewer = facts.filter((other) => other !== fact);
      if (this.#clashes(after, at, fewer)) facts = fewer;
    }
    const { end } = this.#history;
    const isDone = new Set(facts.flatMap((fact) => (fact.is === "done" ? [fact.position] : [])));
    after = minimize(after, {
      order: "oldest first",
      required: (position) => this.#story.required(position).filter((i) => (end[i] ?? 0) > at && !isDone.has(i)),
      proves: (rest) => rest.seen.size > 0 && this.#clashes(rest, at, facts),
    });
    const grounds = facts.map((fact) => this.#ground(fact, at));
    return {
      at,
      excluded: facts.flatMap((fact) => (fact.is === "excluded" ? [fact.value] : [])),
      done: [...isDone],
      before: {
        made: new Set(grounds.flatMap(({ made }) => [...made])),
        seen: new Set(grounds.flatMap(({ seen }) => [...seen])),
      },
      after: { made: new Set([...after.made].filter((i) => !isDone.has(i))), seen: after.seen },
    };
  }

  /** What was over by then, and the effects of what had begun. */
  #before(at: number): Part {
    const { start, end } = this.#history;
    const { made, seen } = this.#story.part;
    return {
      made: new Set([...made].filter((i) => (start[i] ?? 0) <= at)),
      seen: new Set([...seen].filter((i) => (end[i] ?? 0) <= at)),
    };
  }

  /** What began afterwards, and the effects of what was still open. */
  #after(at: number): Part {
    const { start, end } = this.#history;
    const { made, seen } = this.#story.part;
    return {
      made: new Set([...made].filter((i) => (end[i] ?? 0) > at)),
      seen: new Set([...seen].filter((i) => (start[i] ?? 0) > at)),
    };
  }

  /** All that is known of the moment and could matter afterwards. */
  #facts(at: number, after: Part): readonly Fact[] {
    const { start, from } = this.#history;
    const open = [...after.made].filter((i) => (start[i] ?? 0) <= at);
    const values = [...new Set([...after.seen].map((i) => from[i] ?? NONE))];
    const facts: Fact[] = [
      ...open.map((position): Fact => ({ is: "done", position })),
      ...values.map((value): Fact => ({ is: "excluded", value })),
    ];
    return facts.filter((fact) => this.#isProven(fact, at, this.#withGround(fact, at)));
  }

  /** `before`, with every write that the register could have the value from. */
  #withGround(fact: Fact, at: number): Part {
    const before = this.#before(at);
    if (fact.is === "done") return before;
    return { made: new Set([...before.made, ...this.#settersBy(fact.value, at)]), seen: before.seen };
  }

  #ground(fact: Fact, at: number): Part {
    const needed = fact.is === "excluded" ? this.#settersBy(fact.value, at) : [fact.position];
    return minimize(this.#withGround(fact, at), {
      order: "oldest first",
      required: this.#story.required,
      proves: (rest) => needed.every((i) => rest.made.has(i)) && this.#isProven(fact, at, rest),
    });
  }

  #isProven(fact: Fact, at: number, part: Part): boolean {
    if (fact.is === "excluded") {
      return this.#isIllegal(part, at, { at: at + 0.5, from: fact.value, to: NONE });
    }
    // Had it not taken effect yet, then what was over by now would have an order without it.
    const { made, seen } = part;
    const rest = {
      made: new Set([...made].filter((i) => i !== fact.position)),
      seen: new Set([...seen].filter((i) => i !== fact.position)),
    };
    return rest.seen.size > 0 && this.#isIllegal(rest, at);
  }

  /** Whether `after` has no order, whatever the register holds at first that the facts allow. */
  #clashes(after: Part, at: number, facts: readonly Fact[]): boolean {
    const made = new Set(after.made);
    const excluded = new Set<number>();
    for (const fact of facts) {
      if (fact.is === "done") made.delete(fact.position);
      else excluded.add(fact.value);
    }
    const { from, values } = this.#history;
    // All values that nobody sees afterwards are like one more.
    const held = new Set([...[...after.seen].map((i) => from[i] ?? NONE), values.length]);
    return [...held].every(
      (value) =>
        excluded.has(value) ||
        this.#isIllegal({ made, seen: after.seen }, this.#story.until, { at: at + 0.5, from: NONE, to: value }),
    );
  }

  /** Operations that set `value`, had begun by then and are not provably overwritten. */
  #settersBy(value: number, at: number): readonly number[] {
    const { from, to, start, end } = this.#history;
    let overwritten = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < start.length && (start[i] ?? 0) <= at; i++) {
      if ((end[i] ?? 0) > at) continue;
      const isOther = to[i] !== NONE || (from[i] !== NONE && from[i] !== value);
      if (isOther) overwritten = Math.max(overwritten, start[i] ?? 0);
    }
    const setters: number[] = [];
    for (let i = 0; i < start.length && (start[i] ?? 0) <= at; i++) {
      if (to[i] === value && (end[i] ?? 0) >= overwritten) setters.push(i);
    }
    return setters;
  }

  #isIllegal(part: Part, until: number, supposed?: Supposed): boolean {
    const question = { part, until, stepsMax: STEPS_MAX };
    return isIllegal(this.#history, supposed === undefined ? question : { ...question, supposed }, this.#story.budget);
  }
}

/** A fact is as much to keep in mind as an operation. */
const longer = ({ before, after, excluded, done }: Cut): number =>
  Math.max(positionsOf(before).length, positionsOf(after).length + excluded.length + done.length);
