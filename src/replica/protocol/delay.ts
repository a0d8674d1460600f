/** The injected replication delay: what a slow network between the replicas would add, drawn from the seed. */

import { draw } from "./draw.js";
import type { Effect, Members } from "./protocol.js";
import type { Json, NodeName } from "../wire.js";

export class ReplicationDelay {
  readonly #bounds: readonly [number, number] | null;
  readonly #members: Members;
  #draws = 0;

  /** Uniform between the bounds, ms; null for none. */
  constructor(bounds: readonly [number, number] | null, members: Members) {
    this.#bounds = bounds;
    this.#members = members;
  }

  get maxMs(): number {
    return this.#bounds === null ? 0 : this.#bounds[1];
  }

  send(to: NodeName, message: Json): Effect {
    if (this.#bounds === null) return { is: "send", to, message };
    const [lowMs, highMs] = this.#bounds;
    const delayMs = lowMs + (highMs - lowMs) * draw(this.#members.seed, this.#draws++, `delay ${this.#members.self}`);
    return { is: "send", to, message, delayMs };
  }
}
