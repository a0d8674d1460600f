/**
 * What all hands of one system share: what is broken, by how many faults, and what goes on in the background.
 *
 * Every thing that can be broken is a switch here, found by its name, so that faults of any kind that overlap on it
 * agree. `letGo` turns all of them off.
 */

import { Cycle, type CycleStep } from "../cycle.js";
import type { NodeName, Who } from "../fault.js";
import type { Injected, System, Target } from "../inject.js";
import { type Journal, NO_JOURNAL } from "../journal.js";
import { type NodeFault, nodeSwitch, readBack } from "../node-switch.js";
import { ask, within, wordsOf } from "../patience.js";
import { Switch } from "../switch.js";
import { REAL_TIME, type Time } from "../time.js";

export interface HandsOptions {
  /** How long one hand may take (the restart of a node, say) before it counts as failed, ms. Default 30,000. */
  readonly handMs?: number;
  /** How long to ask for the leader when nobody knows one, ms. Default 1,000. */
  readonly leaderMs?: number;
  /** Where stopped processes are written down before they are stopped. Default: nowhere. */
  readonly journal?: Journal;
  /** Default: the time of this machine. */
  readonly time?: Time;
}

export type Done = Extract<Injected, { readonly is: "done" }>;
export type Unsupported = Extract<Injected, { readonly is: "unsupported" }>;

export const unsupported = (why: string): Unsupported => ({ is: "unsupported", why });

/** Nodes that a fault can have, and in words why it can't have the others. */
export interface Reachable {
  readonly targets: readonly Target[];
  readonly skipped: readonly string[];
  /** Who leads, where the fault was aimed at the leader. */
  readonly leader?: NodeName;
}

export class Grip {
  readonly system: System;
  readonly journal: Journal;
  readonly handMs: number;
  readonly time: Time;
  readonly #leaderMs: number;
  readonly #nodes = new Map<NodeName, Switch<NodeFault>>();
  readonly #switches = new Map<string, Switch<unknown>>();
  readonly #cycles = new Set<Cycle>();

  constructor(system: System, options: HandsOptions) {
    this.system = system;
    this.handMs = options.handMs ?? 30_000;
    this.#leaderMs = options.leaderMs ?? 1_000;
    this.journal = options.journal ?? NO_JOURNAL;
    this.time = options.time ?? REAL_TIME;
  }

  /** A hand at work, with a bound. */
  move<T>(what: string, work: Promise<T>): Promise<T> {
    return within(this.handMs, what, work);
  }

  node(target: Target): Switch<NodeFault> {
    const known = this.#nodes.get(target.name);
    if (known !== undefined) return known;
    const made = nodeSwitch(target, { handMs: this.handMs, journal: this.journal });
    this.#nodes.set(target.name, made);
    return made;
  }

  /** The switch of that name. The name says what type its values have, so nobody else may give it another. */
  switch<V>(name: string, hand: (value: V | null) => Promise<void>): Switch<V> {
    const known = this.#switches.get(name);
    // Made below, with the same name and so with the same type.
    if (known !== undefined) return known as Switch<V>;
    const made = new Switch<V>({ hand: (value) => this.move(name, hand(value)) });
    this.#switches.set(name, made as Switch<unknown>);
    return made;
  }

  /** Runs in the background until the fault, or everything, ends. */
  cycle(steps: readonly CycleStep[], isOnce = false): Cycle {
    const cycle = new Cycle(steps, isOnce, this.time);
    this.#cycles.add(cycle);
    return cycle;
  }

  /** Ends what runs in the background, then turns off everything that was ever touched. Returns the errors. */
  async letGo(): Promise<readonly Error[]> {
    await Promise.all([...this.#cycles].map((cycle) => cycle.stop()));
    this.#cycles.clear();
    return failures([...this.#switches.values(), ...this.#nodes.values()].map((one) => one.allOff()));
  }

  /** Turns on; if that fails, what it had done is released, and the error says if that failed too. */
  async orPutBack(work: Promise<void>, release: () => Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      const worse = await failures([release()]);
      const words = worse.map(({ message }) => `; putting it back failed too: ${message}`).join("");
      throw new Error(wordsOf(error) + words, { cause: error });
    }
  }

  /** Names as they are; the leader by asking until somebody knows. */
  async resolve(who: Who): Promise<{ readonly nodes: readonly NodeName[] } | { readonly why: string }> {
    if (who !== "leader") return { nodes: who };
    const leader = this.system.leader?.bind(this.system);
    if (leader === undefined) return { why: "the system can't say who leads" };
    const question = ask(this.#leaderMs, () => leader().catch(() => null), this.time);
    const name = await within(2 * this.#leaderMs, "asking for the leader", question).catch(() => null);
    return name === null ? { why: `nobody knew who leads within ${this.#leaderMs} ms` } : { nodes: [name] };
  }

  /** The nodes that are meant and up, and for which `whyNot` finds nothing. */
  async reach(who: Who, whyNot: (target: Target) => string | null): Promise<Reachable | Unsupported> {
    const resolved = await this.resolve(who);
    if ("why" in resolved) return unsupported(resolved.why);
    const skipped: string[] = [];
    const targets: Target[] = [];
    for (const name of resolved.nodes) {
      const target = this.system.targets.find((one) => one.name === name);
      const why =
        target === undefined ? `there is no node "${name}"` : (whyNot(target) ?? (await this.#isGone(target)));
      if (target === undefined || why !== null) skipped.push(`${why}`);
      else targets.push(target);
    }
    if (targets.length === 0) return unsupported(skipped.join("; "));
    const [leader] = who === "leader" ? resolved.nodes : [];
    return { targets, skipped, ...(leader === undefined ? {} : { leader }) };
  }

  async #isGone(target: Target): Promise<string | null> {
    const node = this.node(target);
    if (node.isClaimedFor("down") || node.isClaimedFor("ended")) return `${target.name} is down already`;
    // A restart by another fault may be under way.
    await node.still();
    return (await target.state?.()) === "gone" ? `${target.name} is gone already` : null;
  }

  /** In words, how a node stands when a fault has let go of it; null when it can't tell. */
  async afterwards(target: Target): Promise<string | null> {
    if (!this.node(target).isOff) return "still held by another fault";
    const state = await readBack(target, "running", this.time).catch(() => null);
    return state && (state.isAsWanted ? "running again" : `then read back ${state.state}`);
  }
}

/** What was broken, as it is told. */
export const toldOf = ({ targets, skipped, leader }: Reachable): { readonly [name: string]: string | string[] } => ({
  nodes: targets.map(({ name }) => name),
  ...(leader === undefined ? {} : { leader }),
  ...(skipped.length > 0 ? { skipped: [...skipped] } : {}),
});

/** Waits for all of them, whatever fails. */
export async function failures(works: readonly Promise<void>[]): Promise<readonly Error[]> {
  const results = await Promise.allSettled(works);
  return results.flatMap((result) =>
    result.status === "rejected"
      ? [result.reason instanceof Error ? result.reason : new Error(String(result.reason))]
      : [],
  );
}

/** Like Promise.all, but waits for all of them, and tells every failure. */
export async function allOf(works: readonly Promise<void>[]): Promise<void> {
  const errors = await failures(works);
  if (errors.length > 0) throw new AggregateError(errors, errors.map(({ message }) => message).join("; "));
}

/** Names the first capability that is missing, in words. */
export const lacks = (target: Target, ...hands: readonly (keyof Target)[]): string | null => {
  const missing = hands.find((hand) => target[hand] === undefined);
  if (missing === undefined) return null;
  return `${target.name} has no hand to ${missing.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)} it`;
};
