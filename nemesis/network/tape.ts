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

/** How many messages are kept where nobody says how many. */
export const MESSAGES_MAX = 131_072;

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

/** What is under way in one direction; of more the oldest count as lost. */
const PENDING_MAX = 8192;
const LINE_FEED = 0x0a;

type Ends = Pick<Link, "from" | "to">;

/** On which connection and link a message came, and when (ms on the clock of `process.hrtime`). */
interface On {
  readonly connection: number;
  readonly link: number;
  atMs: number;
}

/**
 * Every chunk of a run comes by here, so a message is a row of columns and its text a slot of bytes: nothing that a
 * garbage collector would have to look after. Row and slot of message n are n modulo the size.
 */
export class Tape {
  readonly textBytesMax: number;
  readonly #size: number;
  readonly #sentMs: Float64Array;
  /** NaN: it has not arrived. */
  readonly #arrivedMs: Float64Array;
  readonly #bytes: Uint32Array;
  readonly #connection: Uint32Array;
  /** By its place in `#links`, of which there are as many as links, however many connections there are. */
  readonly #link: Uint32Array;
  readonly #texts: Buffer;
  readonly #links: Ends[] = [];
  #count = 0;
  #connections = 0;
  readonly #offsetMs = offsetMs();

  constructor({ messagesMax = MESSAGES_MAX, textBytesMax = 240 }: TapeOptions = {}) {
    this.textBytesMax = textBytesMax;
    this.#size = messagesMax;
    this.#sentMs = new Float64Array(messagesMax);
    this.#arrivedMs = new Float64Array(messagesMax);
    this.#bytes = new Uint32Array(messagesMax);
    this.#connection = new Uint32Array(messagesMax);
    this.#link = new Uint32Array(messagesMax);
    // The operating system gives the pages when something is written there.
    this.#texts = Buffer.allocUnsafeSlow(messagesMax * textBytesMax);
  }

  /** The number of one more connection. */
  connection(): number {
    return this.#connections++;
  }

  /** The number of a link, the same for the same one. */
  link({ from, to }: Ends): number {
    const known = this.#links.findIndex((link) => link.from === from && link.to === to);
    return known >= 0 ? known : this.#links.push({ from, to }) - 1;
  }

  now(): number {
    return this.#offsetMs + performance.now();
  }

  /** A message of so many bytes, at `at` in `head` as far as it is kept. Its number, for `arrived` and `is`. */
  take(on: On, head: Buffer, at: number, bytes: number, arrivedMs: number): number {
    const row = this.#count % this.#size;
    this.#connection[row] = on.connection;
    this.#link[row] = on.link;
    this.#bytes[row] = bytes;
    this.#sentMs[row] = on.atMs;
    this.#arrivedMs[row] = arrivedMs;
    head.copy(this.#texts, row * this.textBytesMax, at, at + Math.min(bytes, this.textBytesMax));
    return this.#count++;
  }

  arrived(message: number, atMs: number): void {
    if (this.#isKept(message)) this.#arrivedMs[message % this.#size] = atMs;
  }

  /** Has it this length and, if `head` is given, does it begin so? One that is not kept any more is like no other. */
  is(message: number, bytes: number, head: Buffer | null, at: number): boolean {
    if (!this.#isKept(message) || this.#bytes[message % this.#size] !== bytes) return false;
    const [from, kept] = this.#slot(message);
    return head === null || this.#texts.compare(head, at, at + kept, from, from + kept) === 0;
  }

  /** In the order in which they set out; those since a moment (ms on the clock of `process.hrtime`) only. */
  messages(sinceMs = 0): readonly LinkMessage[] {
    const messages: LinkMessage[] = [];
    for (let message = Math.max(0, this.#count - this.#size); message < this.#count; message++) {
      const row = message % this.#size;
      const sentMs = this.#sentMs[row] ?? 0;
      const link = this.#links[this.#link[row] ?? 0];
      if (sentMs < sinceMs || link === undefined) continue;
      const arrivedMs = this.#arrivedMs[row] ?? Number.NaN;
      const [from, kept] = this.#slot(message);
      messages.push({
        connection: this.#connection[row] ?? 0,
        ...link,
        sentMs,
        arrivedMs: Number.isNaN(arrivedMs) ? null : arrivedMs,
        bytes: this.#bytes[row] ?? 0,
        text: this.#texts.toString("utf8", from, from + kept),
      });
    }
    return messages;
  }

  #isKept(message: number): boolean {
    return message >= this.#count - this.#size;
  }

  /** Where its text is. */
  #slot(message: number): readonly [from: number, length: number] {
    const row = message % this.#size;
    return [row * this.textBytesMax, Math.min(this.#bytes[row] ?? 0, this.textBytesMax)];
  }
}

/** Listens to one direction of one connection. */
export class Listener {
  readonly #tape: Tape;
  readonly #on: On;
  readonly #in: Lines;
  readonly #out: Lines;
  #pending: number[] = [];

  constructor(tape: Tape, { from, to }: Ends, connection: number) {
    this.#tape = tape;
    this.#on = { connection, link: tape.link({ from, to }), atMs: 0 };
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
    this.#on.atMs = nowMs;
    this.#in.add(bytes, (head, at, length) => void this.#tape.take(this.#on, head, at, length, nowMs));
    if (!this.#in.isMidway) return;
    // The beginning of a message: its rest may have to wait.
    this.#out.add(bytes, () => undefined);
  }

  came(bytes: Buffer): void {
    this.#on.atMs = this.#tape.now();
    this.#in.add(bytes, (head, at, length) => {
      this.#pending.push(this.#tape.take(this.#on, head, at, length, Number.NaN));
      if (this.#pending.length > PENDING_MAX) this.#pending.shift();
    });
  }

  went(bytes: Buffer): void {
    const nowMs = this.#tape.now();
    this.#out.add(bytes, (head, at, length) => {
      // The same words, or (one bit was turned over) the same length; neither: it is the second of a doubled message.
      const same = this.#pending.findIndex((message) => this.#tape.is(message, length, head, at));
      const found = same === -1 ? this.#pending.findIndex((message) => this.#tape.is(message, length, null, 0)) : same;
      const [message] = found === -1 ? [] : this.#pending.splice(found, 1);
      if (message !== undefined) this.#tape.arrived(message, nowMs);
    });
  }
}

/** Cuts a stream into lines, and says of each where its beginning is and how long it is. */
class Lines {
  readonly #headMax: number;
  /** The beginning of a line whose end has not come. */
  #head = Buffer.alloc(0);
  #length = 0;

  constructor(headMax: number) {
    this.#headMax = headMax;
  }

  /** Some of a line has come, and not its end. */
  get isMidway(): boolean {
    return this.#length > 0;
  }

  add(bytes: Buffer, line: (head: Buffer, at: number, length: number) => void): void {
    let at = 0;
    for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, at)) {
      if (this.#length > 0) {
        this.#keep(bytes, at, end);
        line(this.#head, 0, this.#length);
        this.#length = 0;
      } else if (end > at) line(bytes, at, end - at);
      at = end + 1;
    }
    if (at < bytes.length) this.#keep(bytes, at, bytes.length);
  }

  #keep(bytes: Buffer, from: number, to: number): void {
    if (this.#head.length === 0) this.#head = Buffer.alloc(this.#headMax);
    const room = this.#headMax - this.#length;
    if (room > 0) bytes.copy(this.#head, this.#length, from, Math.min(to, from + room));
    this.#length += to - from;
  }
}

/** How far the clock of `process.hrtime` is ahead of `performance.now()`. Whoever is interrupted between the two reads too little. */
const offsetMs = (): number =>
  Math.max(...Array.from({ length: 5 }, () => Number(process.hrtime.bigint()) / 1e6 - performance.now()));
