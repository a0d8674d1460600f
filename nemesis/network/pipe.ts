/**
 * One direction of one connection: bytes from one of its ends to the other, under one link.
 *
 * While nothing is wrong with the link a chunk is written where it arrives, with no queue and no timer. Otherwise chunks
 * wait in order: until the link is healed, until their time has come, or until the sink takes more. The end of the
 * stream and a reset wait in the same queue, so a close that happens behind a cut is not seen before the heal.
 */

import type { End } from "./end.js";
import type { Link, OnLink } from "./link.js";
import { type Framing, Mangler } from "./mangler.js";
import { Listener, type Tape } from "./tape.js";

/** What a waiting chunk costs beside its bytes, so that a flood of tiny ones is bounded too. */
const CHUNK_OVERHEAD_BYTES = 256;

/** Under a limit of bandwidth a chunk is cut into what is sent in such a time, so that bytes trickle. */
const SLICE_MS = 20;

/** How long a message waits to be overtaken. */
const SWAP_MAX_MS = 100;

interface Waiting {
  /** null: the stream ends here ("end"), or the connection was reset. */
  readonly bytes: Buffer | null;
  readonly ending: "end" | "reset" | null;
  /** 0: as soon as it is its turn. */
  dueMs: number;
  isHeld: boolean;
}

export interface PipeOptions {
  readonly bufferBytesMax: number;
  readonly framing: Framing | null;
  /** Takes down what is said; null: nobody does. */
  readonly tape: Tape | null;
  /** The number of the connection, for the tape. */
  readonly connection: number;
}

export class Pipe implements OnLink {
  readonly #link: Link;
  readonly #source: End;
  readonly #bufferBytesMax: number;
  readonly #mangler: Mangler;
  readonly #listener: Listener | null;
  #sink: End | null = null;
  #queue: Waiting[] = [];
  #queuedBytes = 0;
  #lastDueMs = 0;
  #timer: NodeJS.Timeout | null = null;
  #swap: NodeJS.Timeout | null = null;
  #isSinkFull = false;
  #isPaused = false;
  /** The sink is gone: whatever still comes has nowhere to go. */
  #isDead = false;
  #hasEnded = false;

  constructor(link: Link, source: End, { bufferBytesMax, framing, tape, connection }: PipeOptions) {
    this.#link = link;
    this.#source = source;
    this.#bufferBytesMax = bufferBytesMax;
    this.#mangler = new Mangler(link, framing);
    this.#listener = tape === null ? null : new Listener(tape, link, connection);
    link.add(this);
    source.goTo((bytes) => this.#take(bytes));
    source.on("end", () => this.#finish("end"));
    source.on("error", () => this.#finish("reset"));
  }

  /** Everything waits until there is a sink. */
  openTo(sink: End): void {
    this.#sink = sink;
    sink.on("drain", () => {
      this.#isSinkFull = false;
      this.#flush();
    });
    this.#flush();
  }

  /** No more delivery. What the source still sends is read and dropped, so that its own end is noticed. */
  kill(): void {
    this.#isDead = true;
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#isSinkFull = false;
    this.#stopTimer();
    if (this.#swap !== null) clearTimeout(this.#swap);
    this.#link.remove(this);
    this.#regulate();
  }

  changed(): void {
    const { isHolding, isMangling, state } = this.#link;
    if (isHolding) for (const item of this.#queue) this.#hold(item);
    if (!isMangling) for (const bytes of this.#mangler.release()) this.#enqueue(bytes);
    const { latency, bytesPerSecond, slowCloseMs } = state;
    if (bytesPerSecond === null) {
      // What waited for bandwidth need not any more; what is on its way is not faster than a new chunk.
      const lateMs = latency === null ? 0 : performance.now() + latency.latencyMs + latency.jitterMs;
      for (const item of this.#queue)
        if (item.bytes !== null || slowCloseMs === null) item.dueMs = Math.min(item.dueMs, lateMs);
      this.#lastDueMs = Math.min(this.#lastDueMs, lateMs);
    }
    this.#flush();
  }

  /** Says whether the buffer is still needed: the operating system did not take all of it at once. */
  #take(came: Buffer): boolean {
    const link = this.#link;
    const sink = this.#sink;
    if (this.#isDead) return false;
    if (link.isPlain && this.#queue.length === 0 && sink !== null && !this.#isSinkFull && !this.#mangler.isHolding) {
      this.#mangler.passed(came);
      this.#listener?.passed(came);
      this.#write(sink, came);
      return sink.writableLength > 0;
    }
    // What waits may wait long, and takes no more memory than it needs.
    const bytes = Buffer.from(came);
    this.#listener?.came(bytes);
    if (link.isMangling || this.#mangler.isHolding) {
      for (const piece of this.#mangler.take(bytes)) this.#enqueue(piece);
      this.#awaitSwap();
    } else {
      this.#mangler.passed(bytes);
      this.#enqueue(bytes);
    }
    this.#flush();
    return false;
  }

  /** A message that lets the next one pass does not wait for ever. */
  #awaitSwap(): void {
    if (!this.#mangler.isSwapping || this.#swap !== null) return;
    this.#swap = setTimeout(() => {
      this.#swap = null;
      for (const bytes of this.#mangler.giveUpSwap()) this.#enqueue(bytes);
      this.#flush();
    }, SWAP_MAX_MS);
  }

  #finish(ending: "end" | "reset"): void {
    if (this.#isDead || (this.#hasEnded && ending === "end")) return;
    this.#hasEnded = true;
    for (const bytes of this.#mangler.release()) this.#enqueue(bytes);
    const { slowCloseMs } = this.#link.state;
    const dueMs = this.#link.dueMs(0);
    if (slowCloseMs !== null) this.#link.count.slowCloses += 1;
    this.#push({ bytes: null, ending }, slowCloseMs === null ? dueMs : this.#endMs(dueMs) + slowCloseMs);
    this.#flush();
  }

  /** Under slow close the end follows the last byte by so much, however late that is. */
  #endMs(dueMs: number): number {
    return Math.max(dueMs, this.#lastDueMs, performance.now());
  }

  #enqueue(bytes: Buffer): void {
    const { bytesPerSecond } = this.#link.state;
    const slice = bytesPerSecond === null ? bytes.length : Math.max(1, Math.ceil((bytesPerSecond * SLICE_MS) / 1_000));
    for (let at = 0; at < bytes.length; at += slice) {
      const piece = bytes.subarray(at, at + slice);
      this.#push({ bytes: piece, ending: null }, this.#link.dueMs(piece.length));
    }
  }

  #push(what: Pick<Waiting, "bytes" | "ending">, dueMs: number): void {
    // A later chunk with less latency waits for the earlier one: TCP keeps the order.
    this.#lastDueMs = Math.max(this.#lastDueMs, dueMs);
    const item = { ...what, dueMs: this.#lastDueMs, isHeld: false };
    this.#queue.push(item);
    this.#queuedBytes += costOf(item);
    if (this.#link.isHolding) this.#hold(item);
  }

  #hold(item: Waiting): void {
    if (item.isHeld) return;
    item.isHeld = true;
    this.#link.count.heldBytes += item.bytes?.length ?? 0;
  }

  #flush(): void {
    this.#stopTimer();
    if (this.#sink !== null) this.#deliverDue(this.#sink);
    this.#regulate();
  }

  #deliverDue(sink: End): void {
    let delivered = 0;
    for (const item of this.#queue) {
      if (this.#link.isHolding || this.#isDead || this.#isSinkFull) break;
      const waitMs = item.dueMs === 0 ? 0 : item.dueMs - performance.now();
      if (waitMs > 0) {
        // Timers fire up to a millisecond early: round up, and look again.
        this.#timer = setTimeout(() => this.#flush(), Math.ceil(waitMs));
        break;
      }
      delivered += 1;
      this.#queuedBytes -= costOf(item);
      this.#deliver(sink, item);
    }
    if (delivered > 0 && !this.#isDead) this.#queue.splice(0, delivered);
  }

  #deliver(sink: End, { bytes, ending }: Waiting): void {
    if (bytes !== null) {
      this.#listener?.went(bytes);
      this.#write(sink, bytes);
    } else if (ending === "end") sink.end();
    else sink.reset();
  }

  #write(sink: End, bytes: Buffer): void {
    this.#link.count.passedBytes += bytes.length;
    if (!sink.write(bytes)) {
      this.#isSinkFull = true;
      this.#regulate();
    }
  }

  /** Reading stops while too much waits; the source's own buffers fill, and then it blocks, as with a slow network. */
  #regulate(): void {
    const shouldPause = this.#isSinkFull || this.#queuedBytes > this.#bufferBytesMax;
    if (shouldPause === this.#isPaused) return;
    this.#isPaused = shouldPause;
    if (shouldPause) this.#source.pause();
    else this.#source.resume();
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}

const costOf = ({ bytes }: Waiting): number => (bytes?.length ?? 0) + CHUNK_OVERHEAD_BYTES;
