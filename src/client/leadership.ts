/** Who leads a cluster, by its protocol or as its nodes tell. */

import type { Json } from "../../checker/history/event.js";
import { isObject } from "../replica/protocol/json.js";
import type { ProtocolConfig } from "../replica/wire.js";

/** Nobody, whoever was elected, or always the same node (in sequencer mode the sequencer). */
export type Leadership = "nobody" | "elected" | { readonly always: string };

export function leadershipOf(protocol: ProtocolConfig | { readonly mode: "own" }): Leadership {
  if (protocol.mode === "raft" || (protocol.mode === "leader" && protocol.failover !== undefined)) return "elected";
  if (protocol.mode === "leader") return { always: protocol.leader };
  return protocol.mode === "sequencer" ? { always: protocol.sequencer } : "nobody";
}

/** The term or epoch in which a node says that it leads, from what it answers to `health`; null: it does not. */
export function ledTerm(health: Json): number | null {
  if (!isObject(health)) return null;
  const { role, term, epoch = term } = health;
  return role === "leader" && typeof epoch === "number" ? epoch : null;
}

/** Of several that say they lead, the one in the latest term. null: nobody does. */
export function latestLeader(nodes: readonly { readonly name: string; readonly term: number | null }[]): string | null {
  const leaders = nodes.flatMap(({ name, term }) => (term === null ? [] : [{ name, term }]));
  return leaders.toSorted((a, b) => b.term - a.term)[0]?.name ?? null;
}
