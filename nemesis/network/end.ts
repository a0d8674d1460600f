/**
 * One end of a connection through a link, as the link needs it: bytes come out of it, and bytes go in.
 *
 * A relay does nothing but read and write, so what a read costs is what a link costs. Streams cut a new buffer for every
 * chunk and queue it first; here a socket reads into one buffer of its own, again and again, and takes another only when
 * somebody keeps what is in it.
 */

import { connect, Socket } from "node:net";
import type { Address } from "./connection.js";

/** What is read at once. Every end has one, so it is small. */
const BUFFER_BYTES = 16 * 1024;

/** @returns whether the bytes are kept: then nothing else may be read into them. */
export type OnBytes = (bytes: Buffer) => boolean;

export type EndEvent = "connect" | "drain" | "end" | "error" | "close";

export interface End {
  /** Nothing can be written to it any more, and nothing comes. */
  readonly destroyed: boolean;
  /** All that will ever come has come. */
  readonly readableEnded: boolean;
  /** Written and not yet gone: these bytes are still where the writer put them. */
  readonly writableLength: number;
  /** From now on bytes go there, and nowhere else. */
  goTo(onBytes: OnBytes): void;
  /** false: it is full, and "drain" says when it is not any more. */
  write(bytes: Buffer): boolean;
  end(): void;
  /** It finds the connection broken. */
  reset(): void;
  destroy(): void;
  pause(): void;
  resume(): void;
  on(event: EndEvent, listener: () => void): void;
  off(event: EndEvent, listener: () => void): void;
}

interface Intake {
  readonly buffer: () => Buffer;
  readonly callback: (length: number, buffer: Uint8Array) => boolean;
}

export class SocketEnd implements End {
  readonly #socket: Socket;
  #onBytes: OnBytes = () => false;
  #buffer: Buffer | null = null;

  private constructor(open: (end: Intake, hear: (bytes: Buffer) => void) => Socket) {
    const intake = {
      // Nothing new: the same buffer once more. Node's types do not know that it may be so.
      buffer: () => this.#next() as Buffer,
      callback: (length: number) => {
        this.#hear(length);
        return true;
      },
    };
    this.#socket = open(intake, (bytes) => void this.#onBytes(bytes));
  }

  /** Of somebody who dialled. `accepted` comes from a server that pauses what it accepts; it is not used any more. */
  static of(accepted: Socket): End {
    return new SocketEnd((onread, hear) => adopted(accepted, onread) ?? accepted.on("data", hear).resume());
  }

  static dial(address: Address): End {
    return new SocketEnd((onread) => connect({ ...address, noDelay: true, allowHalfOpen: true, onread }));
  }

  get destroyed(): boolean {
    return this.#socket.destroyed;
  }

  get readableEnded(): boolean {
    return this.#socket.readableEnded;
  }

  get writableLength(): number {
    return this.#socket.writableLength;
  }

  goTo(onBytes: OnBytes): void {
    this.#onBytes = onBytes;
  }

  write(bytes: Buffer): boolean {
    return this.#socket.write(bytes);
  }

  end(): void {
    this.#socket.end();
  }

  /**
   * The end of a stream that is on its way out cannot be overtaken by a reset: Node would then drop the socket and leave
   * its descriptor open for ever, so the socket is only closed. A Unix socket knows no reset: its other end finds it
   * closed. Nor does one that is not connected.
   */
  reset(): void {
    const socket = this.#socket;
    const isTcp = socket.remoteFamily !== undefined;
    if (!isTcp || (socket.writableEnded && !socket.writableFinished)) socket.destroy();
    else socket.resetAndDestroy();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  on(event: EndEvent, listener: () => void): void {
    this.#socket.on(event, listener);
  }

  off(event: EndEvent, listener: () => void): void {
    this.#socket.off(event, listener);
  }

  #hear(length: number): void {
    const buffer = this.#buffer;
    if (buffer !== null && this.#onBytes(buffer.subarray(0, length))) this.#buffer = null;
  }

  #next(): Buffer | undefined {
    if (this.#buffer !== null) return undefined;
    this.#buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
    return this.#buffer;
  }
}

/**
 * The same connection as a socket that reads as we want; a server has no option for it. The handle is where Node keeps
 * the connection, outside its documented interface: null where there is none, and then streams will do.
 */
function adopted(accepted: Socket, onread: Intake): Socket | null {
  if (!("_handle" in accepted) || accepted._handle === null || accepted._handle === undefined) return null;
  const { _handle: handle } = accepted;
  accepted._handle = null;
  accepted.destroy();
  const options = { handle, allowHalfOpen: true, noDelay: true, onread };
  return new Socket(options);
}
