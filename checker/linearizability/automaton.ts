/** A model made small: states and operations that mean the same get one number each, and steps become a table. */

import type { Operation } from "../history/operation.js";
import { type Effect, INCONSISTENT, type Model } from "../model/model.js";

/** No such step. */
export const NO_STEP = -1;
const NOT_ASKED = -2;

/** State 0 is the initial one. A *class* is all operations that do the same in every state. */
export class Automaton<State> {
  /** The class of each operation, by position. */
  readonly classOf: Int32Array;
  /** By class. */
  readonly effects: readonly Effect[];
  readonly #model: Model<State>;
  readonly #examples: readonly Operation[];
  readonly #states: State[] = [];
  readonly #stateIds = new Map<string, number>();
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

  /** The state after an operation of class `cls`, or NO_STEP. */
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
    let id = this.#stateIds.get(identity);
    if (id === undefined) {
      id = this.#states.length;
      this.#stateIds.set(identity, id);
      this.#states.push(state);
    }
    return id;
  }
}
