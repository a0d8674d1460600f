/** The connections on which this node talks to its peers. One-way: a peer talks back on one that it dialled itself. */

import net from "node:net";
import type { Json, NodeConfig, NodeName, PeerHello } from "./wire.js";

const BACKOFF_MIN_MS = 20;
const BACKOFF_MAX_MS = 200;
const CONNECT_TIMEOUT_MS = 1000;
/** A connection that lived so long was a good one: the next attempt comes soon again. */
const GOOD_AFTER_MS = 1000;
/** What waits for a peer that does not take it. Beyond, the oldest is dropped: no protocol relies on delivery. */
const QUEUE_MESSAGES_MAX = 4096;

export interface PeerEvents {
  readonly onConnected: (peer: NodeName) => void;
  readonly onLost: (peer: NodeName, why: string, dropped: number) => void;
}

export class Peers {
  readonly #links: ReadonlyMap<NodeName, PeerLink>;
  /** A message to several peers is encoded once. */
  #lastMessage: Json = null;
  #lastLine = "";

  constructor(config: NodeConfig, events: PeerEvents) {
    this.#links = new Map(config.peers.map((peer) => [peer.name, new PeerLink(config.name, peer, events)]));
  }

  dial(): void {
    for (const link of this.#links.values()) link.dial();
  }

  close(): void {
    for (const link of this.#links.values()) link.close();
  }

  send(to: NodeName, message: Json): void {
    if (message !== this.#lastMessage) {
      this.#lastMessage = message;
      this.#lastLine = `${JSON.stringify(message)}\n`;
    }
    this.#links.get(to)?.send(this.#lastLine);
  }
}

class PeerLink {
  readonly #self: NodeName;
  readonly #peer: NodeConfig["peers"][number];
  readonly #events: PeerEvents;
  /** Under way or connected. */
  #dialled: net.Socket | null = null;
  /** Connected. */
  #socket: net.Socket | null = null;
  #redial: NodeJS.Timeout | null = null;
  #closed = false;
  #queue: string[] = [];
  /** First message of `#queue` that still waits; dropping the oldest is then cheap. */
  #head = 0;
  #dropped = 0;
  #scheduled = false;
  #blocked = false;
  #backoffMs = BACKOFF_MIN_MS;

  constructor(self: NodeName, peer: NodeConfig["peers"][number], events: PeerEvents) {
    this.#self = self;
    this.#peer = peer;
    this.#events = events;
  }

  send(line: string): void {
    this.#queue.push(line);
    if (this.#queue.length - this.#head > QUEUE_MESSAGES_MAX) this.#dropOldest();
    this.#schedule();
  }

  dial(): void {
    const socket = net.connect({ ...this.#peer, noDelay: true });
    this.#dialled = socket;
    let why = "closed by the peer";
    let connectedAtMs = Number.POSITIVE_INFINITY;
    socket.setTimeout(CONNECT_TIMEOUT_MS, () => socket.destroy(new Error("no connection in time")));
    socket.on("error", (error) => (why = error.message));
    socket.on("connect", () => {
      socket.setTimeout(0);
      connectedAtMs = performance.now();
      const hello: PeerHello = { peer: this.#self };
      socket.write(`${JSON.stringify(hello)}\n`);
      this.#socket = socket;
      this.#blocked = false;
      this.#schedule();
      this.#events.onConnected(this.#peer.name);
    });
    socket.on("drain", () => {
      this.#blocked = false;
      this.#schedule();
    });
    socket.on("close", () => {
      if (this.#closed) return;
      if (this.#socket === socket) {
        this.#socket = null;
        this.#events.onLost(this.#peer.name, why, this.#dropped);
        this.#dropped = 0;
      }
      if (performance.now() - connectedAtMs > GOOD_AFTER_MS) this.#backoffMs = BACKOFF_MIN_MS;
      this.#redial = setTimeout(() => this.dial(), this.#backoffMs);
      this.#backoffMs = Math.min(2 * this.#backoffMs, BACKOFF_MAX_MS);
    });
    // Nothing is expected, but only a socket that is read sees the other end close.
    socket.resume();
  }

  close(): void {
    this.#closed = true;
    if (this.#redial !== null) clearTimeout(this.#redial);
    this.#dialled?.destroy();
  }

  #dropOldest(): void {
    this.#head++;
    this.#dropped++;
    if (this.#head < QUEUE_MESSAGES_MAX) return;
    this.#queue = this.#queue.slice(this.#head);
    this.#head = 0;
  }

  #schedule(): void {
    if (this.#scheduled || this.#socket === null || this.#blocked) return;
    this.#scheduled = true;
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.#scheduled = false;
    if (this.#socket === null || this.#blocked || this.#queue.length === 0) return;
    const text = (this.#head === 0 ? this.#queue : this.#queue.slice(this.#head)).join("");
    this.#queue = [];
    this.#head = 0;
    this.#blocked = !this.#socket.write(text);
  }
}
