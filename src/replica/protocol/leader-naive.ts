/**
 * Failover as it is built in an afternoon: the leader says all the time that it leads, and who has not heard it for a
 * while leads from now on. Nobody is asked and nothing is numbered, so two may lead at a time (known to be bad): a node
 * that is only cut off, or slow, goes on leading for the clients on its side.
 */

import type { NodeName } from "../wire.js";
import { Silence } from "./leader-silence.js";
import type { Effect, Members } from "./protocol.js";

const BEAT_EVERY_MS = 50;

export class NaiveFailover {
  readonly timer = "naive";
  readonly #members: Members;
  #leader: NodeName;
  readonly #silence: Silence;

  constructor(leader: NodeName, members: Members) {
    this.#leader = leader;
    this.#members = members;
    this.#silence = new Silence(members);
  }

  get leader(): NodeName {
    return this.#leader;
  }

  begin(nowMs: number, effects: Effect[]): void {
    this.#silence.begin(nowMs);
    this.#silence.drawAgain();
    this.look(nowMs, effects);
  }

  /** To be called when the timer fires. Whether this node leads from now on. */
  look(nowMs: number, effects: Effect[]): boolean {
    effects.push({ is: "timer", name: this.timer, afterMs: BEAT_EVERY_MS });
    const { self } = this.#members;
    if (this.#leader === self) this.#beat(effects);
    else if (this.#silence.isOver(nowMs)) return this.lead(effects);
    return false;
  }

  /** By itself, or because somebody says so. Whether that is new. */
  lead(effects: Effect[]): boolean {
    const { self } = this.#members;
    const isNew = this.#leader !== self;
    this.#leader = self;
    this.#beat(effects);
    return isNew;
  }

  /** Somebody leads. Of two that do, the first by name goes on. Whether this node leads no more. */
  heard(from: NodeName, nowMs: number): boolean {
    const { self } = this.#members;
    if (this.#leader === self && self < from) return false;
    const led = this.#leader === self;
    this.#leader = from;
    this.#silence.begin(nowMs);
    return led;
  }

  #beat(effects: Effect[]): void {
    for (const to of this.#members.peers) effects.push({ is: "send", to, message: { is: "lead" } });
  }
}
