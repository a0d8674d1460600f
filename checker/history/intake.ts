/** Raw events in the order of a file -> a history, or everything that is wrong with them, by line. */

import { repetitionsIn } from "./distinct-values.js";
import { Pairing } from "./pair.js";
import { parseEvent, type RawEvent } from "./parse.js";
import type { History } from "./operation.js";

/** What is wrong, and where. Lines count from 1, as editors do. */
export interface Problem {
  readonly line: number;
  readonly message: string;
}

/** `problems`: the first hundred of `problemCount`. `truncated`: a last line cut off in the middle was left out. */
export type ReadResult =
  | { readonly ok: true; readonly history: History; readonly truncated: boolean }
  | { readonly ok: false; readonly problems: readonly Problem[]; readonly problemCount: number };

const PROBLEMS_MAX = 100;

export interface IntakeOptions {
  /**
   * Our files: `index` counts every event, and time never runs backwards. Where not, events may be left out, and their
   * order in the file is their order whatever their times say. Default true.
   */
  readonly dense?: boolean;
  /** No value is written twice under a key: where one is, that is a problem. Default false. */
  readonly distinctValues?: boolean;
}

export class Intake {
  readonly #pairing = new Pairing();
  readonly #problems: Problem[] = [];
  readonly #dense: boolean;
  /** Index -> line; null where nobody will ask. */
  readonly #lines: Map<number, number> | null;
  #problemCount = 0;
  #index = 0;
  #first = true;
  #hasIndex = false;
  #hasTime = false;
  #time = 0;
  /** A last line cut off in the middle was left out. */
  truncated = false;

  constructor(options: IntakeOptions = {}) {
    this.#dense = options.dense ?? true;
    this.#lines = options.distinctValues === true ? new Map() : null;
  }

  take(raw: RawEvent, line: number): void {
    if (this.#first) {
      this.#hasIndex = raw["index"] !== undefined;
      this.#hasTime = raw["time"] !== undefined;
    }
    const parsed = parseEvent(raw, {
      index: this.#index,
      hasIndex: this.#hasIndex,
      dense: this.#dense,
      hasTime: this.#hasTime && !this.#first,
      time: this.#time,
    });
    this.#first = false;
    // After a gap go on from the index found, so that one missing line is one problem.
    const index = raw["index"];
    this.#index = (typeof index === "number" && Number.isSafeInteger(index) ? index : this.#index) + 1;
    const time = raw["time"];
    if (typeof time === "number" && Number.isFinite(time)) this.#time = time;
    if (parsed.is === "foreign") {
      this.#pairing.skip();
    } else if (parsed.is === "wrong") {
      this.#pairing.skip();
      for (const message of parsed.messages) this.problem(line, message);
    } else {
      const problem = this.#pairing.add(parsed.event);
      if (problem !== null) this.problem(line, problem);
      else this.#lines?.set(parsed.event.index, line);
    }
  }

  /** A line that is no event although it stands where one should: it keeps its number, so one bad line is one problem. */
  lost(line: number, message: string): void {
    this.problem(line, message);
    this.#index++;
    this.#pairing.skip();
  }

  problem(line: number, message: string): void {
    this.#problemCount++;
    if (this.#problems.length < PROBLEMS_MAX) this.#problems.push({ line, message });
  }

  result(): ReadResult {
    // Which writes failed is known only now, and only of a history that is one.
    if (this.#lines !== null && this.#problemCount === 0) this.#repetitions(this.#lines);
    if (this.#problemCount > 0) return { ok: false, problems: this.#problems, problemCount: this.#problemCount };
    return { ok: true, history: this.#pairing.history(), truncated: this.truncated };
  }
  #repetitions(lines: ReadonlyMap<number, number>): void {
    for (const { invoked, before, what } of repetitionsIn(this.#pairing.history())) {
      const why = before === null ? "it is the initial value" : `line ${lines.get(before) ?? 0} wrote it before`;
      this.problem(lines.get(invoked) ?? 0, `${what} although ${why}: every value must be written once`);
    }
  }
}
