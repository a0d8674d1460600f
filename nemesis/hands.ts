/**
 * Faults become real here, and are undone: fault + system -> what was done, its undo, and what proves that it bit.
 *
 * All faults of one system go through one pair of hands, which know what is broken and by how many: a link is open, and
 * a node is up, only when no fault wants it otherwise. `healAll` puts back everything that was ever touched, whatever
 * failed before.
 */

import type { Fault } from "./fault.js";
import { Grip, type HandsOptions } from "./hand/grip.js";
import { membership } from "./hand/membership.js";
import { promote } from "./hand/promotion.js";
import { partition, slow } from "./hand/links.js";
import { clock, disk } from "./hand/settings.js";
import { damage, wipe } from "./hand/storage.js";
import { breakNodes, crashLoop, rolling, starve } from "./hand/processes.js";
import type { Injected, System } from "./inject.js";
import { wordsOf } from "./patience.js";

export type { HandsOptions };

/** One fault on its own: `openHands(system).inject(fault)`. For more than one at a time, share the hands. */
export const inject = (fault: Fault, system: System): Promise<Injected> => new Hands(system).inject(fault);

export const openHands = (system: System, options: HandsOptions = {}): Hands => new Hands(system, options);

export class Hands {
  readonly #grip: Grip;

  constructor(system: System, options: HandsOptions = {}) {
    this.#grip = new Grip(system, options);
  }

  /** Never throws: what can't be done is `unsupported`, what went wrong is `failed`, and then put back as far as possible. */
  async inject(fault: Fault): Promise<Injected> {
    try {
      return await injected(this.#grip, fault);
    } catch (error) {
      return { is: "failed", why: wordsOf(error) };
    }
  }

  /**
   * Heals all links, resumes and starts all nodes that were touched, all at once and past every error. Returns the
   * errors; an empty list means that everything is as it was. Asked again it tries again what failed.
   */
  healAll(): Promise<readonly Error[]> {
    return this.#grip.letGo();
  }
}

async function injected(grip: Grip, fault: Fault): Promise<Injected> {
  const { f } = fault;
  if (f === "partition") return partition(grip, fault);
  if (f === "kill" || f === "pause") return breakNodes(grip, fault);
  if (f === "crash-loop") return crashLoop(grip, fault);
  if (f === "rolling") return rolling(grip, fault);
  if (f === "starve") return starve(grip, fault);
  if (f === "delay" || f === "bandwidth" || f === "slow-close" || f === "corrupt" || f === "packet")
    return slow(grip, fault);
  if (f === "clock") return clock(grip, fault);
  if (f === "disk") return disk(grip, fault);
  if (f === "damage") return damage(grip, fault);
  if (f === "wipe") return wipe(grip, fault);
  if (f === "promote") return promote(grip, fault);
  return membership(grip, fault);
}
