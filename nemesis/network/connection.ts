/**
 * One connection through a link: the dialler's socket, the socket to the node, and a pipe for each direction.
 *
 * A handshake takes both directions. While either is cut the dialler is accepted (the operating system has done so
 * already) but nobody is dialled; a dialler that gives up meanwhile was never there.
 */

import { connect, type Socket } from "node:net";
import type { Link, OnLink } from "./link.js";
import { Pipe, reset } from "./pipe.js";

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface ConnectionOptions {
  /** The link of the bytes from the dialler to the node. */
  readonly there: Link;
  /** The link of the bytes that come back. */
  readonly back: Link;
  /** Where the node is now; null while it is nowhere. */
  readonly upstream: () => Address | null;
  readonly bufferBytesMax: number;
  readonly onClosed: (connection: Connection) => void;
}

export class Connection implements OnLink {
  readonly #options: ConnectionOptions;
  readonly #dialler: Socket;
  readonly #there: Pipe;
  #node: Socket | null = null;
  #back: Pipe | null = null;

  constructor(dialler: Socket, options: ConnectionOptions) {
    const { there, back } = options;
    this.#options = options;
    this.#dialler = dialler;
    this.#there = new Pipe(there, dialler, options.bufferBytesMax);
    dialler.on("end", () => this.#giveUp());
    dialler.on("close", () => this.#closed());
    if (there.isCut) there.heldConnections += 1;
    if (back.isCut) back.heldConnections += 1;
    there.add(this);
    back.add(this);
    this.changed();
  }

  /** Dials as soon as both directions are open. */
  changed(): void {
    const { there, back, upstream, bufferBytesMax } = this.#options;
    if (this.#node !== null || there.isCut || back.isCut || this.#dialler.destroyed) return;
    this.#stopWaiting();
    const address = upstream();
    if (address === null) {
      reset(this.#dialler);
      return;
    }
    const node = connect({ ...address, noDelay: true, allowHalfOpen: true });
    this.#node = node;
    // A refusal needs no link: the dialler is told at once, as by the host of a node that is down.
    const refused = (): void => reset(this.#dialler);
    node.once("error", refused);
    node.once("connect", () => node.off("error", refused));
    this.#back = new Pipe(back, node, bufferBytesMax);
    node.on("close", () => this.#closed());
    this.#there.openTo(node);
    this.#back.openTo(this.#dialler);
  }

  destroy(): void {
    this.#dialler.destroy();
    this.#node?.destroy();
    this.#stopWaiting();
    this.#there.kill();
    this.#back?.kill();
  }

  #giveUp(): void {
    if (this.#node === null) this.#dialler.destroy();
  }

  /** A socket is gone: nothing can be written to it any more. Its last words may still be on the way to the other. */
  #closed(): void {
    const node = this.#node;
    if (this.#dialler.destroyed) this.#back?.kill();
    if (node === null || node.destroyed) this.#there.kill();
    if (!this.#dialler.destroyed || (node !== null && !node.destroyed)) return;
    this.#stopWaiting();
    this.#options.onClosed(this);
  }

  #stopWaiting(): void {
    this.#options.there.remove(this);
    this.#options.back.remove(this);
  }
}
