/**
 * One connection through a link: the dialler's end, the socket to the node, and a pipe for each direction.
 *
 * A handshake takes both directions. While either is cut the dialler is accepted (the operating system has done so
 * already) but nobody is dialled; a dialler that gives up meanwhile was never there.
 */

import { type End, SocketEnd } from "./end.js";
import type { Link, OnLink } from "./link.js";
import { Pipe, type PipeOptions } from "./pipe.js";

export interface Address {
  readonly host: string;
  readonly port: number;
  /** A Unix socket that leads to the same place, where there is one: `connect` of node:net takes it before the port. */
  readonly path?: string;
}

export interface ConnectionOptions {
  /** The link of the bytes from the dialler to the node. */
  readonly there: Link;
  /** The link of the bytes that come back. */
  readonly back: Link;
  /** Where the node is now; null while it is nowhere. */
  readonly upstream: () => Address | null;
  readonly pipes: PipeOptions;
  readonly onClosed: (connection: Connection) => void;
}

export class Connection implements OnLink {
  readonly #options: ConnectionOptions;
  readonly #dialler: End;
  readonly #there: Pipe;
  #node: End | null = null;
  #back: Pipe | null = null;
  /** The end that was not told that the other is gone, and the link whose cut did it. */
  #halfOpen: { readonly deceived: End; readonly link: Link } | null = null;

  constructor(dialler: End, options: ConnectionOptions) {
    const { there, back } = options;
    this.#options = options;
    this.#dialler = dialler;
    this.#there = new Pipe(there, dialler, options.pipes);
    dialler.on("end", () => this.#giveUp());
    dialler.on("close", () => this.#closed());
    if (there.blocksDial) there.count.heldConnections += 1;
    if (back.isHolding) back.count.heldConnections += 1;
    there.add(this);
    back.add(this);
    this.changed();
  }

  /** Dials as soon as both directions are open. */
  changed(): void {
    this.#undeceive(false);
    const { there, back, upstream, pipes } = this.#options;
    if (this.#node !== null || this.#dialler.destroyed) return;
    const resetting = [there, back].find((link) => link.state.cut === "reset");
    if (resetting !== undefined) {
      this.resetBy(resetting);
      return;
    }
    if (there.blocksDial || back.isHolding) return;
    this.#stopWaiting();
    const address = upstream();
    if (address === null) {
      this.#dialler.reset();
      return;
    }
    const node = SocketEnd.dial(address);
    this.#node = node;
    // A refusal needs no link: the dialler is told at once, as by the host of a node that is down.
    const refused = (): void => this.#dialler.reset();
    node.on("error", refused);
    node.on("connect", () => node.off("error", refused));
    this.#back = new Pipe(back, node, pipes);
    node.on("close", () => this.#closed());
    this.#there.openTo(node);
    this.#back.openTo(this.#dialler);
  }

  uses(link: Link): boolean {
    return link === this.#options.there || link === this.#options.back;
  }

  /** Reset at both ends, by a cut of this link. */
  resetBy(link: Link): void {
    if (this.#dialler.destroyed) return;
    link.count.resetConnections += 1;
    this.#there.kill();
    this.#back?.kill();
    this.#dialler.reset();
    if (this.#node !== null && !this.#node.destroyed) this.#node.reset();
  }

  /** Reset at the end that this link comes from. The other one is not told, and nothing it says arrives. */
  halveBy(link: Link): void {
    const node = this.#node;
    if (node === null || this.#halfOpen !== null || this.#dialler.destroyed || node.destroyed) return;
    const [gone, deceived] = link === this.#options.there ? [this.#dialler, node] : [node, this.#dialler];
    link.count.resetConnections += 1;
    this.#halfOpen = { deceived, link };
    this.#there.kill();
    this.#back?.kill();
    gone.reset();
    link.add(this);
    deceived.goTo(() => {
      this.#undeceive(true);
      return false;
    });
    deceived.on("end", () => this.#undeceive(true));
  }

  destroy(): void {
    this.#dialler.destroy();
    this.#node?.destroy();
    this.#stopWaiting();
    this.#there.kill();
    this.#back?.kill();
  }

  /** After the heal, an end that speaks is told that nobody is there; one that has hung up is let go at once. */
  #undeceive(hasSpoken: boolean): void {
    if (this.#halfOpen === null || this.#halfOpen.link.state.cut === "half-open") return;
    const { deceived } = this.#halfOpen;
    if (hasSpoken || deceived.readableEnded) deceived.reset();
  }

  #giveUp(): void {
    if (this.#node === null) this.#dialler.destroy();
  }

  /** An end is gone: nothing can be written to it any more. Its last words may still be on the way to the other. */
  #closed(): void {
    const isNodeGone = this.#node?.destroyed ?? true;
    if (this.#dialler.destroyed) this.#back?.kill();
    if (isNodeGone) this.#there.kill();
    if (!this.#dialler.destroyed || !isNodeGone) return;
    this.#stopWaiting();
    this.#options.onClosed(this);
  }

  #stopWaiting(): void {
    this.#options.there.remove(this);
    this.#options.back.remove(this);
  }
}
