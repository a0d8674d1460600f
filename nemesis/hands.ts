/**
 * Faults become real here, and are undone: fault + system -> what was done, its undo, and what proves that it bit.
 *
 * All faults of one system go through one pair of hands, which know what is broken and by how many: a link is open, and
 * a node is up, only when no fault wants it otherwise. `healAll` puts back everything that was ever touched, whatever
 * failed before.
 */

import type { Fault, Grudge, NodeName, Who } from "./fault.js";
import { cutLinks, isolate } from "./grudge.js";
import type { Injected, LinkCounters, Network, System, Target } from "./inject.js";
import type { Latency } from "./network/link.js";
import { type NodeFault, nodeSwitch, readBack } from "./node-switch.js";
import { ask, within, wordsOf } from "./patience.js";
import { Switch } from "./switch.js";

export interface HandsOptions {
  /** How long one hand may take (the restart of a node, say) before it counts as failed, ms. Default 30,000. */
  readonly handMs?: number;
  /** How long to ask for the leader when nobody knows one, ms. Default 1,000. */
  readonly leaderMs?: number;
}

/** One fault on its own: `openHands(system).inject(fault)`. For more than one at a time, share the hands. */
export const inject = (fault: Fault, system: System): Promise<Injected> => new Hands(system).inject(fault);

export const openHands = (system: System, options: HandsOptions = {}): Hands => new Hands(system, options);

interface Link {
  readonly from: NodeName;
  readonly to: NodeName;
}

export class Hands {
  readonly #system: System;
  readonly #options: Required<HandsOptions>;
  readonly #nodes = new Map<NodeName, Switch<NodeFault>>();
  readonly #cuts = new Map<string, Switch<true>>();
  readonly #delays = new Map<string, Switch<Latency>>();

  constructor(system: System, options: HandsOptions = {}) {
    this.#system = system;
    this.#options = { handMs: 30_000, leaderMs: 1_000, ...options };
  }

  /** Never throws: what can't be done is `unsupported`, what went wrong is `failed`, and then put back as far as possible. */
  async inject(fault: Fault): Promise<Injected> {
    try {
      const missing = handless(fault);
      if (missing !== null) return { is: "unsupported", why: `there is no hand yet for ${missing}` };
      if (fault.f === "partition") return await this.#partition(fault.shape, fault.grudge);
      if (fault.f === "delay") return await this.#delay(fault);
      if (fault.f === "kill" || fault.f === "pause") return await this.#breakNodes(fault.f, fault.who);
      return { is: "unsupported", why: `there is no hand yet for ${fault.f}` };
    } catch (error) {
      return { is: "failed", why: wordsOf(error) };
    }
  }

  /**
   * Heals all links, resumes and starts all nodes that were touched, all at once and past every error. Returns the
   * errors; an empty list means that everything is as it was. Asked again it tries again what failed.
   */
  async healAll(): Promise<readonly Error[]> {
    const touched = [...this.#cuts.values(), ...this.#delays.values(), ...this.#nodes.values()];
    return failures(touched.map((one) => one.allOff()));
  }

  async #breakNodes(f: "kill" | "pause", who: Who): Promise<Injected> {
    const [hand, wayBack, fault, wanted] =
      f === "kill" ? (["kill", "start", "down", "gone"] as const) : (["pause", "resume", "paused", "stopped"] as const);
    const resolved = await this.#resolve(who);
    if ("why" in resolved) return { is: "unsupported", why: resolved.why };
    const { targets, skipped } = await this.#breakable(resolved.nodes, hand, wayBack);
    if (targets.length === 0) return { is: "unsupported", why: skipped.join("; ") };
    const claim = Symbol(f);
    const release = (): Promise<void> => allOf(targets.map((target) => this.#node(target).off(claim)));
    await this.#orPutBack(allOf(targets.map((target) => this.#node(target).on(claim, fault))), release);
    const begun = await Promise.all(targets.map((target) => readBack(target, wanted).catch(() => null)));
    let after: readonly (string | null)[] = [];
    return {
      is: "done",
      value: {
        nodes: targets.map(({ name }) => name),
        ...(who === "leader" ? { leader: resolved.nodes[0] ?? null } : {}),
        ...(skipped.length > 0 ? { skipped } : {}),
      },
      undo: async () => {
        await release();
        after = await Promise.all(targets.map((target) => this.#afterwards(target)));
      },
      evidence: async () => ({
        bit: begun.every((state) => state?.isAsWanted === true),
        evidence: targets
          .map(({ name }, i) => {
            const state = begun[i] ?? null;
            if (state === null) return `${name} can't tell its state, so nothing proves it`;
            return [`${name} read back ${state.state} after ${state.afterMs} ms`, after[i] ?? null]
              .filter((words) => words !== null)
              .join(", ");
          })
          .join("; "),
      }),
    };
  }

  /** Which of the nodes can be broken and put back now, and why the others can't. */
  async #breakable(
    names: readonly NodeName[],
    hand: "kill" | "pause",
    wayBack: "start" | "resume",
  ): Promise<{ readonly targets: readonly Target[]; readonly skipped: readonly string[] }> {
    const skipped: string[] = [];
    const targets: Target[] = [];
    for (const name of names) {
      const target = this.#system.targets.find((one) => one.name === name);
      const why = target === undefined ? `there is no node "${name}"` : await this.#whyNot(target, hand, wayBack);
      if (target === undefined || why !== null) skipped.push(`${why}`);
      else targets.push(target);
    }
    return { targets, skipped };
  }

  async #whyNot(target: Target, hand: "kill" | "pause", wayBack: "start" | "resume"): Promise<string | null> {
    const { name } = target;
    if (target[hand] === undefined) return `${name} has no hand to ${hand} it`;
    if (target[wayBack] === undefined) return `${name} has no hand to ${wayBack} it, so it stays unharmed`;
    const node = this.#node(target);
    if (node.isClaimedFor("down")) return `${name} is down already`;
    // A restart by another fault may be under way.
    await node.still();
    return (await target.state?.()) === "gone" ? `${name} is gone already` : null;
  }

  /** In words, how a node stands when a fault has let go of it; null when it can't tell. */
  async #afterwards(target: Target): Promise<string | null> {
    if (!this.#node(target).isOff) return "still held by another fault";
    const state = await readBack(target, "running").catch(() => null);
    return state && (state.isAsWanted ? "running again" : `then read back ${state.state}`);
  }

  async #partition(shape: string, grudge: Grudge | "isolate-leader"): Promise<Injected> {
    const { network } = this.#system;
    if (network === undefined) return { is: "unsupported", why: "the system has no network to cut" };
    const names = this.#system.targets.map(({ name }) => name);
    const resolved = grudge === "isolate-leader" ? await this.#resolve("leader") : { nodes: [] };
    if ("why" in resolved) return { is: "unsupported", why: resolved.why };
    const [leader] = resolved.nodes;
    const done = grudge !== "isolate-leader" ? grudge : isolate(leader ?? "", names);
    const links = cutLinks(done);
    if (links.length === 0) return { is: "unsupported", why: "this grudge cuts nothing" };
    const broken = await this.#breakLinks(network, links, (link) => this.#cut(network, link), true);
    return {
      is: "done",
      value: { shape, grudge: done, ...(leader === undefined ? {} : { leader }) },
      undo: broken.undo,
      evidence: async () => {
        const grown = await broken.grown();
        const bytes = sum(grown.map(({ heldBytes }) => heldBytes));
        const connections = sum(grown.map(({ heldConnections }) => heldConnections));
        const hit = grown
          .filter((link) => link.heldBytes + link.heldConnections > 0)
          .map(({ from, to }) => `${from} > ${to}`);
        return {
          bit: hit.length > 0,
          evidence: `${bytes} bytes and ${connections} connections held on ${hit.length} of ${links.length} cut links${listed(hit)}`,
        };
      },
    };
  }

  async #delay({ links, latencyMs, jitterMs }: Extract<Fault, { f: "delay" }>): Promise<Injected> {
    const { network } = this.#system;
    const slow = network?.delay?.bind(network);
    if (network === undefined || slow === undefined)
      return { is: "unsupported", why: "the system has no network to slow down" };
    const broken = await this.#breakLinks(network, links, (link) => this.#slow(slow, link), { latencyMs, jitterMs });
    return {
      is: "done",
      value: { links, latencyMs, jitterMs },
      undo: broken.undo,
      evidence: async () => {
        const grown = (await broken.grown()).filter(({ delayedBytes }) => delayedBytes > 0);
        const hit = grown.map(({ from, to }) => `${from} > ${to}`);
        const bytes = sum(grown.map(({ delayedBytes }) => delayedBytes));
        return {
          bit: bytes > 0,
          evidence: `${bytes} bytes delayed on ${hit.length} of ${links.length} slow links${listed(hit)}`,
        };
      },
    };
  }

  /** Turns on the switch of every link; `grown` is what the links' counters gained until the undo began. */
  async #breakLinks<V>(
    network: Network,
    links: readonly Link[],
    switchOf: (link: Link) => Switch<V>,
    value: V,
  ): Promise<{ undo: () => Promise<void>; grown: () => Promise<readonly LinkCounters[]> }> {
    const claim = Symbol("links");
    const read = (): Promise<readonly LinkCounters[]> => within(this.#options.handMs, "counters", network.counters());
    const before = await read();
    const release = (): Promise<void> => allOf(links.map((link) => switchOf(link).off(claim)));
    await this.#orPutBack(allOf(links.map((link) => switchOf(link).on(claim, value))), release);
    let last: readonly LinkCounters[] | null = null;
    return {
      undo: async () => {
        // A network that can't be read any more is still healed; then nothing is proven.
        last ??= await read().catch(() => before);
        await release();
      },
      grown: async () => difference(before, last ?? (await read()), links),
    };
  }

  async #orPutBack(work: Promise<void>, release: () => Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      const worse = await failures([release()]);
      const words = worse.map(({ message }) => `; putting it back failed too: ${message}`).join("");
      throw new Error(wordsOf(error) + words, { cause: error });
    }
  }

  /** Names as they are; the leader by asking until somebody knows. */
  async #resolve(who: Who): Promise<{ readonly nodes: readonly NodeName[] } | { readonly why: string }> {
    if (who !== "leader") return { nodes: who };
    const { leaderMs } = this.#options;
    const leader = this.#system.leader?.bind(this.#system);
    if (leader === undefined) return { why: "the system can't say who leads" };
    const question = ask(leaderMs, () => leader().catch(() => null));
    const name = await within(2 * leaderMs, "asking for the leader", question).catch(() => null);
    return name === null ? { why: `nobody knew who leads within ${leaderMs} ms` } : { nodes: [name] };
  }

  #node(target: Target): Switch<NodeFault> {
    return memo(this.#nodes, target.name, () => nodeSwitch(target, this.#options.handMs));
  }

  #cut(network: Network, { from, to }: Link): Switch<true> {
    const hand = (value: true | null): Promise<void> =>
      value === null
        ? within(this.#options.handMs, `heal of ${from} > ${to}`, network.heal(from, to))
        : within(this.#options.handMs, `cut of ${from} > ${to}`, network.cut(from, to));
    return memo(this.#cuts, keyOf({ from, to }), () => new Switch<true>({ hand }));
  }

  #slow(slow: NonNullable<Network["delay"]>, { from, to }: Link): Switch<Latency> {
    const hand = (value: Latency | null): Promise<void> =>
      within(this.#options.handMs, `delay of ${from} > ${to}`, slow(from, to, value));
    return memo(this.#delays, keyOf({ from, to }), () => new Switch<Latency>({ hand }));
  }
}

const keyOf = ({ from, to }: Link): string => JSON.stringify([from, to]);

function memo<V>(map: Map<string, V>, key: string, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

/** What of a fault that has a hand that hand cannot do. */
function handless(fault: Fault): string | null {
  if (fault.f === "partition" && fault.mode !== undefined && fault.mode !== "drop") return `mode ${fault.mode}`;
  if ((fault.f === "partition" || fault.f === "pause") && fault.flap !== undefined) return "flap";
  if (fault.f === "delay" && fault.distribution !== undefined && fault.distribution !== "uniform")
    return `distribution ${fault.distribution}`;
  return fault.f === "kill" && fault.signal === "SIGTERM" ? "SIGTERM" : null;
}

/** Waits for all of them, whatever fails. */
async function failures(works: readonly Promise<void>[]): Promise<readonly Error[]> {
  const results = await Promise.allSettled(works);
  return results.flatMap((result) =>
    result.status === "rejected"
      ? [result.reason instanceof Error ? result.reason : new Error(String(result.reason))]
      : [],
  );
}

/** Like Promise.all, but waits for all of them, and tells every failure. */
async function allOf(works: readonly Promise<void>[]): Promise<void> {
  const errors = await failures(works);
  if (errors.length > 0) throw new AggregateError(errors, errors.map(({ message }) => message).join("; "));
}

function difference(
  before: readonly LinkCounters[],
  after: readonly LinkCounters[],
  links: readonly Link[],
): readonly LinkCounters[] {
  const of = (list: readonly LinkCounters[], { from, to }: Link): LinkCounters | null =>
    list.find((counters) => counters.from === from && counters.to === to) ?? null;
  return links.flatMap((link) => {
    const [old, now] = [of(before, link), of(after, link)];
    if (now === null) return [];
    return [
      {
        ...now,
        passedBytes: now.passedBytes - (old?.passedBytes ?? 0),
        heldBytes: now.heldBytes - (old?.heldBytes ?? 0),
        heldConnections: now.heldConnections - (old?.heldConnections ?? 0),
        delayedBytes: now.delayedBytes - (old?.delayedBytes ?? 0),
      },
    ];
  });
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

/** A few names are worth telling, a table is not. */
const listed = (names: readonly string[]): string =>
  names.length === 0 ? "" : names.length > 6 ? ` (${names.slice(0, 6).join(", ")}, ...)` : ` (${names.join(", ")})`;
