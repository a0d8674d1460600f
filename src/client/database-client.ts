/** How operations reach one node of somebody's own database. */

import type { Json } from "../../checker/history/event.js";
import type { ERRORS } from "./outcome.js";

/** What every operation is given. */
export interface Ask {
  /** Aborted when the client's patience is over: the operation then counts as indefinite. */
  readonly signal: AbortSignal;
}

/**
 * How operations reach one node; one logical client uses it, and asks one thing at a time.
 *
 * A method that is absent is a capability that the database lacks. One that throws `NotDone` says that nothing
 * happened and never will; whatever else is thrown leaves a write indefinite (it may have happened), since calling it
 * failed would make kvtest accuse a correct database.
 */
export interface DatabaseClient {
  /** null where there is no such key. */
  read(key: string, ask: Ask): Promise<Json>;
  write(key: string, value: Json, ask: Ask): Promise<void>;
  /** Throws NotDone("mismatch") where another value was found. Absent: the test writes in its place. */
  cas?(key: string, from: Json, to: Json, ask: Ask): Promise<void>;
  /** The node's own state, asked of nobody else: key -> value. Absent: convergence is not tested. */
  dump?(ask: Ask): Promise<{ readonly [key: string]: Json }>;
  close?(): void;
}

type Errors = typeof ERRORS;
export type DefiniteError = {
  [name in keyof Errors]: Errors[name]["definite"] extends true ? name : never;
}[keyof Errors];

/** Thrown by a client: the operation did not happen, and never will. */
export class NotDone extends Error {
  readonly error: DefiniteError;

  constructor(error: DefiniteError, message: string) {
    super(message);
    this.name = "NotDone";
    this.error = error;
  }
}

/** Every {name} that is known is put in; anything else in braces stays as it is. */
export const filled = (template: string, values: { readonly [name: string]: string }): string =>
  template.replace(/\{(\w+)\}/g, (whole, name: string) => (Object.hasOwn(values, name) ? (values[name] ?? "") : whole));
