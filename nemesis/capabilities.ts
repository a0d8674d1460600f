/** What a system can be made to suffer: a capability is a method that is present. */

import { FAULT_KINDS, type FaultKind, type Fault, type TimedFault } from "./fault.js";
import type { Network, System, Target } from "./inject.js";

/** The kinds that can be injected and undone, at least with the least demanding parameters, on every node. */
export const capabilitiesOf = (system: System): readonly FaultKind[] =>
  FAULT_KINDS.filter((kind) => missing(system, kind) === null);

/** Why this fault cannot be injected, in words; null when nothing speaks against it. */
export function whyNot(system: System, { fault, after }: Pick<TimedFault, "fault" | "after">): string | null {
  const leader = after === "election" || aims(fault);
  if (leader && system.leader === undefined) return "nobody can say who leads";
  return missing(system, fault.f) ?? tooMuch(system, fault);
}

const aims = (fault: Fault): boolean =>
  (fault.f === "partition" && fault.grudge === "isolate-leader") || ("who" in fault && fault.who === "leader");

function missing(system: System, kind: FaultKind): string | null {
  const { targets, network } = system;
  const link = ON_LINKS[kind];
  if (link !== undefined) {
    if (network === undefined) return "there are no links to break";
    return network[link] === undefined ? `the links cannot ${WORDS[link] ?? link}` : null;
  }
  if (kind === "remove" || kind === "add")
    return system.remove === undefined || system.add === undefined
      ? "the system has no way to change its members"
      : null;
  if (kind === "promote")
    return system.promote === undefined || system.leader === undefined
      ? "the system has no way to change its leader"
      : null;
  const without = (ON_NODES[kind] ?? []).find((hand) => targets.some((target) => target[hand] === undefined));
  return without === undefined ? null : `there is no hand to ${WORDS[without] ?? without} a node`;
}

/** Parameters that ask for more than the kind itself. "The leader" may be any node, so all of them are asked. */
function tooMuch({ targets, network }: System, fault: Fault): string | null {
  if (fault.f === "partition" && fault.mode !== undefined && fault.mode !== "drop")
    return network?.cutModes?.includes(fault.mode) === true ? null : `links cannot be cut by ${fault.mode}`;
  if (fault.f === "delay") {
    const able = network?.distributions;
    return able === undefined || able.includes(fault.distribution ?? "uniform")
      ? null
      : `a delay here cannot be ${fault.distribution}, only ${able.join(", ")}`;
  }
  if (fault.f === "packet") {
    const effects = ["loss", "duplicate", "reorder"] as const;
    const able = network?.packetEffects ?? effects;
    const beyond = effects.filter((effect) => (fault.effects[effect] ?? 0) > 0 && !able.includes(effect));
    return beyond.length === 0 ? null : `these links cannot ${beyond.map((one) => VERBS[one]).join(" or ")} messages`;
  }
  if (fault.f === "disk") {
    const { is } = fault.trouble;
    const able = targets.find(({ diskTroubles }) => diskTroubles?.includes(is) === false)?.diskTroubles;
    return able === undefined ? null : `a disk cannot be made ${DISKS[is]} here, only ${inWords(able, DISKS)}`;
  }
  if (fault.f === "damage") {
    const { is } = fault.damage;
    const able = targets.find(({ damages }) => damages?.includes(is) === false)?.damages;
    return able === undefined ? null : `files cannot be damaged by ${is} here, only by ${able.join(", ")}`;
  }
  if ((fault.f === "kill" || fault.f === "rolling") && fault.signal === "SIGTERM")
    return targets.some((target) => target.terminate === undefined)
      ? "there is no hand to end a node by SIGTERM"
      : null;
  return null;
}

const ON_LINKS: { readonly [kind in FaultKind]?: keyof Network } = {
  partition: "cut",
  delay: "delay",
  bandwidth: "bandwidth",
  "slow-close": "slowClose",
  corrupt: "corrupt",
  packet: "packet",
};

const ON_NODES: { readonly [kind in FaultKind]?: readonly (keyof Target)[] } = {
  kill: ["kill", "start"],
  pause: ["pause", "resume"],
  "crash-loop": ["kill", "start"],
  rolling: ["kill", "start"],
  starve: ["starve"],
  clock: ["setClock"],
  disk: ["setDisk"],
  damage: ["damage", "kill", "start"],
  wipe: ["wipe", "kill", "start"],
};

const DISKS = { full: "full", "read-only": "read-only", errors: "to fail", slow: "slow" } as const;

const inWords = <K extends string>(able: readonly K[], words: { readonly [name in K]: string }): string =>
  able.length === 0 ? "nothing" : able.map((one) => words[one]).join(", ");

const VERBS = { loss: "lose", duplicate: "double", reorder: "swap" } as const;

const WORDS: { readonly [hand: string]: string } = {
  slowClose: "close slowly",
  bandwidth: "be made narrow",
  packet: "lose or double messages",
  setClock: "set the clock of",
  setDisk: "trouble the disk of",
  damage: "damage the files of",
  wipe: "empty the disk of",
};
