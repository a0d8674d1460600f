/**
 * Hinted handoff: what is kept for a replica that was away is offered to it until it has it (DeCandia et al. 2007,
 * "Dynamo", section 4.6).
 */

import type { Json, NodeName } from "../../wire.js";
import type { Effect } from "../protocol.js";
import type { Kit } from "./kit.js";
import type { Message } from "./message.js";

/** Hints that are offered to one node in one round; to one that seems to be away, a single one, to see. */
const OFFERS_MAX = 64;

interface Offer<State> {
  readonly op: number;
  readonly to: NodeName;
  readonly key: string;
  readonly state: State;
}

export class Handoff<State extends Json> {
  readonly timer = "handoff";
  readonly #kit: Kit<State>;
  /** What may still be confirmed, by number: an answer can take longer than a round. */
  readonly #offers = new Map<number, Offer<State>>();
  /** The latest offer of each hint, by node and key: the same hint is offered again under its number. */
  readonly #latest = new Map<NodeName, Map<string, Offer<State>>>();

  constructor(kit: Kit<State>) {
    this.#kit = kit;
  }

  start(effects: Effect[]): void {
    const { hintedHandoffMs } = this.#kit.config;
    if (hintedHandoffMs !== undefined) effects.push({ is: "timer", name: this.timer, afterMs: hintedHandoffMs });
  }

  round(effects: Effect[]): void {
    const { holdings, placement, delay, bug } = this.#kit;
    this.#forget();
    const offered: number[] = [];
    for (const [to, hints] of holdings.hints) {
      let left = placement.seemsAway(to) ? 1 : OFFERS_MAX;
      for (const [key, state] of hints) {
        if (left-- === 0) break;
        const { op } = this.#offer(to, key, state);
        offered.push(op);
        const message: Message<State> = { is: "handoff", op, key, state };
        effects.push(delay.send(to, message));
      }
    }
    if (bug("quorum-hint-dropped-early")) for (const op of offered) this.stored(op, effects);
    this.start(effects);
  }

  /** Offers of hints that went another way. */
  #forget(): void {
    const { hints } = this.#kit.holdings;
    for (const [to, offers] of this.#latest) {
      for (const [key, { op }] of offers) {
        if (hints.get(to)?.has(key) === true) continue;
        offers.delete(key);
        this.#offers.delete(op);
      }
    }
  }

  /** At most one offer a hint: an answer to a state that has grown since says too little. */
  #offer(to: NodeName, key: string, state: State): Offer<State> {
    const offers = this.#latest.get(to) ?? new Map<string, Offer<State>>();
    this.#latest.set(to, offers);
    const before = offers.get(key);
    if (before?.state === state) return before;
    if (before !== undefined) this.#offers.delete(before.op);
    const offer = { op: this.#kit.lives.nextOp(), to, key, state };
    offers.set(key, offer);
    this.#offers.set(offer.op, offer);
    return offer;
  }

  /** The replica has it; returns its key. A number that is none of its own is passed over. */
  stored(op: number, effects: Effect[]): string | null {
    const offer = this.#offers.get(op);
    if (offer === undefined) return null;
    this.#offers.delete(op);
    this.#latest.get(offer.to)?.delete(offer.key);
    this.#kit.holdings.handedOver(offer.to, offer.key, offer.state, effects);
    return offer.key;
  }
}
