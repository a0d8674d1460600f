/**
 * Gossip of who is there: every node counts its own heartbeats and now and then tells one other node the greatest count
 * that it has heard of each (van Renesse, Minsky, Hayden 1998, "A Gossip-Style Failure Detection Service"). Whose count
 * has not grown for a while seems to be away, to every node and without anybody having asked it. A node that comes back
 * counts on in a later life, which is greater than any count of an earlier one.
 */

import type { Json, NodeName } from "../../wire.js";
import { draw } from "../draw.js";
import type { Effect, Now } from "../protocol.js";
import { type Kit, tell } from "./kit.js";
import type { Beat } from "./message.js";

/** Rounds without a heartbeat after which a node seems to be away; news takes about log2(nodes) of them. */
const SILENT_ROUNDS = 12;

export class Gossip<State extends Json> {
  readonly timer = "gossip";
  readonly #kit: Kit<State>;
  readonly #beats = new Map<NodeName, Beat>();
  /** When the count of each was last seen to grow. */
  readonly #grewMs = new Map<NodeName, number>();
  #life = 0;
  #rounds = 0;

  constructor(kit: Kit<State>) {
    this.#kit = kit;
  }

  /** Everybody gets the time of a first round. */
  begin(now: Now, effects: Effect[]): void {
    const { members, lives } = this.#kit;
    this.#life = lives.number;
    for (const peer of members.peers) this.#grewMs.set(peer, now.nowMs);
    this.#next(effects);
  }

  round(now: Now, effects: Effect[]): void {
    const { members, placement, config } = this.#kit;
    const { self, seed, peers } = members;
    this.#beats.set(self, [this.#life, ++this.#rounds]);
    const peer = peers[Math.floor(peers.length * draw(seed, this.#rounds, `gossip ${self} ${this.#life}`))];
    if (peer !== undefined) tell(peer, { is: "gossip", beats: Object.fromEntries(this.#beats) }, effects);
    const silentMs = SILENT_ROUNDS * (config.membershipMs ?? 0);
    placement.away = new Set(peers.filter((each) => now.nowMs - (this.#grewMs.get(each) ?? 0) > silentMs));
    this.#next(effects);
  }

  hear(beats: { readonly [node: NodeName]: Beat }, now: Now): void {
    for (const [node, [life, beat]] of Object.entries(beats)) {
      const [knownLife, knownBeat] = this.#beats.get(node) ?? [-1, -1];
      if (life < knownLife || (life === knownLife && beat <= knownBeat)) continue;
      this.#beats.set(node, [life, beat]);
      this.#grewMs.set(node, now.nowMs);
      this.#kit.placement.heardOf(node);
    }
  }

  #next(effects: Effect[]): void {
    const { membershipMs } = this.#kit.config;
    if (membershipMs !== undefined) effects.push({ is: "timer", name: this.timer, afterMs: membershipMs });
  }
}
