/**
 * The second look at a history that a stream found invalid: of the whole file only the operations on the values that
 * contradict each other are kept, and the usual check explains them.
 *
 * With every value come its write, all reads of it, and what its write had to find, so what is kept has no order either.
 */

import { canonical } from "../../history/canonical.js";
import type { HistoryEvent, Json, OpEvent } from "../../history/event.js";
import type { History } from "../../history/operation.js";
import { Pairing } from "../../history/pair.js";
import { isRawEvent, parseEvent } from "../../history/parse.js";
import { casPair } from "../../model/register.js";
import type { Verdict } from "../../verdict.js";
import { checkLinearizable } from "../check.js";
import type { LinearizabilityDetails } from "../details.js";
import { ByteLines, decoded } from "./byte-lines.js";
import { NEVER, NONE, type ValueColumns } from "./columns.js";

/** Canonical texts of values; plain data. */
export interface FocusKey {
  readonly key: string | null;
  /** Those whose writes and reads belong to the story, and of them those whose cas do too. */
  readonly values: readonly string[];
  readonly seen: readonly string[];
}

export interface Focus {
  readonly keys: readonly FocusKey[];
  /** Values were left out, since there were too many: a second look may find no contradiction. */
  readonly truncated: boolean;
}

const VALUES_MAX = 200_000;

export interface Found {
  readonly clashes: ReadonlyMap<number, readonly number[]>;
  readonly columns: ValueColumns;
  /** By value: one that a cas which happened put in its place, or NONE. */
  readonly next: Int32Array;
  readonly nameOf: (key: number) => string | null;
  readonly textOf: (value: number) => string;
}

export function focusOf(found: Found): Focus {
  let left = VALUES_MAX;
  const keys = [...found.clashes].map(([key, clashing]) => {
    const story = storyOf(found, clashing, left);
    left -= story.values.size;
    return {
      key: found.nameOf(key),
      values: [...story.values].map(found.textOf),
      seen: [...story.seen].map(found.textOf),
    };
  });
  return { keys, truncated: left <= 0 };
}

/**
 * What belongs to a contradiction: the values, what their writes had to find, and of each write of unknown outcome
 * somebody who saw what it wrote, since otherwise it need not have happened.
 */
function storyOf(
  { columns, next }: Found,
  clashing: readonly number[],
  max: number,
): { values: Set<number>; seen: Set<number> } {
  const [values, seen] = [new Set<number>(), new Set(clashing)];
  const open = [...clashing];
  for (let value = open.pop(); value !== undefined && values.size < max; value = open.pop()) {
    if (value === NONE || values.has(value)) continue;
    values.add(value);
    open.push(columns.from[value] ?? NONE);
    const isCertain = columns.done[value] !== NEVER || columns.readFirst[value] !== NEVER;
    if (isCertain || columns.wrote[value] === NONE) continue;
    seen.add(value);
    open.push(next[value] ?? NONE);
  }
  return { values, seen };
}

interface Story {
  readonly values: ReadonlySet<string>;
  readonly seen: ReadonlySet<string>;
}

/** Takes the bytes of the same file once more. */
export class FocusReader {
  readonly #values: ReadonlyMap<string | null, Story>;
  readonly #truncated: boolean;
  readonly #pairing = new Pairing();
  /** By process, the invocation of a read: whether it belongs here is known when it completes. */
  readonly #reads = new Map<number, OpEvent>();
  readonly #kept: OpEvent[] = [];
  readonly #lines = new ByteLines((bytes, start, end) => this.#line(decoded(bytes.subarray(start, end)) ?? ""));
  #index = 0;
  #time = 0;

  constructor(focus: Focus) {
    this.#values = new Map(
      focus.keys.map(({ key, values, seen }) => [key, { values: new Set(values), seen: new Set(seen) }]),
    );
    this.#truncated = focus.truncated;
  }

  push(chunk: Uint8Array): void {
    this.#lines.push(chunk);
  }

  /** The verdict of the stream with counterexamples; the stream's own where they cannot be had. */
  end(verdict: Verdict<LinearizabilityDetails>): Verdict<LinearizabilityDetails> {
    this.#lines.end();
    const part = checkLinearizable(this.history(), { model: "cas-register" });
    if (this.#truncated && part.valid !== "invalid") return verdict;
    const more = verdict.details.invalidKeyCount - 1;
    const keys = [...this.#values.keys()];
    // Among equally short ones the key that came first, of all operations and not only of those kept here.
    const counterexamples = part.details.counterexamples.toSorted(
      (a, b) => a.operations.length - b.operations.length || keys.indexOf(a.key) - keys.indexOf(b.key),
    );
    const because = counterexamples[0]?.because ?? verdict.because;
    return {
      ...verdict,
      because: more === 0 ? because : `${because} (and ${more} more ${more === 1 ? "key" : "keys"})`,
      witness: part.witness,
      details: { ...verdict.details, counterexamples },
    };
  }

  /** The operations that were kept, under their own numbers. */
  history(): History {
    for (const event of this.#kept.sort((a, b) => a.index - b.index)) {
      const problem = this.#pairing.add(event);
      if (problem !== null) throw new Error(`event ${event.index}: ${problem}: this is not the file of the first look`);
    }
    return this.#pairing.history();
  }

  #line(text: string): void {
    if (text.trim() === "") return;
    const event = this.#parsed(text);
    this.#index++;
    if (event === null || event.process === "nemesis") return;
    this.#time = event.time;
    const story = this.#values.get(event.key);
    if (story === undefined) return;
    if (event.f === "read") this.#takeRead(event, story);
    else if (event.f === "write" || event.f === "cas") this.#takeChange(event, story);
  }

  #takeRead(event: OpEvent, { values }: Story): void {
    if (event.type === "invoke") {
      this.#reads.set(event.process, event);
      return;
    }
    const begun = this.#reads.get(event.process);
    if (event.type === "ok" && begun !== undefined && values.has(canonical(event.value))) this.#kept.push(begun, event);
  }

  #takeChange(event: OpEvent, { values, seen }: Story): void {
    if (event.type === "invoke") {
      const pair = event.f === "cas" ? casPair(event) : null;
      const written: Json = event.f === "cas" ? (pair?.[1] ?? null) : event.value;
      if (values.has(canonical(written)) || (pair !== null && seen.has(canonical(pair[0])))) {
        this.#kept.push(event);
        this.#changing.add(event.process);
      }
    } else if (this.#changing.delete(event.process)) this.#kept.push(event);
  }

  /** Processes whose open write or cas is kept. */
  readonly #changing = new Set<number>();

  #parsed(text: string): HistoryEvent | null {
    const raw: unknown = JSON.parse(text);
    if (!isRawEvent(raw)) return null;
    const expected = { index: this.#index, hasIndex: false, dense: true, hasTime: false, time: this.#time };
    const parsed = parseEvent(raw, expected);
    return parsed.is === "event" ? parsed.event : null;
  }
}
