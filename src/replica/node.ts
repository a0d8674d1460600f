/**
 * The shell around a core in a real process: gives it inputs, and does its effects in order.
 *
 * P1 durable-first: what comes after a `persist` or a `compact` is held until that is durable. All entries of one tick, and all
 * that come while the disk is busy, share one write and one fdatasync (group commit).
 */

import { now } from "./clock.js";
import type { Log } from "./log.js";
import type { Core, Effect } from "./protocol/protocol.js";
import type { Json, NodeName, NodeRequest, Reply, Request } from "./wire.js";

/** Node's timers count whole milliseconds; a shorter injected delay is none. */
const DELAY_MIN_MS = 0.5;

type Said = Extract<Effect, { readonly is: "send" | "reply" }>;

export interface NodeOptions {
  readonly core: Core;
  readonly log: Log;
  readonly send: (to: NodeName, message: Json) => void;
  /** The log can no longer be written: the node must not go on. */
  readonly onDiskFailure: (error: Error) => void;
}

export class Node {
  readonly #core: Core;
  readonly #log: Log;
  readonly #send: NodeOptions["send"];
  readonly #onDiskFailure: NodeOptions["onDiskFailure"];
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #asked = new Map<number, (reply: Reply) => void>();
  #nextId = 0;
  /** By which whatever this node says is held back: `delay`. */
  #delayMs = 0;
  /** Entries were appended that are not yet handed to the disk; what was said after them. */
  #dirty = false;
  #behindNext: Said[] = [];
  /** The disk is at work; what was said after what it writes. */
  #syncing = false;
  #behindSync: Said[] = [];

  constructor({ core, log, send, onDiskFailure }: NodeOptions) {
    this.#core = core;
    this.#log = log;
    this.#send = send;
    this.#onDiskFailure = onDiskFailure;
  }

  start(): void {
    this.#apply(this.#core.step({ is: "start", entries: this.#log.entries, ...now() }));
  }

  request(request: Request | NodeRequest, answer: (reply: Reply) => void): void {
    if (request.op === "delay") {
      this.#delayMs = request.ms;
      answer({ ok: true, value: null });
      return;
    }
    const id = this.#nextId++;
    if (request.op === "promote") {
      if (this.#core.promote === undefined) {
        answer({ ok: false, error: "unsupported", message: "here nobody can be told to lead" });
        return;
      }
      this.#asked.set(id, answer);
      this.#apply(this.#core.promote(id, now()));
      return;
    }
    this.#asked.set(id, answer);
    this.#apply(this.#core.step({ is: "request", id, request, ...now() }));
  }

  message(from: NodeName, message: Json): void {
    this.#apply(this.#core.step({ is: "message", from, message, ...now() }));
  }

  connected(peer: NodeName): void {
    this.#apply(this.#core.step({ is: "connected", peer, ...now() }));
  }

  #apply(effects: readonly Effect[]): void {
    for (const effect of effects) {
      switch (effect.is) {
        case "persist":
        case "compact":
          if (effect.is === "persist") this.#log.append(effect.entry);
          else this.#log.compact(effect.entries);
          if (!this.#dirty && !this.#syncing) setImmediate(() => this.#commit());
          this.#dirty = true;
          break;
        case "send":
        case "reply":
          if (this.#dirty) this.#behindNext.push(effect);
          else if (this.#syncing) this.#behindSync.push(effect);
          else this.#say(effect);
          break;
        case "timer":
          this.#setTimer(effect.name, effect.afterMs);
          break;
      }
    }
  }

  #commit(): void {
    this.#dirty = false;
    this.#syncing = true;
    this.#behindSync = this.#behindNext;
    this.#behindNext = [];
    try {
      this.#log.write();
    } catch (error) {
      this.#onDiskFailure(error as Error); // the file system throws nothing but errors
      return;
    }
    this.#log.sync((error) => {
      // After a failed fsync nobody knows what the disk holds, and asking again may lie: the node stops here.
      if (error !== null) this.#onDiskFailure(error);
      else this.#release();
    });
  }

  #release(): void {
    const durable = this.#behindSync;
    this.#behindSync = [];
    this.#syncing = false;
    for (const said of durable) this.#say(said);
    if (this.#dirty) this.#commit();
  }

  #say(said: Said): void {
    if (this.#delayMs === 0) this.#sayNow(said);
    else setTimeout(() => this.#sayNow(said), this.#delayMs);
  }

  #sayNow(said: Said): void {
    if (said.is === "reply") {
      const answer = this.#asked.get(said.id);
      this.#asked.delete(said.id);
      answer?.(said.reply);
    } else if (said.delayMs === undefined || said.delayMs < DELAY_MIN_MS) this.#send(said.to, said.message);
    else setTimeout(() => this.#send(said.to, said.message), said.delayMs);
  }

  #setTimer(name: string, afterMs: number): void {
    clearTimeout(this.#timers.get(name));
    this.#timers.set(
      name,
      setTimeout(() => this.#apply(this.#core.step({ is: "timer", name, ...now() })), afterMs),
    );
  }
}
