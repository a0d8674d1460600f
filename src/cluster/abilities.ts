/** What the nemesis may do to a cluster, known before there is one: a schedule can be refused before anything starts. */

import { CUT_MODES, mayHaveNetem, type Network, type System } from "../../nemesis/index.js";
import type { ProtocolConfig } from "../replica/wire.js";
import { leadershipOf } from "../client/leadership.js";
import type { NetworkKind } from "../client/network.js";

const never = (): Promise<never> => Promise.reject(new Error("this cluster was never started"));

const IN_NAMESPACES: Network = {
  cutModes: ["drop", "refuse", "reset"],
  packetEffects: mayHaveNetem() ? ["loss", "duplicate", "reorder"] : ["loss"],
  ...(mayHaveNetem() ? { delay: never, corrupt: never } : {}),
  cut: never,
  heal: never,
  bandwidth: never,
  packet: never,
  counters: never,
};

/** The same hands as those of `Cluster.system`, by name; none of them moves anything. */
export function abilitiesOf(
  nodes: readonly string[],
  protocol: ProtocolConfig | { readonly mode: "own" },
  network: NetworkKind = "links",
): System {
  const hands = {
    kill: never,
    terminate: never,
    start: never,
    pause: never,
    resume: never,
    state: never,
    processes: never,
    starve: never,
    starvedMs: never,
  };
  // Of the reference store only: it reads from a file what is wrong with its machine.
  const hardware = {
    setClock: never,
    readClock: never,
    setDisk: never,
    diskHits: never,
    damage: never,
    wipe: never,
  };
  const links = {
    cut: never,
    heal: never,
    delay: never,
    bandwidth: never,
    slowClose: never,
    corrupt: never,
    packet: never,
    counters: never,
  };
  return {
    targets: nodes.map((name) => ({ name, ...hands, ...(protocol.mode === "own" ? {} : hardware) })),
    ...(network === "direct"
      ? {}
      : { network: network === "links" ? { cutModes: CUT_MODES, ...links } : IN_NAMESPACES }),
    ...(leadershipOf(protocol) === "nobody" ? {} : { leader: never }),
  };
}
