/** What nft is told in the namespace of one node: which senders it does not hear, and what is counted. Pure. */

import type { CutMode } from "../fault.js";

/** Ways to cut that a packet filter has; `hang` and `half-open` would need a hand inside the connection. */
export const FILTER_MODES = ["drop", "refuse", "reset"] as const satisfies readonly CutMode[];
export type FilterMode = (typeof FILTER_MODES)[number];

/** Packets of one directed link, as they come in at (or go out of) a device of this namespace. */
export interface Filter {
  /** Unlike those of all others here; counters are called after it. */
  readonly name: string;
  readonly device: string;
  readonly way: "in" | "out";
  readonly cut: FilterMode | null;
  /** Part of the packets that are lost, 0..1. */
  readonly loss: number;
}

const COUNTERS = ["passed", "held", "dials", "refused", "reset", "lost"] as const;
export type FilterCounter = (typeof COUNTERS)[number];

const TABLE = "kvtest";

/** Once, before any rules. */
export const tableOf = (filters: readonly Filter[]): string =>
  [
    `add table inet ${TABLE}`,
    `add chain inet ${TABLE} in { type filter hook input priority 0; policy accept; }`,
    `add chain inet ${TABLE} out { type filter hook output priority 0; policy accept; }`,
    ...filters.flatMap(({ name }) => COUNTERS.map((counter) => `add counter inet ${TABLE} ${counter}_${name}`)),
  ].join("\n");

/** All rules anew; nft takes them in one step, so that no packet meets half of them. Counters go on. */
export const rulesOf = (filters: readonly Filter[]): string =>
  [`flush chain inet ${TABLE} in`, `flush chain inet ${TABLE} out`, ...filters.flatMap(rules)].join("\n");

function rules(filter: Filter): readonly string[] {
  const { name, device, way, cut, loss } = filter;
  const all = `add rule inet ${TABLE} ${way} ${way === "in" ? "iifname" : "oifname"} "${device}"`;
  const count = (counter: FilterCounter): string => `counter name ${counter}_${name}`;
  const dial = "tcp flags & (syn | ack) == syn";
  const lossPerMille = Math.round(1000 * loss);
  return [
    ...(cut === "refuse" ? [`${all} ${dial} ${count("refused")} reject with tcp reset`] : []),
    // The reset that our own side of a connection draws may pass: it is how that side learns of it.
    ...(cut === "reset"
      ? [`${all} tcp flags rst accept`, `${all} meta l4proto tcp ${count("reset")} reject with tcp reset`]
      : []),
    ...(cut === null ? [] : [`${all} ${dial} ${count("dials")}`, `${all} ${count("held")} drop`]),
    ...(lossPerMille > 0 ? [`${all} numgen random mod 1000 < ${lossPerMille} ${count("lost")} drop`] : []),
    `${all} ${count("passed")}`,
  ];
}

export type Counts = { readonly [counter in FilterCounter]: { readonly packets: number; readonly bytes: number } };

/** `nft -j list counters` -> what each filter counted, by its name. */
export function countsIn(json: string): ReadonlyMap<string, Counts> {
  const { nftables } = JSON.parse(json) as { readonly nftables: readonly { readonly counter?: Listed }[] }; // nft's own
  const counts = new Map<string, Counts>();
  const none = { packets: 0, bytes: 0 };
  for (const { counter } of nftables) {
    if (counter === undefined) continue;
    const [, kind = "", name = ""] = /^([a-z]+)_(.*)$/.exec(counter.name) ?? [];
    const before = counts.get(name) ?? {
      passed: none,
      held: none,
      dials: none,
      refused: none,
      reset: none,
      lost: none,
    };
    counts.set(name, { ...before, [kind]: { packets: counter.packets, bytes: counter.bytes } });
  }
  return counts;
}

interface Listed {
  readonly name: string;
  readonly packets: number;
  readonly bytes: number;
}
