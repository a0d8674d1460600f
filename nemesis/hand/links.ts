/** Faults of directed links: cut, slow, narrow, lossy. Each is proven by what the links' counters gained. */

import { cutLinks, isolate } from "../grudge.js";
import type { CutMode, Fault, Flap, LinkName } from "../fault.js";
import type { Injected, LinkCounters, Network } from "../inject.js";
import type { Switch } from "../switch.js";
import { allOf, type Grip, unsupported } from "./grip.js";

export async function partition(grip: Grip, fault: Extract<Fault, { f: "partition" }>): Promise<Injected> {
  const { shape, grudge, mode = "drop", flap } = fault;
  const { network } = grip.system;
  if (network === undefined) return unsupported("the system has no network to cut");
  if (mode !== "drop" && network.cutModes?.includes(mode) !== true)
    return unsupported(`the network can't cut by ${mode}`);
  const names = grip.system.targets.map(({ name }) => name);
  const resolved = grudge === "isolate-leader" ? await grip.resolve("leader") : { nodes: [] };
  if ("why" in resolved) return unsupported(resolved.why);
  const [leader] = resolved.nodes;
  const done = grudge !== "isolate-leader" ? grudge : isolate(leader ?? "", names);
  const links = cutLinks(done);
  if (links.length === 0) return unsupported("this grudge cuts nothing");
  const switchOf = (link: LinkName): Switch<CutMode> =>
    grip.switch(`cut of ${link.from} > ${link.to}`, (value) =>
      value === null ? network.heal(link.from, link.to) : network.cut(link.from, link.to, value),
    );
  const broken = await breakLinks({ grip, network, links, switchOf, value: mode, ...(flap && { flap }) });
  return {
    is: "done",
    value: {
      shape,
      grudge: done,
      ...(mode === "drop" ? {} : { mode }),
      ...(flap === undefined ? {} : { flap }),
      ...(leader === undefined ? {} : { leader }),
    },
    undo: broken.undo,
    evidence: async () => {
      const grown = await broken.grown();
      const hit = grown.filter((link) => CUT_COUNTS.some(([counter]) => (link[counter] ?? 0) > 0));
      const [bytes, connections] = [total(grown, "heldBytes"), total(grown, "heldConnections")];
      const more = CUT_COUNTS.slice(2).flatMap(([counter, words]) =>
        total(grown, counter) > 0 ? [`${total(grown, counter)} ${words}`] : [],
      );
      return {
        bit: hit.length > 0,
        evidence:
          `${[`${bytes} bytes and ${connections} connections held`, ...more].join(", ")} ` +
          `on ${hit.length} of ${links.length} cut links${listed(hit)}${broken.flapped()}`,
      };
    },
  };
}

const CUT_COUNTS = [
  ["heldBytes", "bytes held"],
  ["heldConnections", "connections held"],
  ["resetConnections", "connections reset"],
  // One of ours: only the operating system sees the dials that it refuses.
  ["refusedConnections", "dials refused that were tried"],
] as const satisfies readonly (readonly [keyof LinkCounters, string])[];

export type Slowing = Extract<Fault, { f: "delay" | "bandwidth" | "slow-close" | "corrupt" | "packet" }>;

/** What is asked of the network, what proves it, and what a link is called while it lasts. */
interface Effect {
  readonly hand: "delay" | "bandwidth" | "slowClose" | "corrupt" | "packet";
  readonly counts: readonly (readonly [keyof LinkCounters, string])[];
  readonly links: string;
}

const EFFECTS: Readonly<Record<Slowing["f"], Effect>> = {
  delay: { hand: "delay", counts: [["delayedBytes", "bytes delayed"]], links: "slow links" },
  bandwidth: { hand: "bandwidth", counts: [["throttledBytes", "bytes waited for their turn"]], links: "narrow links" },
  "slow-close": { hand: "slowClose", counts: [["slowCloses", "ends came late"]], links: "links" },
  corrupt: { hand: "corrupt", counts: [["corruptedBytes", "bytes corrupted"]], links: "links" },
  packet: {
    hand: "packet",
    counts: [
      ["lostMessages", "messages lost"],
      ["duplicatedMessages", "doubled"],
      ["reorderedMessages", "overtaken"],
    ],
    links: "links",
  },
};

export async function slow(grip: Grip, fault: Slowing): Promise<Injected> {
  const { network } = grip.system;
  const { hand, counts, links: called } = EFFECTS[fault.f];
  const { f, links, ...asked } = fault;
  if (network?.[hand] === undefined)
    return unsupported(`the system has no network ${f === "delay" ? "to slow down" : `that can do ${f}`}`);
  const switchOf = (link: LinkName): Switch<Slowing> =>
    grip.switch(`${f} of ${link.from} > ${link.to}`, async (value) => {
      if (value === null) await network[hand]?.(link.from, link.to, null);
      else await apply(network, link, value);
    });
  const broken = await breakLinks({ grip, network, links, switchOf, value: fault });
  return {
    is: "done",
    value: { links, ...asked },
    undo: broken.undo,
    evidence: async () => {
      const grown = await broken.grown();
      const hit = grown.filter((link) => counts.some(([counter]) => Number(link[counter]) > 0));
      const words = counts.map(([counter, what]) => `${total(grown, counter)} ${what}`).join(", ");
      return { bit: hit.length > 0, evidence: `${words} on ${hit.length} of ${links.length} ${called}${listed(hit)}` };
    },
  };
}

async function apply(network: Network, { from, to }: LinkName, fault: Slowing): Promise<void> {
  if (fault.f === "delay") {
    const { latencyMs, jitterMs, distribution } = fault;
    await network.delay?.(from, to, { latencyMs, jitterMs, ...(distribution && { distribution }) });
  } else if (fault.f === "bandwidth") await network.bandwidth?.(from, to, fault.bytesPerSecond);
  else if (fault.f === "slow-close") await network.slowClose?.(from, to, fault.delayMs);
  else if (fault.f === "corrupt") await network.corrupt?.(from, to, fault.probability);
  else await network.packet?.(from, to, fault.effects);
}

interface Breaking<V> {
  readonly grip: Grip;
  readonly network: Network;
  readonly links: readonly LinkName[];
  readonly switchOf: (link: LinkName) => Switch<V>;
  readonly value: V;
  readonly flap?: Flap;
}

interface Broken {
  readonly undo: () => Promise<void>;
  /** What the links' counters gained until the undo began. */
  readonly grown: () => Promise<readonly LinkCounters[]>;
  /** In words, what became of the flapping. */
  readonly flapped: () => string;
}

/** Turns on the switch of every link, and off and on again where it flaps. */
async function breakLinks<V>({ grip, network, links, switchOf, value, flap }: Breaking<V>): Promise<Broken> {
  const claim = Symbol("links");
  const read = (): Promise<readonly LinkCounters[]> => grip.move("counters", network.counters());
  const before = await read();
  const claimAll = (): Promise<void> => allOf(links.map((link) => switchOf(link).on(claim, value)));
  const release = (): Promise<void> => allOf(links.map((link) => switchOf(link).off(claim)));
  await grip.orPutBack(claimAll(), release);
  const cycle =
    flap === undefined
      ? null
      : grip.cycle([
          { afterMs: flap.onMs, act: release },
          { afterMs: flap.offMs, act: claimAll },
        ]);
  let last: readonly LinkCounters[] | null = null;
  return {
    undo: async () => {
      await cycle?.stop();
      // A network that can't be read any more is still healed; then nothing is proven.
      last ??= await read().catch(() => before);
      await release();
    },
    grown: async () => difference(before, last ?? (await read()), links),
    flapped: () => (cycle === null ? "" : `, ${1 + Math.floor(cycle.acts / 2)} times${why(cycle.failure)}`),
  };
}

const why = (failure: string | null): string => (failure === null ? "" : `, then: ${failure}`);

function difference(
  before: readonly LinkCounters[],
  after: readonly LinkCounters[],
  links: readonly LinkName[],
): readonly LinkCounters[] {
  return links.flatMap((link) => {
    const [old, now] = [countersOf(before, link), countersOf(after, link)];
    if (now === null) return [];
    const { from: _from, to: _to, ...counts } = now;
    const was: { readonly [counter: string]: unknown } = { ...old };
    const grown = Object.entries(counts).map(([counter, count]) => [counter, count - Number(was[counter] ?? 0)]);
    // The same counters as before, each with another number.
    return [{ ...now, ...(Object.fromEntries(grown) as typeof counts) }];
  });
}

const countersOf = (list: readonly LinkCounters[], { from, to }: LinkName): LinkCounters | null =>
  list.find((counters) => counters.from === from && counters.to === to) ?? null;

const total = (list: readonly LinkCounters[], counter: keyof LinkCounters): number =>
  list.reduce((sum, link) => sum + Number(link[counter] ?? 0), 0);

/** A few names are worth telling, a table is not. */
function listed(links: readonly LinkName[]): string {
  const names = links.map(({ from, to }) => `${from} > ${to}`);
  if (names.length === 0) return "";
  return names.length > 6 ? ` (${names.slice(0, 6).join(", ")}, ...)` : ` (${names.join(", ")})`;
}
