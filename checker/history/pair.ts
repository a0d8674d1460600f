/**
 * Invocation meets completion.
 *
 * A process does one thing at a time (H1) and is retired for ever by an `info` (H2), so the open operation of the
 * completion's process is its invocation; `f` and `key` are repeated only so that a line is legible alone, and are
 * checked here.
 */

import type { FaultEvent, HistoryEvent, Json, OpEvent } from "./event.js";
import { isFault } from "./event.js";
import type { History, Operation } from "./operation.js";

type Writable<T> = { -readonly [Name in keyof T]: T[Name] };

/** A process between two events: the operation it has open, or why it must not go on. */
type Standing = Writable<Operation> | "idle" | "retired";

export class Pairing {
  readonly #operations: Operation[] = [];
  readonly #faults: FaultEvent[] = [];
  readonly #processes = new Map<number, Standing>();
  #events = 0;

  /** Takes the next event. Returns null, or in words which promise of the history it breaks; it is then left out. */
  add(event: HistoryEvent): string | null {
    this.#events++;
    if (isFault(event)) {
      this.#faults.push(event);
      return null;
    }
    return event.type === "invoke" ? this.#invoke(event) : this.#complete(event);
  }

  /** Counts a line that is no event of ours, such as another tool's nemesis. */
  skip(): void {
    this.#events++;
  }

  history(): History {
    return { operations: this.#operations, faults: this.#faults, events: this.#events };
  }

  #invoke(event: OpEvent): string | null {
    const standing = this.#processes.get(event.process);
    if (standing === "retired") {
      return `process ${event.process} invokes ${event.f} although an operation of it ended info: such a process is retired (H2)`;
    }
    if (standing !== undefined && standing !== "idle") {
      return `process ${event.process} invokes ${event.f} while its ${standing.f} of event ${standing.invoked} is still open: one at a time (H1)`;
    }
    const operation: Writable<Operation> = {
      process: event.process,
      f: event.f,
      key: event.key,
      type: "info",
      value: event.value,
      result: null,
      invoked: event.index,
      completed: null,
      invokedTime: event.time,
      completedTime: null,
      node: event.node ?? null,
      error: null,
      siblings: null,
    };
    this.#operations.push(operation);
    this.#processes.set(event.process, operation);
    return null;
  }

  #complete(event: OpEvent): string | null {
    const open = this.#processes.get(event.process);
    if (open === undefined || open === "idle" || open === "retired") {
      return `process ${event.process} completes ${event.f} (${event.type}) without having invoked it`;
    }
    if (open.f !== event.f || open.key !== event.key) {
      return `process ${event.process} completes ${nameOf(event.f, event.key)} but had invoked ${nameOf(open.f, open.key)} at event ${open.invoked}`;
    }
    // "invoke" was sent elsewhere by `add`; what is left are the three ways to end.
    open.type = event.type === "invoke" ? "info" : event.type;
    open.result = event.value;
    open.completed = event.index;
    open.completedTime = event.time;
    open.error = event.error ?? null;
    open.siblings = event.siblings ?? null;
    if (event.node !== undefined) open.node = event.node;
    this.#processes.set(event.process, event.type === "info" ? "retired" : "idle");
    return null;
  }
}

const nameOf = (f: string, key: Json): string => (key === null ? f : `${f} of ${JSON.stringify(key)}`);

/**
 * The history of events that are already in memory and known to be well formed, such as those of a run or a test.
 * Throws on the first that is not: from there it is the caller's defect, not an input error.
 */
export function pairEvents(events: Iterable<HistoryEvent>): History {
  const pairing = new Pairing();
  for (const event of events) {
    const problem = pairing.add(event);
    if (problem !== null) throw new Error(`event ${event.index}: ${problem}`);
  }
  return pairing.history();
}
