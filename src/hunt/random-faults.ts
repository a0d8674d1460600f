/** A nemesis for clusters under the scheduler: what breaks, when and for how long is drawn from the run's seed. */

import type { Simulation } from "../replica/protocol/simulate.js";

export interface FaultsRecipe {
  /** Mean times, ms. */
  readonly everyMs?: number;
  readonly forMs?: number;
  /** What to draw from; one that is there twice comes twice as often. */
  readonly kinds?: readonly FaultKind[];
}

export interface RandomFaultsOptions extends FaultsRecipe {
  readonly sim: Simulation;
  readonly nodes: readonly string[];
  readonly durationMs: number;
  readonly draw: (label: string) => number;
  readonly count: (what: string) => void;
  /** Told of every fault, as a history names it; what it returns is called once, when the fault is over. */
  readonly began?: (f: "kill" | "pause" | "partition", nodes: readonly string[]) => () => void;
}

const FAULTS = ["kill", "kill between effects", "pause", "cut", "isolate", "heal"] as const;

export type FaultKind =
  | (typeof FAULTS)[number]
  /** Each comes back by itself. */
  | "kill all"
  /** One link of two nodes or all of one node, in place of all cuts that there were. */
  | "isolate one"
  | "halves"
  /** One node hears both sides, and is heard. */
  | "bridge"
  /** The one that hears both sides goes down again and again. */
  | "failing bridge"
  | "crash loop"
  | "promote";

export class RandomFaults {
  readonly #options: RandomFaultsOptions;
  /** Ends of faults that go on. */
  readonly #cuts = new Set<() => void>();
  readonly #open = new Set<() => void>();

  constructor(options: RandomFaultsOptions) {
    this.#options = options;
  }

  /** One fault now, and then others until the run's time is over. */
  begin(): void {
    const { sim, nodes, durationMs, count, draw, everyMs = 95, forMs: meanMs = 180, kinds = FAULTS } = this.#options;
    if (sim.nowMs >= durationMs) return;
    const node = this.#pick("victim", nodes);
    const other = this.#pick("other", nodes);
    const forMs = meanMs * (1 / 6 + (10 / 6) * draw("for"));
    const kind = this.#pick("fault", kinds);
    count(kind);
    this.#strike(kind, { node, other, forMs });
    sim.after(everyMs * (0.2 + 1.6 * draw("pause")), () => this.begin());
  }

  /** Ends whatever goes on. */
  repairAll(): void {
    const { sim, nodes } = this.#options;
    this.#heal();
    for (const node of nodes) {
      sim.resume(node);
      // Disarms a fuse that has not burnt down yet.
      sim.crashAfterEffects(node, Number.POSITIVE_INFINITY);
      sim.start(node);
    }
    for (const over of this.#open) over();
  }

  #strike(kind: FaultKind, { node, other, forMs }: { node: string; other: string; forMs: number }): void {
    const { sim, nodes, draw, count } = this.#options;
    switch (kind) {
      case "kill":
        sim.crash(node);
        this.#startAfter(forMs, node, this.#began("kill", [node]));
        break;
      case "kill between effects":
        sim.crashAfterEffects(node, Math.floor(8 * draw("fuse")));
        this.#startOnceDown(node, forMs, this.#began("kill", [node]));
        break;
      case "pause":
        this.#pause(node, forMs);
        break;
      case "cut":
        this.#cut([[node, other]]);
        break;
      case "isolate":
        this.#cut(nodes.flatMap((far) => [[node, far] as const, [far, node] as const]));
        break;
      case "kill all":
        for (const each of nodes) {
          sim.crash(each);
          this.#startAfter(forMs * draw("back"), each, this.#began("kill", [each]));
        }
        break;
      case "isolate one":
        this.#split([node]);
        break;
      case "halves":
        this.#split(nodes.filter(() => draw("side") < 0.5));
        break;
      case "bridge":
        this.#split([...nodes.filter(() => draw("side") < 0.5), other], node);
        break;
      case "failing bridge":
        this.#split([other], node);
        this.#crashLoop(node, forMs, this.#began("kill", [node]));
        break;
      case "crash loop":
        this.#crashLoop(node, forMs, this.#began("kill", [node]));
        break;
      case "promote":
        sim.promote(node, (reply) => count(reply.ok ? "promoted" : "not promoted"));
        break;
      case "heal":
        this.#heal();
        break;
    }
  }

  #pause(node: string, forMs: number): void {
    const { sim } = this.#options;
    const over = this.#began("pause", [node]);
    sim.pause(node);
    sim.after(forMs, () => {
      sim.resume(node);
      over();
    });
  }

  #cut(links: readonly (readonly [from: string, to: string])[]): void {
    const cut = links.filter(([from, to]) => from !== to);
    if (cut.length === 0) return;
    this.#cuts.add(this.#began("partition", [...new Set(cut.flat())]));
    for (const [from, to] of cut) this.#options.sim.cut(from, to);
  }

  /** In place of all cuts that there are. `bridge` hears both sides, and is heard. */
  #split(side: readonly string[], bridge?: string): void {
    const { nodes } = this.#options;
    this.#heal();
    const isBetween = (here: string, there: string): boolean =>
      side.includes(here) !== side.includes(there) && here !== bridge && there !== bridge;
    this.#cut(
      nodes.flatMap((here) => nodes.filter((there) => isBetween(here, there)).map((there) => [here, there] as const)),
    );
  }

  #heal(): void {
    this.#options.sim.heal();
    for (const over of this.#cuts) over();
    this.#cuts.clear();
  }

  /** Up for some ms, down for fewer, again and again. */
  #crashLoop(node: string, forMs: number, over: () => void): void {
    const { sim, draw, durationMs } = this.#options;
    if (forMs <= 0 || sim.nowMs >= durationMs) {
      over();
      return;
    }
    const upMs = 20 * draw("up");
    const downMs = 4 * draw("down");
    sim.crash(node);
    sim.after(downMs, () => sim.start(node));
    sim.after(downMs + upMs, () => this.#crashLoop(node, forMs - downMs - upMs, over));
  }

  /** When a fuse burns down is not known before. */
  #startOnceDown(node: string, forMs: number, over: () => void): void {
    const { sim, durationMs } = this.#options;
    if (sim.nowMs >= durationMs) return;
    if (sim.isUp(node)) sim.after(10, () => this.#startOnceDown(node, forMs, over));
    else this.#startAfter(forMs, node, over);
  }

  #startAfter(ms: number, node: string, over: () => void): void {
    const { sim } = this.#options;
    sim.after(ms, () => {
      sim.start(node);
      over();
    });
  }

  /** Tells that it began; the end is told when it is called first. */
  #began(f: "kill" | "pause" | "partition", nodes: readonly string[]): () => void {
    const end = this.#options.began?.(f, nodes);
    const over = (): void => {
      if (this.#open.delete(over)) end?.();
    };
    this.#open.add(over);
    return over;
  }

  #pick<T>(label: string, from: readonly T[]): T {
    const picked = from[Math.floor(from.length * this.#options.draw(label))];
    if (picked === undefined) throw new Error(`nothing to pick for ${label}`);
    return picked;
  }
}
