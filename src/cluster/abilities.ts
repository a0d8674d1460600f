/** What the nemesis may do to a cluster, known before there is one: a schedule can be refused before anything starts. */

import type { System } from "../../nemesis/index.js";
import type { ProtocolConfig } from "../replica/wire.js";
import { leaderOf } from "./reference.js";

/** The same hands as those of `Cluster.system`, by name; none of them moves anything. */
export function abilitiesOf(nodes: readonly string[], protocol: ProtocolConfig | { readonly mode: "own" }): System {
  const never = (): Promise<never> => Promise.reject(new Error("this cluster was never started"));
  const hands = { kill: never, start: never, pause: never, resume: never, state: never };
  const leader = leaderOf(protocol);
  return {
    targets: nodes.map((name) => ({ name, ...hands })),
    network: { cut: never, heal: never, delay: never, counters: never },
    ...(leader === null ? {} : { leader: () => Promise.resolve(leader) }),
  };
}
