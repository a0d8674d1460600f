/**
 * One direction of one connection: bytes from a source socket to a sink socket, under one link.
 *
 * While the link is open and fast a chunk is written where it arrives, with no queue and no timer. Otherwise chunks
 * wait in order: until the link is healed, until their time has come, or until the sink takes more. The end of the
 * stream and a reset wait in the same queue, so a close that happens behind a cut is not seen before the heal.
 */

import type { Socket } from "node:net";
import type { Link, OnLink } from "./link.js";

/** What a waiting chunk costs beside its bytes, so that a flood of tiny ones is bounded too. */
const CHUNK_OVERHEAD_BYTES = 256;

interface Waiting {
  /** null: the stream ends here ("end"), or the connection was reset. */
  readonly bytes: Buffer | null;
  readonly ending: "end" | "reset" | null;
  dueMs: number;
  isHeld: boolean;
}

export class Pipe implements OnLink {
  readonly #link: Link;
  readonly #source: Socket;
  readonly #bufferBytesMax: number;
  #sink: Socket | null = null;
  #queue: Waiting[] = [];
  #queuedBytes = 0;
  #lastDueMs = 0;
  #timer: NodeJS.Timeout | null = null;
  #isSinkFull = false;
  #isPaused = false;
  /** The sink is gone: whatever still comes has nowhere to go. */
  #isDead = false;
  #hasEnded = false;

  constructor(link: Link, source: Socket, bufferBytesMax: number) {
    this.#link = link;
    this.#source = source;
    this.#bufferBytesMax = bufferBytesMax;
    link.add(this);
    source.on("data", (bytes: Buffer) => this.#take(bytes));
    source.on("end", () => this.#finish("end"));
    source.on("error", () => this.#finish("reset"));
  }

  /** Everything waits until there is a sink. */
  openTo(sink: Socket): void {
    this.#sink = sink;
    sink.on("drain", () => {
      this.#isSinkFull = false;
      this.changed();
    });
    this.changed();
  }

  /** No more delivery. What the source still sends is read and dropped, so that its own end is noticed. */
  kill(): void {
    this.#isDead = true;
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#isSinkFull = false;
    this.#stopTimer();
    this.#link.remove(this);
    this.#regulate();
  }

  changed(): void {
    const { isCut, latency } = this.#link;
    if (isCut) for (const item of this.#queue) this.#hold(item);
    if (latency === null) {
      for (const item of this.#queue) item.dueMs = 0;
      this.#lastDueMs = 0;
    }
    this.#flush();
  }

  #take(bytes: Buffer): void {
    const link = this.#link;
    if (this.#isDead) return;
    if (!link.isCut && link.latency === null && this.#queue.length === 0 && this.#sink !== null && !this.#isSinkFull) {
      this.#write(this.#sink, bytes);
      return;
    }
    if (link.latency !== null) link.delayedBytes += bytes.length;
    this.#enqueue({ bytes, ending: null });
  }

  #finish(ending: "end" | "reset"): void {
    if (this.#isDead || (this.#hasEnded && ending === "end")) return;
    this.#hasEnded = true;
    this.#enqueue({ bytes: null, ending });
  }

  #enqueue(what: Pick<Waiting, "bytes" | "ending">): void {
    // A later chunk with less latency waits for the earlier one: TCP keeps the order.
    const dueMs = this.#link.latency === null ? 0 : performance.now() + this.#link.sampleMs();
    this.#lastDueMs = Math.max(this.#lastDueMs, dueMs);
    const item = { ...what, dueMs: this.#lastDueMs, isHeld: false };
    this.#queue.push(item);
    this.#queuedBytes += costOf(item);
    if (this.#link.isCut) this.#hold(item);
    this.#flush();
  }

  #hold(item: Waiting): void {
    if (item.isHeld) return;
    item.isHeld = true;
    this.#link.heldBytes += item.bytes?.length ?? 0;
  }

  #flush(): void {
    this.#stopTimer();
    if (this.#sink !== null) this.#deliverDue(this.#sink);
    this.#regulate();
  }

  #deliverDue(sink: Socket): void {
    let delivered = 0;
    for (const item of this.#queue) {
      if (this.#link.isCut || this.#isDead || this.#isSinkFull) break;
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

  #deliver(sink: Socket, { bytes, ending }: Waiting): void {
    if (bytes !== null) this.#write(sink, bytes);
    else if (ending === "end") sink.end();
    else reset(sink);
  }

  #write(sink: Socket, bytes: Buffer): void {
    this.#link.passedBytes += bytes.length;
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

/**
 * A reset for the other side. The end of a stream that is on its way out cannot be overtaken by one: Node would then
 * drop the socket and leave its descriptor open for ever, so the socket is only closed.
 */
export function reset(socket: Socket): void {
  if (socket.writableEnded && !socket.writableFinished) socket.destroy();
  else socket.resetAndDestroy();
}
