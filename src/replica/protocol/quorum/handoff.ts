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
  readonly to: NodeName;
  readonly key: string;
  readonly state: State;
}

export class Handoff<State extends Json> {
  readonly timer = "handoff";
  readonly #kit: Kit<State>;
  #offers = new Map<number, Offer<State>>();

  constructor(kit: Kit<State>) {
    this.#kit = kit;
  }

  start(effects: Effect[]): void {
    const { hintedHandoffMs } = this.#kit.config;
    if (hintedHandoffMs !== undefined) effects.push({ is: "timer", name: this.timer, afterMs: hintedHandoffMs });
  }

  round(effects: Effect[]): void {
    const { holdings, placement, lives, delay, bug } = this.#kit;
    this.#offers = new Map();
    for (const [to, hints] of holdings.hints) {
      let left = placement.seemsAway(to) ? 1 : OFFERS_MAX;
      for (const [key, state] of hints) {
        if (left-- === 0) break;
        const op = lives.nextOp();
        this.#offers.set(op, { to, key, state });
        const message: Message<State> = { is: "handoff", op, key, state };
        effects.push(delay.send(to, message));
      }
    }
    if (bug("quorum-hint-dropped-early")) for (const op of this.#offers.keys()) this.stored(op, effects);
    this.start(effects);
  }

  /** The replica has it. A number that is none of its own is passed over. */
  stored(op: number, effects: Effect[]): void {
    const offer = this.#offers.get(op);
    if (offer === undefined) return;
    this.#offers.delete(op);
    this.#kit.holdings.handedOver(offer.to, offer.key, offer.state, effects);
  }
}
