/** How far a follower of a fixed leader is, as the leader told it last: so a leader that restarts need not send all again. */

import type { Json } from "../wire.js";
import { isCount, isObject } from "./json.js";
import type { Effect } from "./protocol.js";

export class Position {
  #upTo = 0;

  /** It holds every key whose latest version is no greater, in that version. */
  get upTo(): number {
    return this.#upTo;
  }

  /** From the log; whether the entry is one of these. */
  recover(entry: Json): boolean {
    if (!isObject(entry) || !isCount(entry["settled"])) return false;
    this.#upTo = Math.max(this.#upTo, entry["settled"]);
    return true;
  }

  settled(upTo: number, effects: Effect[]): void {
    if (upTo <= this.#upTo) return;
    this.#upTo = upTo;
    effects.push({ is: "persist", entry: this.entry() });
  }

  entry(): Json {
    return { settled: this.#upTo };
  }
}
