/** Who may lead the next epoch: a node asks, then stands, and leads when a majority voted for it. */

import type { NodeName, Reply } from "../wire.js";
import type { Stand, Vote } from "./leader-fenced-message.js";
import { compare, type Place } from "./leader-sequence.js";
import type { Effect, Members } from "./protocol.js";

/** In the log: below this epoch nobody is heard any more, and in it only this node has the vote. */
export type Promised = { readonly promise: number; readonly to: NodeName | null };

/** One attempt to lead one epoch. */
export class Candidacy {
  readonly epoch: number;
  /** Not standing yet: only whether it could win is asked, so that who cannot win deposes nobody. */
  readonly asks: boolean;
  readonly #for: Set<NodeName>;
  readonly #needed: number;

  constructor(epoch: number, asks: boolean, { self, peers }: Members) {
    this.epoch = epoch;
    this.asks = asks;
    this.#for = new Set([self]);
    this.#needed = Math.floor((peers.length + 1) / 2) + 1;
  }

  get won(): boolean {
    return this.#for.size >= this.#needed;
  }

  vote(from: NodeName, { epoch, asks, granted }: Vote): void {
    if (granted && epoch === this.epoch && asks === this.asks) this.#for.add(from);
  }

  call(at: Place, urgent: boolean, { peers }: Members, effects: Effect[]): void {
    const message: Stand = { is: "stand", epoch: this.epoch, at, asks: this.asks, urgent };
    for (const to of peers) effects.push({ is: "send", to, message });
  }
}

/** Whether a node that promised this and holds that much votes for a candidate. */
export function grants(
  promised: Promised,
  last: Place,
  from: NodeName,
  { epoch, at }: Pick<Stand, "epoch" | "at">,
): boolean {
  // Election restriction: whoever is voted for by a majority has all that a majority has stored.
  if (compare(at, last) < 0) return false;
  return epoch > promised.promise || (epoch === promised.promise && promised.to === from);
}

/** Requests to lead that are not answered yet. */
export class Promotions {
  readonly timer = "promotion";
  readonly #timeoutMs: number;
  #ids: number[] = [];

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  add(id: number, effects: Effect[]): void {
    if (this.#ids.length === 0) effects.push({ is: "timer", name: this.timer, afterMs: this.#timeoutMs });
    this.#ids.push(id);
  }

  answer(reply: Reply, effects: Effect[]): void {
    for (const id of this.#ids.splice(0)) effects.push({ is: "reply", id, reply });
  }
}

export function leads(leader: NodeName, epoch: number): Reply {
  return { ok: true, value: { leader, epoch } };
}

/** Nothing was done; `leader` where it knows of another one. */
export function notLeader(self: NodeName, leader: NodeName | null): Reply {
  if (leader === null || leader === self) {
    return { ok: false, error: "not-leader", message: `${self} knows of no leader` };
  }
  return { ok: false, error: "not-leader", message: `${self} follows ${leader}`, leader };
}
