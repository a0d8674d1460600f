/**
 * Registers with distinct values straight from the bytes of a JSON-lines file, in one pass and in little memory: some
 * fifty bytes a value written, nothing an operation.
 *
 *     const stream = new DistinctStream();
 *     for await (const chunk of file) stream.push(chunk);
 *     const answer = stream.end();
 *
 * `valid` and `invalid` are the verdicts that `checkLinearizable` comes to. `declined` is no verdict: the file holds
 * something that this check was not made for, a value written twice or a line that is wrong, and has to be read in full.
 * An invalid answer names what to look at again: push the same bytes to a `FocusReader` for the counterexample.
 */

import { canonical, isList } from "../../history/canonical.js";
import type { HistoryEvent, Json } from "../../history/event.js";
import { isFault } from "../../history/event.js";
import { isRawEvent, parseEvent } from "../../history/parse.js";
import type { Verdict } from "../../verdict.js";
import type { LinearizabilityDetails } from "../details.js";
import type { KeyResult } from "../key-check.js";
import { EXPLAINED_MAX, verdictOf } from "../merge.js";
import { ByteLines, decoded, encoded } from "./byte-lines.js";
import { NONE } from "./columns.js";
import { type RegisterEvent, RegisterEvents } from "./events.js";
import { type Focus, focusOf } from "./focus.js";
import { KeyTable } from "./keys.js";
import { ABSENT, CAS, INT, INVOKE, LineScanner, NULL, OK, READ, type Scalar, TEXT, WRITE } from "./scan.js";
import { ValueTable } from "./values.js";

export type StreamResult =
  | { readonly is: "valid"; readonly verdict: Verdict<LinearizabilityDetails> }
  | { readonly is: "invalid"; readonly verdict: Verdict<LinearizabilityDetails>; readonly focus: Focus }
  /** `line` 0: it shows only at the end. */
  | { readonly is: "declined"; readonly because: string; readonly line: number };

const EVENTS_MAX = 0x7ffffffe;
const F_NAMES: readonly string[] = ["read", "write", "cas", "dump"];
const TYPE_NAMES: readonly string[] = ["invoke", "ok", "fail", "info"];
const NULL_TEXT = encoded("null");

export class DistinctStream {
  readonly #values = new ValueTable();
  readonly #keys = new KeyTable((key) => this.#events.columns.addKey(key, this.#ofText(key, NULL_TEXT)));
  readonly #events = new RegisterEvents((key, f) => this.#keys.counted(key, f));
  readonly #scanner = new LineScanner();
  readonly #lines = new ByteLines((bytes, start, end) => this.#take(bytes, start, end));
  readonly #event = { process: 0, type: 0, f: 0, key: 0, from: NONE, to: NONE };
  #count = 0;
  #line = 0;
  #hasIndex = false;
  #hasTime = false;
  #time = 0;
  #declined: { readonly because: string; readonly line: number } | null = null;

  push(chunk: Uint8Array): void {
    if (this.#declined === null) this.#lines.push(chunk);
  }

  end(): StreamResult {
    if (this.#declined === null) this.#lines.end();
    if (this.#declined !== null) return { is: "declined", ...this.#declined };
    const found = this.#events.end(this.#keys.count, (value) => this.#values.keyOf(value));
    if (found.is === "declined") return { ...found, line: 0 };
    const wrong = found.clashes;
    const verdict = this.#verdict(wrong);
    if (wrong.size === 0) return { is: "valid", verdict };
    const first = [...wrong].sort(([a], [b]) => a - b).slice(0, EXPLAINED_MAX);
    const focus = focusOf({
      clashes: new Map(first),
      next: found.next,
      columns: this.#events.columns,
      nameOf: (key) => this.#keys.nameOf(key),
      textOf: (value) => this.#values.textOf(value),
    });
    return { is: "invalid", verdict, focus };
  }

  #verdict(wrong: ReadonlyMap<number, readonly number[]>): Verdict<LinearizabilityDetails> {
    const results: KeyResult[] = [];
    for (let key = 0; key < this.#keys.count; key++) {
      if (!this.#keys.isSeen(key)) continue;
      results.push({
        key: this.#keys.nameOf(key),
        operations: this.#keys.operations(key),
        answer: wrong.has(key) ? "invalid" : "valid",
        steps: 0,
        reached: 0,
        counterexample: null,
      });
    }
    return verdictOf({ model: this.#events.hasCas ? "cas-register" : "register", results, problem: null });
  }

  #decline(because: string): void {
    this.#declined ??= { because, line: this.#line };
  }

  #take(bytes: Uint8Array, start: number, end: number): void {
    if (this.#declined !== null) return;
    this.#line++;
    const scanner = this.#scanner;
    if (!scanner.scan(bytes, start, end)) {
      this.#takeSlowly(bytes.subarray(start, end));
      return;
    }
    if (!this.#inOrder(scanner.index, scanner.time)) return;
    const event = this.#event;
    event.process = scanner.process;
    event.type = scanner.type;
    event.f = scanner.f;
    event.key = this.#keyOf(scanner.key, bytes);
    event.from = event.to = NONE;
    const isPair = scanner.second.kind !== ABSENT;
    const isBegin = scanner.type === INVOKE;
    if (scanner.value.kind === ABSENT || (scanner.f === CAS ? isBegin && !isPair : isPair)) {
      // A value that is a list itself, a cas without a pair, no value at all: for the long way to say.
      this.#count--;
      this.#takeSlowly(bytes.subarray(start, end));
      return;
    }
    if (scanner.f === READ) {
      if (scanner.type === OK) event.from = this.#valueOf(event.key, scanner.value, bytes);
    } else if (isBegin) {
      event.to = this.#valueOf(event.key, isPair ? scanner.second : scanner.value, bytes);
      if (isPair) event.from = this.#valueOf(event.key, scanner.value, bytes);
    }
    this.#feed(event);
  }

  /** Whether this event is the next one, as the file counts and times them. */
  #inOrder(index: number, time: number): boolean {
    const first = this.#count === 0;
    if (first) [this.#hasIndex, this.#hasTime] = [index !== -1, time !== -1];
    if (index === -1 ? this.#hasIndex : index !== this.#count) this.#decline("the index is not that of the next event");
    else if (this.#hasTime && (time === -1 || time < this.#time)) this.#decline("time is missing or runs backwards");
    else if (this.#count >= EVENTS_MAX) this.#decline("there are too many events");
    if (time !== -1) this.#time = time;
    this.#count++;
    return this.#declined === null;
  }

  #takeSlowly(bytes: Uint8Array): void {
    const text = decoded(bytes);
    if (text === null) {
      this.#decline("is not UTF-8");
      return;
    }
    if (text.trim() === "") return;
    const raw = parsed(text);
    if (!isRawEvent(raw)) {
      this.#decline("is not a JSON object");
      return;
    }
    const { index, time } = raw;
    const place = typeof index === "number" ? index : -1;
    // Whether it is in order is asked first, so that it is asked of all lines alike; what is no number is told below.
    if (!this.#inOrder(place, typeof time === "number" ? time : -1)) return;
    const parsedEvent = parseEvent(raw, {
      index: this.#count - 1,
      hasIndex: this.#hasIndex,
      dense: true,
      hasTime: this.#hasTime,
      time: this.#time,
    });
    if (parsedEvent.is === "wrong") this.#decline(parsedEvent.messages.join("; "));
    else if (parsedEvent.is === "event") this.#takeEvent(parsedEvent.event);
  }

  #takeEvent(event: HistoryEvent): void {
    if (isFault(event)) return;
    const f = F_NAMES.indexOf(event.f);
    const type = TYPE_NAMES.indexOf(event.type);
    if (f === -1) {
      this.#decline(`${event.f} is no operation of a register`);
      return;
    }
    if (event.process < 0) {
      this.#decline("the number of a process is negative");
      return;
    }
    const key = event.key === null ? this.#keys.none() : this.#keys.named(event.key);
    let [from, to] = [NONE, NONE];
    if (f === READ && type === OK) from = this.#ofJson(key, event.value);
    if (f === WRITE && type === INVOKE) to = this.#ofJson(key, event.value);
    if (f === CAS && type === INVOKE) {
      const [a, b] = event.value !== null && isList(event.value) ? event.value : [];
      if (a === undefined || b === undefined || !isList(event.value) || event.value.length !== 2) {
        this.#decline("the argument of a cas is no pair");
        return;
      }
      [from, to] = [this.#ofJson(key, a), this.#ofJson(key, b)];
    }
    this.#feed({ process: event.process, type, f, key, from, to });
  }

  #feed(event: RegisterEvent): void {
    const problem = this.#events.take(event, this.#count - 1);
    if (problem !== null) this.#decline(problem);
    else if (event.type === INVOKE) this.#keys.saw(event.key, event.f);
  }

  #keyOf(key: Scalar, bytes: Uint8Array): number {
    if (key.kind === ABSENT) return this.#keys.none();
    return key.kind === INT ? this.#keys.ofInt(key.int) : this.#keys.ofText(bytes, key.start, key.end);
  }

  #valueOf(key: number, value: Scalar, bytes: Uint8Array): number {
    if (value.kind === INT) return this.#values.ofInt(key, value.int);
    if (value.kind === NULL) return this.#events.columns.initialOf(key);
    return value.kind === TEXT ? this.#values.ofText(key, { bytes, start: value.start, end: value.end }) : NONE;
  }

  #ofJson(key: number, value: Json): number {
    if (typeof value === "number" && Number.isSafeInteger(value)) return this.#values.ofInt(key, value);
    return this.#ofText(key, encoded(canonical(value)));
  }

  #ofText(key: number, bytes: Uint8Array): number {
    return this.#values.ofText(key, { bytes, start: 0, end: bytes.length });
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
