/** Numbers for the questions that a node asks its peers. */

import type { Json, NodeName } from "../wire.js";
import { isCount, isObject } from "./json.js";
import type { Effect } from "./protocol.js";

/** In the log once per life, before anything else of that life. `disk`: the first life on this disk; absent: 1. */
export type BootEntry = { readonly boot: number; readonly disk?: number };

export function isBootEntry(json: Json): json is BootEntry {
  return isObject(json) && isCount(json["boot"]) && (json["disk"] === undefined || isCount(json["disk"]));
}

/** Lives x questions per life stay below 2^53. */
const OPS_PER_LIFE = 2 ** 32;

/**
 * P4 own-answers-only: an answer to a question of an earlier life counts for nothing. After a restart the answers of
 * peers to the node that was killed still arrive; a number used again would take one of them for a fresh answer. So
 * every life is counted in the log, and is a part of each number.
 *
 * A disk that was emptied has forgotten the count. Whoever starts the node tells how often it did so before, and a life on
 * an empty disk that is not the first is one on a new disk.
 */
export class Lives {
  readonly #before: number;
  #boot = 0;
  #disk = 1;
  #ops = 0;

  /** `before`: lives that whoever starts the node has counted. */
  constructor(before = 0) {
    this.#before = before;
  }

  recovered(entry: BootEntry): void {
    this.#boot = Math.max(this.#boot, entry.boot);
    this.#disk = entry.disk ?? 1;
  }

  begin(effects: Effect[]): void {
    if (this.#boot === 0) this.#disk = this.#before + 1;
    this.#boot = Math.max(this.#boot, this.#before) + 1;
    effects.push({ is: "persist", entry: this.entry() });
  }

  /** For a log that is written anew. */
  entry(): BootEntry {
    return this.#disk === 1 ? { boot: this.#boot } : { boot: this.#boot, disk: this.#disk };
  }

  /**
   * The name under which this node counts its writes: another with every disk, for the count is on the disk, and a number
   * used again would be taken for a write that was replaced long ago.
   */
  nameOf(self: NodeName): NodeName {
    return this.#disk === 1 ? self : `${self}+${this.#disk}`;
  }

  /** 1, 2, 3, ... of the life that has begun. */
  get number(): number {
    return this.#boot;
  }

  nextOp(): number {
    return this.#boot * OPS_PER_LIFE + this.#ops++;
  }
}
