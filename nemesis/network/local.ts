/**
 * A connection through a link for somebody in the link's own thread: a stream on their side, an end on the link's, and no
 * socket in between. Sockets are nearly all that a link costs, and this one has none that a direct connection has not.
 *
 * It is what a connection over TCP is to both: bytes in order, each direction ended by itself, a reset that is told, a
 * dialler that may be refused. Only what the operating system would keep for it is less: a stream's own buffers. What
 * libraries ask of a socket beside that, it takes.
 */

import { EventEmitter } from "node:events";
import { Duplex } from "node:stream";
import type { End, EndEvent, OnBytes } from "./end.js";

/** What the link is handed at once: it is to hold no more than it was told to, give or take one of these. */
const SLICE_BYTES = 64 * 1024;

/** Takes the link's end of a new connection. @returns false: it is refused */
export type Accept = (end: End) => boolean;

export interface DialOptions {
  /** Whether one may still write when the other side has ended, as with net.connect. Default false. */
  readonly allowHalfOpen?: boolean;
}

/** The dialler's side. Emits "connect" as a socket does; an error has the `code` that one of a socket has. */
export class LocalSocket extends Duplex {
  readonly #accept: Accept;
  readonly #end: LocalEnd;
  #idle: NodeJS.Timeout | null = null;
  /** See setTimeout. */
  timeout = 0;

  constructor(accept: Accept, { allowHalfOpen = false }: DialOptions = {}) {
    super({ allowHalfOpen, decodeStrings: false });
    this.#accept = accept;
    this.#end = new LocalEnd(this);
  }

  /** As that of a socket: the link finds the connection broken. */
  resetAndDestroy(): this {
    this.#end.broken();
    return this.destroy();
  }

  /** Emits "timeout" when for so long (ms; 0: never) nothing came and nothing was written. */
  setTimeout(ms: number, callback?: () => void): this {
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.timeout = ms;
    this.#idle = ms > 0 ? setTimeout(() => this.emit("timeout"), ms).unref() : null;
    if (callback === undefined) return this;
    return ms > 0 ? this.once("timeout", callback) : this.off("timeout", callback);
  }

  /** Nothing is ever waited for with another write. */
  setNoDelay(): this {
    return this;
  }

  /** The other side cannot vanish unseen. */
  setKeepAlive(): this {
    return this;
  }

  /** The link's socket to the node is what keeps the process alive. */
  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  override push(chunk: Buffer | null): boolean {
    this.#idle?.refresh();
    return super.push(chunk);
  }

  override _construct(callback: (error?: Error) => void): void {
    // Who has hung up already never dialled.
    if (!this.destroyed && !this.#accept(this.#end)) {
      callback(failure("connect ECONNREFUSED", "ECONNREFUSED"));
      return;
    }
    callback();
    if (!this.destroyed) this.emit("connect");
  }

  override _write(chunk: Buffer | string, encoding: BufferEncoding, callback: (error?: Error) => void): void {
    this.#idle?.refresh();
    // A buffer is the writer's again as soon as it was written, and a link may keep what it is given.
    this.#end.hear(typeof chunk === "string" ? Buffer.from(chunk, encoding) : Buffer.from(chunk), callback);
  }

  override _final(callback: () => void): void {
    this.#end.hearEnd();
    callback();
  }

  override _read(): void {
    this.#end.drained();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.#end.left();
    callback(error);
  }
}

interface Held {
  readonly bytes: Buffer;
  readonly taken: (error?: Error) => void;
}

/** The link's side. Its events come later than what they tell of, as those of a socket do. */
class LocalEnd implements End {
  destroyed = false;
  readableEnded = false;
  /** What is written is copied at once. */
  readonly writableLength = 0;
  readonly #socket: Duplex;
  readonly #events = new EventEmitter();
  #onBytes: OnBytes = () => false;
  #isPaused = false;
  /** What came while nobody read. */
  #held: Held | null = null;
  #isFull = false;
  #hasEnded = false;
  /** The dialler is gone. */
  #isAlone = false;

  constructor(socket: Duplex) {
    this.#socket = socket;
    // One that the link has not accepted is heard by nobody.
    this.#events.on("error", () => undefined);
  }

  goTo(onBytes: OnBytes): void {
    this.#onBytes = onBytes;
  }

  write(bytes: Buffer): boolean {
    if (this.destroyed || this.#hasEnded) return true;
    if (this.#isAlone) {
      this.broken();
      return true;
    }
    // The link reads into the same bytes again.
    this.#isFull = !this.#socket.push(Buffer.from(bytes));
    return !this.#isFull;
  }

  end(): void {
    if (this.destroyed || this.#hasEnded) return;
    this.#hasEnded = true;
    this.#socket.push(null);
    this.#closeIfEnded();
  }

  reset(): void {
    if (this.destroyed) return;
    this.#close();
    this.#socket.destroy(failure("read ECONNRESET", "ECONNRESET"));
  }

  destroy(): void {
    if (this.destroyed) return;
    this.end();
    this.#close();
    // It said what nobody will hear.
    this.#held?.taken(failure("write ECONNRESET", "ECONNRESET"));
    this.#held = null;
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    process.nextTick(() => {
      const held = this.#held;
      if (this.#isPaused || held === null) return;
      this.#held = null;
      this.hear(held.bytes, held.taken);
    });
  }

  on(event: EndEvent, listener: () => void): void {
    this.#events.on(event, listener);
  }

  off(event: EndEvent, listener: () => void): void {
    this.#events.off(event, listener);
  }

  /** One chunk at a time: the next is written when this one was taken. */
  hear(bytes: Buffer, taken: (error?: Error) => void): void {
    let at = 0;
    for (; at < bytes.length && !this.#isPaused && !this.destroyed; at += SLICE_BYTES)
      this.#onBytes(bytes.subarray(at, at + SLICE_BYTES));
    if (this.destroyed) taken(failure("write EPIPE", "EPIPE"));
    else if (at < bytes.length) this.#held = { bytes: bytes.subarray(at), taken };
    else taken();
  }

  hearEnd(): void {
    if (this.destroyed || this.readableEnded) return;
    this.readableEnded = true;
    this.#tell("end");
    this.#closeIfEnded();
  }

  drained(): void {
    if (!this.#isFull) return;
    this.#isFull = false;
    this.#tell("drain");
  }

  /** The dialler hung up: what it had not read is answered with a reset, and so is what will still be said to it. */
  left(): void {
    this.#isAlone = true;
    this.#held = null;
    this.hearEnd();
    if (this.#isFull) this.broken();
  }

  broken(): void {
    if (this.destroyed) return;
    this.#tell("error");
    this.#close();
  }

  #closeIfEnded(): void {
    if (this.#hasEnded && this.readableEnded) this.#close();
  }

  #close(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.#tell("close");
  }

  #tell(event: EndEvent): void {
    process.nextTick(() => this.#events.emit(event));
  }
}

const failure = (message: string, code: string): Error => Object.assign(new Error(message), { code });
