/** Numbers for the questions that a node asks its peers. */

import type { Json } from "../wire.js";
import { isCount, isObject } from "./json.js";
import type { Effect } from "./protocol.js";

/** In the log once per life, before anything else of that life. */
export type BootEntry = { readonly boot: number };

export function isBootEntry(json: Json): json is BootEntry {
  return isObject(json) && isCount(json["boot"]);
}

/** Lives x questions per life stay below 2^53. */
const OPS_PER_LIFE = 2 ** 32;

/**
 * P4 own-answers-only: an answer to a question of an earlier life counts for nothing. After a restart the answers of
 * peers to the node that was killed still arrive; a number used again would take one of them for a fresh answer. So
 * every life is counted in the log, and is a part of each number.
 */
export class Lives {
  #boot = 0;
  #ops = 0;

  recovered(entry: BootEntry): void {
    this.#boot = Math.max(this.#boot, entry.boot);
  }

  begin(effects: Effect[]): void {
    this.#boot++;
    const entry: BootEntry = { boot: this.#boot };
    effects.push({ is: "persist", entry });
  }

  /** For a log that is written anew. */
  entry(): BootEntry {
    return { boot: this.#boot };
  }

  /** 1, 2, 3, ... of the life that has begun. */
  get number(): number {
    return this.#boot;
  }

  nextOp(): number {
    return this.#boot * OPS_PER_LIFE + this.#ops++;
  }
}
