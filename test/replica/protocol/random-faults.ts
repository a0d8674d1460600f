/** A nemesis for clusters under the scheduler: what breaks, when and for how long is drawn from the run's seed. */

import type { Simulation } from "../../../src/replica/protocol/simulate.js";

export interface RandomFaultsOptions {
  readonly sim: Simulation;
  readonly nodes: readonly string[];
  readonly durationMs: number;
  readonly draw: (label: string) => number;
  readonly count: (what: string) => void;
  /** Mean times, ms. */
  readonly everyMs?: number;
  readonly forMs?: number;
  /** Which of `FAULTS` to draw from; one that is there twice comes twice as often. */
  readonly faults?: readonly string[];
}

const FAULTS = ["kill", "kill between effects", "pause", "cut", "isolate", "heal"];

export class RandomFaults {
  readonly #options: RandomFaultsOptions;

  constructor(options: RandomFaultsOptions) {
    this.#options = options;
  }

  /** One fault now, and then others until the run's time is over. */
  begin(): void {
    const { sim, nodes, durationMs, count, draw, everyMs = 95, forMs: meanMs = 180, faults = FAULTS } = this.#options;
    if (sim.nowMs >= durationMs) return;
    const node = this.#pick("victim", nodes);
    const other = this.#pick("other", nodes);
    const forMs = meanMs * (1 / 6 + (10 / 6) * draw("for"));
    const fault = this.#pick("fault", faults);
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
      case "kill all":
        for (const each of nodes) {
          sim.crash(each);
          sim.after(forMs * draw("back"), () => sim.start(each));
        }
        break;
      case "isolate one":
        // Nobody else is.
        this.#split([node]);
        break;
      case "halves":
        this.#split(nodes.filter(() => draw("side") < 0.5));
        break;
      case "bridge":
        this.#split([...nodes.filter(() => draw("side") < 0.5), other], [node]);
        break;
      case "crash loop":
        this.#crashLoop(node, forMs);
        break;
      case "promote":
        sim.promote(node, (reply) => count(reply.ok ? "promoted" : "not promoted"));
        break;
      case "heal":
        sim.heal();
        break;
    }
    sim.after(everyMs * (0.2 + 1.6 * draw("pause")), () => this.begin());
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

  /** In place of all cuts that there are. `bridges` hear both sides, and are heard. */
  #split(side: readonly string[], bridges: readonly string[] = []): void {
    const { sim, nodes } = this.#options;
    sim.heal();
    for (const here of nodes) {
      for (const there of nodes) {
        const isAcross = side.includes(here) !== side.includes(there);
        if (isAcross && !bridges.includes(here) && !bridges.includes(there)) sim.cut(here, there);
      }
    }
  }

  /** Up for some ms, down for fewer, again and again. */
  #crashLoop(node: string, forMs: number): void {
    const { sim, draw, durationMs } = this.#options;
    if (forMs <= 0 || sim.nowMs >= durationMs) return;
    const upMs = 20 * draw("up");
    const downMs = 4 * draw("down");
    sim.crash(node);
    sim.after(downMs, () => sim.start(node));
    sim.after(downMs + upMs, () => this.#crashLoop(node, forMs - downMs - upMs));
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
