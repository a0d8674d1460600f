/**
 * What a link does to the messages of one direction of one connection beside making them wait: it loses, doubles and
 * swaps them, and turns bits over.
 *
 * TCP is a stream, so messages can be told apart only where the caller says how they are framed. A message that was
 * under way when the effects began is left alone, and what is left of one when they end is passed on.
 */

import type { Link } from "./link.js";

/** How the bytes of a connection are cut into messages. */
export interface Framing {
  /** Each message ends with a line feed. */
  readonly by: "lines";
  /** So many messages at the start of each direction are left alone: a handshake, say. Default 0. */
  readonly spared?: number;
}

const LINE_FEED = 0x0a;

/** More than that without an end is no message: it is passed on as it is. */
const MESSAGE_BYTES_MAX = 2 ** 20;

export class Mangler {
  readonly #link: Link;
  readonly #framing: Framing | null;
  #spared: number;
  /** The start of a message whose end has not come yet. */
  #partial: Buffer | null = null;
  /** The message that lets the next one pass first. */
  #held: Buffer | null = null;
  /** The next bytes belong to a message whose start has passed already. */
  #isMidway = false;

  constructor(link: Link, framing: Framing | null) {
    this.#link = link;
    this.#framing = framing;
    this.#spared = framing?.spared ?? 0;
  }

  /** Something waits here, so whatever comes must come through here too. */
  get isHolding(): boolean {
    return this.#partial !== null || this.#held !== null;
  }

  /** Whether a message waits for the next one to pass; if none comes, somebody must release it. */
  get isSwapping(): boolean {
    return this.#held !== null;
  }

  /** These bytes pass unharmed: only where messages end is kept. */
  passed(bytes: Buffer): void {
    if (this.#framing === null || bytes.length === 0) return;
    this.#isMidway = bytes.at(-1) !== LINE_FEED;
    for (let at = 0; this.#spared > 0 && at >= 0; ) {
      at = bytes.indexOf(LINE_FEED, at);
      if (at < 0) break;
      at += 1;
      this.#spared -= 1;
    }
  }

  /** What becomes of these bytes. */
  take(bytes: Buffer): readonly Buffer[] {
    if (this.#framing === null) return [this.#corrupted(bytes, bytes.length)];
    const out: Buffer[] = [];
    const all = this.#partial === null ? bytes : Buffer.concat([this.#partial, bytes]);
    this.#partial = null;
    let at = 0;
    for (let end = all.indexOf(LINE_FEED); end >= 0; end = all.indexOf(LINE_FEED, at)) {
      this.#message(all.subarray(at, end + 1), out);
      at = end + 1;
    }
    const rest = all.subarray(at);
    if (rest.length === 0) return out;
    if (this.#isMidway || rest.length > MESSAGE_BYTES_MAX) {
      out.push(rest);
      this.#isMidway = true;
    } else this.#partial = rest;
    return out;
  }

  /** All that waits here: the effects are over, or the connection ends. */
  release(): readonly Buffer[] {
    const out = [this.#held, this.#partial].filter((bytes) => bytes !== null);
    if (this.#partial !== null) this.#isMidway = true;
    this.#held = null;
    this.#partial = null;
    return out;
  }

  /** The message that waited for another to pass, when none has come. */
  giveUpSwap(): readonly Buffer[] {
    const out = this.#held === null ? [] : [this.#held];
    this.#held = null;
    return out;
  }

  #message(message: Buffer, out: Buffer[]): void {
    if (this.#isMidway || this.#spared > 0) {
      if (!this.#isMidway) this.#spared -= 1;
      this.#isMidway = false;
      out.push(message);
      return;
    }
    const { count, draw, state } = this.#link;
    const { loss = 0, duplicate = 0, reorder = 0 } = state.packet ?? {};
    if (draw() < loss) {
      count.lostMessages += 1;
      return;
    }
    const sent = this.#corrupted(message, message.length - 1);
    if (this.#held === null && draw() < reorder) {
      this.#held = sent;
      return;
    }
    out.push(sent);
    if (draw() < duplicate) {
      count.duplicatedMessages += 1;
      out.push(sent);
    }
    if (this.#held === null) return;
    count.reorderedMessages += 1;
    out.push(this.#held);
    this.#held = null;
  }

  /** One bit among the first `length` bytes turned over, or not. The bytes themselves are not ours to change. */
  #corrupted(bytes: Buffer, length: number): Buffer {
    const { count, draw, state } = this.#link;
    if (state.corrupt === null || length <= 0 || draw() >= state.corrupt) return bytes;
    const copy = Buffer.from(bytes);
    const at = Math.floor(draw() * length);
    copy[at] = (copy[at] ?? 0) ^ (1 << Math.floor(draw() * 8));
    count.corruptedBytes += 1;
    return copy;
  }
}
