/** A nemesis for clusters under the scheduler: what breaks, when and for how long is drawn from the run's seed. */

import type { Simulation } from "../../../src/replica/protocol/simulate.js";

export interface RandomFaultsOptions {
  readonly sim: Simulation;
  readonly nodes: readonly string[];
  readonly durationMs: number;
  readonly draw: (label: string) => number;
  readonly count: (what: string) => void;
}

export class RandomFaults {
  readonly #options: RandomFaultsOptions;

  constructor(options: RandomFaultsOptions) {
    this.#options = options;
  }

  /** One fault now, and then others until the run's time is over. */
  begin(): void {
    const { sim, nodes, durationMs, count, draw } = this.#options;
    if (sim.nowMs >= durationMs) return;
    const node = this.#pick("victim", nodes);
    const other = this.#pick("other", nodes);
    const forMs = 30 + 300 * draw("for");
    const fault = this.#pick("fault", ["kill", "kill between effects", "pause", "cut", "isolate", "heal"]);
    count(fault);
    switch (fault) {
      case "kill":
        sim.crash(node);
        sim.after(forMs, () => sim.start(node));
        break;
      case "kill between effects":
        sim.crashAfterEffects(node, Math.floor(8 * draw("fuse")));
        this.#startOnceDown(node, forMs);
        break;
      case "pause":
        sim.pause(node);
        sim.after(forMs, () => sim.resume(node));
        break;
      case "cut":
        if (node !== other) sim.cut(node, other);
        break;
      case "isolate":
        for (const far of nodes) {
          sim.cut(node, far);
          sim.cut(far, node);
        }
        break;
      case "heal":
        sim.heal();
        break;
    }
    sim.after(20 + 150 * draw("pause"), () => this.begin());
  }

  repairAll(): void {
    const { sim, nodes } = this.#options;
    sim.heal();
    for (const node of nodes) {
      sim.resume(node);
      // Disarms a fuse that has not burnt down yet.
      sim.crashAfterEffects(node, Number.POSITIVE_INFINITY);
      sim.start(node);
    }
  }

  /** When a fuse burns down is not known before. */
  #startOnceDown(node: string, forMs: number): void {
    const { sim, durationMs } = this.#options;
    if (sim.nowMs >= durationMs) return;
    if (sim.isUp(node)) sim.after(10, () => this.#startOnceDown(node, forMs));
    else sim.after(forMs, () => sim.start(node));
  }

  #pick<T>(label: string, from: readonly T[]): T {
    return from[Math.floor(from.length * this.#options.draw(label))]!;
  }
}
