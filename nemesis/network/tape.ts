/**
 * What was said over the links lately: the last so many messages, with when each set out and when it arrived.
 *
 * Messages can be told apart only where they are framed. A link that is whole passes a chunk on at once, and then both
 * moments are one; else what goes in is matched with what comes out, in order, so that a message that was held arrives
 * late and one that was lost never does. Memory is bounded: of a longer run the end is kept, of a long message its
 * beginning.
 */

import type { NodeName } from "../fault.js";
import type { Link } from "./link.js";

export interface TapeOptions {
  /** How many messages are kept, the latest. Default 131072. */
  readonly messagesMax?: number;
  /** How many bytes of each. Default 240. */
  readonly textBytesMax?: number;
}

export interface LinkMessage {
  /** Messages of one connection have one number, in both directions. */
  readonly connection: number;
  readonly from: NodeName;
  readonly to: NodeName;
  /** When it came to the link, ms on the clock of `process.hrtime`. */
  readonly sentMs: number;
  /** When the link handed it on; null: it has not. */
  readonly arrivedMs: number | null;
  /** Its length, without the line feed. */
  readonly bytes: number;
  /** How it begins. */
  readonly text: string;
}

type Taken = { -readonly [field in keyof LinkMessage]: LinkMessage[field] };

/** What is under way in one direction; of more the oldest count as lost. */
const PENDING_MAX = 8192;
const LINE_FEED = 0x0a;

export class Tape {
  readonly #messagesMax: number;
  readonly textBytesMax: number;
  /** A ring once it is full: `#next` is the oldest. */
  readonly #taken: Taken[] = [];
  #next = 0;
  #connections = 0;
  readonly #offsetMs = offsetMs();

  constructor({ messagesMax = 131_072, textBytesMax = 240 }: TapeOptions = {}) {
    this.#messagesMax = messagesMax;
    this.textBytesMax = textBytesMax;
  }

  /** The number of one more connection. */
  connection(): number {
    return this.#connections++;
  }

  now(): number {
    return this.#offsetMs + performance.now();
  }

  take(message: Taken): void {
    if (this.#taken.length < this.#messagesMax) {
      this.#taken.push(message);
      return;
    }
    this.#taken[this.#next] = message;
    this.#next = (this.#next + 1) % this.#messagesMax;
  }

  /** In the order in which they set out; those since a moment (ms on the clock of `process.hrtime`) only. */
  messages(sinceMs = 0): readonly LinkMessage[] {
    return [...this.#taken.slice(this.#next), ...this.#taken.slice(0, this.#next)].filter(
      ({ sentMs }) => sentMs >= sinceMs,
    );
  }
}

/** Listens to one direction of one connection. */
export class Listener {
  readonly #tape: Tape;
  readonly #link: Pick<Link, "from" | "to">;
  readonly #connection: number;
  readonly #in: Lines;
  readonly #out: Lines;
  #pending: Taken[] = [];

  constructor(tape: Tape, link: Pick<Link, "from" | "to">, connection: number) {
    this.#tape = tape;
    this.#link = link;
    this.#connection = connection;
    this.#in = new Lines(tape.textBytesMax);
    this.#out = new Lines(tape.textBytesMax);
  }

  /** These bytes came and went on at once, and nothing waits before them. */
  passed(bytes: Buffer): void {
    if (this.#in.isMidway || this.#out.isMidway) {
      this.came(bytes);
      this.went(bytes);
      return;
    }
    // What was under way and did not come out was lost.
    if (this.#pending.length > 0) this.#pending = [];
    const nowMs = this.#tape.now();
    this.#in.add(bytes, (text, length) => this.#tape.take(this.#message(text, length, [nowMs, nowMs])));
    if (!this.#in.isMidway) return;
    // The beginning of a message: its rest may have to wait.
    this.#out.add(bytes, () => undefined);
  }

  came(bytes: Buffer): void {
    const nowMs = this.#tape.now();
    this.#in.add(bytes, (text, length) => {
      const message = this.#message(text, length, [nowMs, null]);
      this.#tape.take(message);
      this.#pending.push(message);
      if (this.#pending.length > PENDING_MAX) this.#pending.shift();
    });
  }

  went(bytes: Buffer): void {
    const nowMs = this.#tape.now();
    this.#out.add(bytes, (text, length) => {
      // The same words, or (one bit was turned over) the same length; neither: it is the second of a doubled message.
      const same = this.#pending.findIndex((each) => each.bytes === length && each.text === text);
      const at = same === -1 ? this.#pending.findIndex((each) => each.bytes === length) : same;
      const [message] = at === -1 ? [] : this.#pending.splice(at, 1);
      if (message !== undefined) message.arrivedMs = nowMs;
    });
  }

  #message(text: string, bytes: number, [sentMs, arrivedMs]: readonly [number, number | null]): Taken {
    const { from, to } = this.#link;
    return { connection: this.#connection, from, to, sentMs, arrivedMs, bytes, text };
  }
}

/** Cuts a stream into lines, of which it keeps the beginnings. */
class Lines {
  readonly #headMax: number;
  #head = "";
  #length = 0;

  constructor(headMax: number) {
    this.#headMax = headMax;
  }

  /** Some of a line has come, and not its end. */
  get isMidway(): boolean {
    return this.#length > 0;
  }

  add(bytes: Buffer, line: (head: string, length: number) => void): void {
    let at = 0;
    for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, at)) {
      const [head, length] = this.#joined(bytes, at, end);
      this.#head = "";
      this.#length = 0;
      if (length > 0) line(head, length);
      at = end + 1;
    }
    [this.#head, this.#length] = this.#joined(bytes, at, bytes.length);
  }

  #joined(bytes: Buffer, from: number, to: number): readonly [head: string, length: number] {
    const room = Math.max(0, this.#headMax - this.#length);
    const more = room === 0 ? "" : bytes.toString("utf8", from, Math.min(to, from + room));
    return [this.#length === 0 ? more : this.#head + more, this.#length + (to - from)];
  }
}

/** How far the clock of `process.hrtime` is ahead of `performance.now()`. Whoever is interrupted between the two reads too little. */
const offsetMs = (): number =>
  Math.max(...Array.from({ length: 5 }, () => Number(process.hrtime.bigint()) / 1e6 - performance.now()));
