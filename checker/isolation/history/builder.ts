/**
 * Builds a `TxnHistory` from events, one at a time: pairs invocations with completions, interns keys and values, and
 * notes every breach of what the checker assumes about its input.
 *
 * A source (`json-lines.ts`, `events.ts`) describes the micro-operations of an event with `write` and `read...` and then
 * calls `event`. Values of reads count only in events that ended `ok` or `info`: the source need not describe others.
 */

import type { Json } from "../../history/event.js";
import {
  EMPTY_LIST,
  FAIL,
  INFO,
  NEVER,
  NOT_INVOKED,
  NOTHING,
  OK,
  READ,
  TYPE_NAMES,
  WRITE,
  type Problem,
  type TxnHistory,
  type TypeCode,
  type Workload,
} from "./columns.js";
import { Bytes, Floats, Ints } from "./growable.js";
import { Elements, Keys, Values } from "./interner.js";
import { Lists } from "./lists.js";

/** The type of an event that begins a transaction; the others are `TypeCode`. */
export const INVOKE = 3;
export type EventCode = TypeCode | typeof INVOKE;

const PROBLEMS_MAX = 100;

/** The largest index of an event, and the largest process: columns are 32 bits wide, and the next number must fit too. */
const NUMBER_MAX = 2 ** 31 - 3;

export class HistoryBuilder {
  readonly workload: Workload;
  readonly values = new Values();
  readonly keys = new Keys();
  readonly #elements = new Elements();
  readonly #lists = new Lists();
  readonly #problems: Problem[] = [];
  #problemCount = 0;
  #skipped = 0;

  readonly #process = new Ints();
  readonly #type = new Bytes();
  readonly #invoked = new Ints();
  readonly #completed = new Ints();
  readonly #invokedTime = new Floats();
  readonly #completedTime = new Floats();
  readonly #mopStart = new Ints();
  readonly #mopCount = new Ints();
  readonly #mopKind = new Bytes();
  readonly #mopKey = new Ints();
  readonly #mopTarget = new Ints();
  readonly #mopLength = new Ints();
  readonly #byCompletion = new Ints();
  /** Per element the transaction that writes it, -1 where none does. */
  readonly #writer = new Ints();
  /** Open transaction of each process. */
  readonly #open = new Map<number, number>();
  #lastIndex = -1;

  // The event being described.
  readonly #kinds: number[] = [];
  readonly #mops: { key: number[]; target: number[]; length: number[] } = { key: [], target: [], length: [] };
  #count = 0;

  /** Retired processes; null where anything goes. */
  readonly #retired: Set<number> | null;

  /** `strict`: a completion needs its invocation, and a process whose operation ended `info` is gone (H2). */
  constructor(workload: Workload, strict = false) {
    this.workload = workload;
    this.#retired = strict ? new Set() : null;
  }

  problem(line: number, kind: Problem["kind"], message: string): void {
    this.#problemCount++;
    if (this.#problems.length < PROBLEMS_MAX) this.#problems.push({ line, kind, message });
  }

  /** An event that is none of ours: a fault, another kind of operation. */
  skip(): void {
    this.#skipped++;
  }

  /** Forget the micro-operations described so far. */
  begin(): void {
    this.#count = 0;
  }

  #mop(kind: number, key: number, target: number, length: number): void {
    const at = this.#count++;
    this.#kinds[at] = kind;
    this.#mops.key[at] = key;
    this.#mops.target[at] = target;
    this.#mops.length[at] = length;
  }

  write(key: number, code: number): void {
    this.#mop(WRITE, key, this.#elements.intern(key, code), 0);
  }

  readNothing(key: number): void {
    this.#mop(READ, key, NOTHING, 0);
  }

  readRegister(key: number, code: number): void {
    this.#mop(READ, key, this.#elements.intern(key, code), 0);
  }

  readList(key: number, codes: Int32Array, count: number): void {
    const list = count === 0 ? EMPTY_LIST : this.#lists.branch(key, codes, count, this.#elements);
    this.#mop(READ, key, list, count);
  }

  /** Whether the process has a transaction that did not end yet. */
  isOpen(process: number): boolean {
    return this.#open.has(process);
  }

  /**
   * The event that the micro-operations belong to. `described` is false where it had no value of its own (a time-out
   * that repeats nothing): the invocation's then stands. `index` ascends; `line` is for problems.
   */
  event(type: EventCode, process: number, index: number, time: number, line: number, described: boolean): void {
    // What a column cannot hold would come back as another number, and so as another order of events.
    if (!isWhole(index) || !isWhole(process)) {
      const [name, number] = isWhole(index) ? ["process", process] : ["index", index];
      this.problem(line, "malformed", `${name} ${number}: expected a whole number from 0 to ${NUMBER_MAX}`);
      return;
    }
    if (index <= this.#lastIndex) {
      this.problem(line, "order", `event ${index} comes after event ${this.#lastIndex}: indexes must ascend`);
    }
    this.#lastIndex = index;
    const open = this.#open.get(process);
    if (type === INVOKE) {
      if (open !== undefined) {
        const earlier = this.#invoked.buffer[open] ?? 0;
        this.problem(
          line,
          "two-open",
          `process ${process} invokes at ${index} while its operation of ${earlier} is open`,
        );
      }
      if (this.#retired?.has(process) === true) {
        const why = "although an operation of it ended info: such a process is retired (H2)";
        this.problem(line, "two-open", `process ${process} invokes txn ${why}`);
      }
      if (!described)
        this.problem(line, "malformed", `the invocation at ${index} has no value: expected a transaction`);
      const txn = this.#transaction(process, index, time, line);
      this.#open.set(process, txn);
      return;
    }
    if (type === INFO) this.#retired?.add(process);
    let txn = open;
    if (txn === undefined) {
      if (this.#retired !== null) {
        const name = EVENT_NAMES[type];
        this.problem(line, "unpaired", `process ${process} completes txn (${name}) without having invoked it`);
      }
      if (!described) return;
      txn = this.#transaction(process, NOT_INVOKED, Number.NaN, line);
    } else {
      this.#open.delete(process);
    }
    this.#type.buffer[txn] = type;
    this.#completed.buffer[txn] = index;
    this.#completedTime.buffer[txn] = time;
    this.#byCompletion.push(txn);
    if (described) this.#complete(txn, line);
    else if (type === OK) this.problem(line, "malformed", `the transaction that ended ok at ${index} has no value`);
  }

  /** A new transaction with the described micro-operations, open until its completion says otherwise. */
  #transaction(process: number, invoked: number, time: number, line: number): number {
    const txn = this.#process.length;
    this.#process.push(process);
    this.#type.push(INFO);
    this.#invoked.push(invoked);
    this.#completed.push(NEVER);
    this.#invokedTime.push(time);
    this.#completedTime.push(Number.NaN);
    this.#mopStart.push(this.#mopKind.length);
    this.#mopCount.push(0);
    this.#append(txn, line);
    return txn;
  }

  #append(txn: number, line: number): void {
    this.#mopStart.buffer[txn] = this.#mopKind.length;
    this.#mopCount.buffer[txn] = this.#count;
    for (let i = 0; i < this.#count; i++) {
      const kind = this.#kinds[i] ?? READ;
      const target = this.#mops.target[i] ?? NOTHING;
      this.#mopKind.push(kind);
      this.#mopKey.push(this.#mops.key[i] ?? 0);
      this.#mopTarget.push(target);
      this.#mopLength.push(this.#mops.length[i] ?? 0);
      if (kind === WRITE) this.#written(txn, target, line);
    }
  }

  #written(txn: number, element: number, line: number): void {
    while (this.#writer.length <= element) this.#writer.push(-1);
    const earlier = this.#writer.buffer[element] ?? -1;
    this.#writer.buffer[element] = txn;
    if (earlier < 0) return;
    const value = this.values.value(this.#elements.codes.buffer[element] ?? 0);
    const key = this.values.value(this.keys.names.buffer[this.#elements.keys.buffer[element] ?? 0] ?? 0);
    this.problem(
      line,
      "duplicate-write",
      `${JSON.stringify(value)} is written to key ${JSON.stringify(key)} a second time: writes must be unique per key`,
    );
  }

  /** The completion's micro-operations: nearly always the invocation's, with the reads filled in. */
  #complete(txn: number, line: number): void {
    const start = this.#mopStart.buffer[txn] ?? 0;
    let same = this.#mopCount.buffer[txn] === this.#count;
    for (let i = 0; same && i < this.#count; i++) {
      const at = start + i;
      same =
        this.#mopKind.buffer[at] === this.#kinds[i] &&
        this.#mopKey.buffer[at] === this.#mops.key[i] &&
        (this.#kinds[i] === READ || this.#mopTarget.buffer[at] === this.#mops.target[i]);
    }
    if (!same) {
      this.#forget(start, this.#mopCount.buffer[txn] ?? 0);
      this.#append(txn, line);
      return;
    }
    for (let i = 0; i < this.#count; i++) {
      this.#mopTarget.buffer[start + i] = this.#mops.target[i] ?? NOTHING;
      this.#mopLength.buffer[start + i] = this.#mops.length[i] ?? 0;
    }
  }

  /** The completion tells another story than the invocation; it is believed, so the invocation's writes are no writes. */
  #forget(start: number, count: number): void {
    for (let at = start; at < start + count; at++) {
      if (this.#mopKind.buffer[at] === WRITE) this.#writer.buffer[this.#mopTarget.buffer[at] ?? 0] = -1;
    }
  }

  #begun(): Int32Array {
    const invoked = this.#invoked.view();
    if (!invoked.includes(NOT_INVOKED)) return invoked;
    const begun = invoked.slice();
    const last = new Map<number, number>();
    for (const txn of this.#byCompletion.view()) {
      const process = this.#process.buffer[txn] ?? 0;
      if (begun[txn] === NOT_INVOKED) begun[txn] = last.get(process) ?? NOT_INVOKED;
      last.set(process, (this.#completed.buffer[txn] ?? NEVER) + 1);
    }
    return begun;
  }

  finish(): TxnHistory {
    const values = this.values;
    const names = this.keys.names.view();
    const codes = this.#elements.codes.view();
    return {
      workload: this.workload,
      problems: this.#problems,
      problemCount: this.#problemCount,
      skipped: this.#skipped,
      txns: this.#process.length,
      txnProcess: this.#process.view(),
      txnType: this.#type.view(),
      txnInvoked: this.#invoked.view(),
      txnCompleted: this.#completed.view(),
      txnBegun: this.#begun(),
      txnInvokedTime: this.#invokedTime.view(),
      txnCompletedTime: this.#completedTime.view(),
      mopStart: this.#mopStart.view(),
      mopCount: this.#mopCount.view(),
      mopKind: this.#mopKind.view(),
      mopKey: this.#mopKey.view(),
      mopTarget: this.#mopTarget.view(),
      mopLength: this.#mopLength.view(),
      keys: names.length,
      keyName: (key: number): Json => values.value(names[key] ?? 0),
      elements: codes.length,
      elementKey: this.#elements.keys.view(),
      elementValue: (element: number): Json => values.value(codes[element] ?? 0),
      lists: this.#lists.elements,
      listKey: this.#lists.key,
      byCompletion: this.#byCompletion.view(),
    };
  }
}

const isWhole = (number: number): boolean => Number.isInteger(number) && number >= 0 && number <= NUMBER_MAX;

const EVENT_NAMES = [...TYPE_NAMES, "invoke"] as const;

export const EVENT_CODES: ReadonlyMap<string, EventCode> = new Map<string, EventCode>([
  ["invoke", INVOKE],
  ["ok", OK],
  ["info", INFO],
  ["fail", FAIL],
]);
