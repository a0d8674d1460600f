/** What the nemesis may do to a cluster, known before there is one: a schedule can be refused before anything starts. */

import { CUT_MODES, type System } from "../../nemesis/index.js";
import type { ProtocolConfig } from "../replica/wire.js";
import { leadershipOf } from "../client/leadership.js";

const never = (): Promise<never> => Promise.reject(new Error("this cluster was never started"));

/** The same hands as those of `Cluster.system`, by name; none of them moves anything. */
export function abilitiesOf(nodes: readonly string[], protocol: ProtocolConfig | { readonly mode: "own" }): System {
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
    network: { cutModes: CUT_MODES, ...links },
    ...(leadershipOf(protocol) === "nobody" ? {} : { leader: never }),
  };
}
