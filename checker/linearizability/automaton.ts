/** A model made small: states and operations that mean the same get one number each, and steps become a table. */

import type { Operation } from "../history/operation.js";
import { type Effect, INCONSISTENT, type Model } from "../model/model.js";
import { NONE } from "./register-history.js";

/** No such step. */
export const NO_STEP = -1;
const NOT_ASKED = -2;

/** What a search knows of an object. State 0 is the initial one. A *class* is all operations that do the same in every state. */
export interface Automaton {
  /** The class of each operation, by position. */
  readonly classOf: Int32Array;
  /** By class. */
  readonly effects: readonly Effect[];
  /** The state after an operation of class `cls`, or NO_STEP. */
  next(state: number, cls: number): number;
  /** The state itself, as the model has it. */
  stateOf(state: number): unknown;
  /** Roughly how much its tables hold, in numbers of 4 bytes: it grows with the states that a search meets. */
  readonly weight: number;
}

/** A register, whose states are the numbers of its values: steps need no table. */
export class RegisterAutomaton implements Automaton {
  readonly classOf: Int32Array;
  readonly effects: readonly Effect[];
  readonly weight = 0;
  /** What an operation of each class needs to find, and what it leaves; NONE: anything, nothing. */
  readonly #needs: readonly number[];
  readonly #leaves: readonly number[];

  /** `from` and `to` as in RegisterHistory. */
  constructor(from: ArrayLike<number>, to: ArrayLike<number>) {
    this.classOf = new Int32Array(from.length);
    const [needs, leaves]: [number[], number[]] = [[], []];
    const ids = new Map<number, number>();
    for (let i = 0; i < from.length; i++) {
      const [a, b] = [from[i] ?? NONE, to[i] ?? NONE];
      // One number for the pair: values are far fewer than 2^26.
      const pair = (a + 1) * 0x4000000 + b + 1;
      let id = ids.get(pair);
      if (id === undefined) {
        id = needs.length;
        ids.set(pair, id);
        needs.push(a);
        leaves.push(b);
      }
      this.classOf[i] = id;
    }
    this.#needs = needs;
    this.#leaves = leaves;
    this.effects = needs.map((a, id) => (leaves[id] === NONE ? "read" : a === NONE ? "blind" : "update"));
  }

  stateOf(state: number): number {
    return state;
  }

  next(state: number, cls: number): number {
    const needed = this.#needs[cls] ?? NONE;
    if (needed !== NONE && needed !== state) return NO_STEP;
    const left = this.#leaves[cls] ?? NONE;
    return left === NONE ? state : left;
  }
}

/** Any model. */
export class ModelAutomaton<State> implements Automaton {
  readonly classOf: Int32Array;
  readonly effects: readonly Effect[];
  readonly #model: Model<State>;
  readonly #examples: readonly Operation[];
  readonly #states: State[] = [];
  /** States by identity: more than one only where the model has an `equal` of its own. */
  readonly #stateIds = new Map<string, number[]>();
  weight = 0;
  readonly #rows: Int32Array[];

  constructor(model: Model<State>, operations: readonly Operation[]) {
    this.#model = model;
    this.classOf = new Int32Array(operations.length);
    const ids = new Map<string, number>();
    const examples: Operation[] = [];
    for (const [i, op] of operations.entries()) {
      const identity = model.identity(op);
      let id = ids.get(identity);
      if (id === undefined) {
        id = examples.length;
        ids.set(identity, id);
        examples.push(op);
      }
      this.classOf[i] = id;
    }
    this.#examples = examples;
    this.effects = examples.map((op) => model.effect(op));
    this.#rows = examples.map(() => new Int32Array(8).fill(NOT_ASKED));
    this.#stateId(model.init);
  }

  stateOf(state: number): State | undefined {
    return this.#states[state];
  }

  next(state: number, cls: number): number {
    const row = this.#rows[cls];
    const known = row === undefined ? NO_STEP : (row[state] ?? NOT_ASKED);
    return known === NOT_ASKED ? this.#ask(state, cls) : known;
  }

  #ask(state: number, cls: number): number {
    const [value, op] = [this.#states[state], this.#examples[cls]];
    // Both exist: numbers of states and classes are only ever handed out here. `value` itself may well be undefined.
    if (op === undefined) return NO_STEP;
    const after = this.#model.step(value as State, op);
    const id = after === INCONSISTENT ? NO_STEP : this.#stateId(after);
    let row = this.#rows[cls] ?? new Int32Array(8).fill(NOT_ASKED);
    if (state >= row.length) {
      const wider = new Int32Array(Math.max(2 * row.length, state + 1)).fill(NOT_ASKED);
      wider.set(row);
      this.#rows[cls] = row = wider;
    }
    row[state] = id;
    return id;
  }

  #stateId(state: State): number {
    const identity = this.#model.stateIdentity(state);
    const peers = this.#stateIds.get(identity) ?? [];
    const model = this.#model;
    // The cast: numbers in `peers` are of states that are there.
    const known =
      model.equal === undefined
        ? peers[0]
        : peers.find((id) => model.equal?.(this.#states[id] as State, state) === true);
    if (known !== undefined) return known;
    const id = this.#states.length;
    if (peers.length === 0) this.#stateIds.set(identity, peers);
    peers.push(id);
    this.#states.push(state);
    this.weight += this.#rows.length + identity.length + 20;
    return id;
  }
}
