/** Reads and writes that a node coordinates, and who waits for them. */

import type { Json, NodeName, Reply } from "../../wire.js";
import type { Effect } from "../protocol.js";
import { tell } from "./kit.js";
import type { Coordinated } from "./message.js";

/** A client of this node, or another node that passed its client's request on. */
export type Asker =
  | { readonly is: "client"; readonly id: number }
  | { readonly is: "node"; readonly node: NodeName; readonly op: number };

export interface Write<State> {
  readonly is: "write";
  readonly asker: Asker;
  readonly key: string;
  /** null: the key is removed, and nothing says so. */
  readonly state: State | null;
  readonly replicas: readonly NodeName[];
  /** The same, once; twice while the ring changes, as it was and as it will be. So many of each must have it. */
  readonly groups: readonly (readonly NodeName[])[];
  readonly needed: number;
  /** The view in which it began. */
  readonly at: number;
  /** Those that have it, or whose stand-in has. */
  readonly storedFor: Set<NodeName>;
  /** Stand-in -> the replica that it stands in for. */
  readonly standIns: Map<NodeName, NodeName>;
  answered: boolean;
}

export interface Read<State> {
  readonly is: "read";
  readonly asker: Asker;
  readonly key: string;
  /** The cas or the delete that this read begins; null for a plain read. */
  readonly next: Exclude<Coordinated, { readonly op: "read" }> | null;
  readonly replicas: readonly NodeName[];
  readonly needed: number;
  readonly at: number;
  /** What each node is known to hold. */
  readonly held: Map<NodeName, State | null>;
  /** The replicas that answered, or whose stand-in did. */
  readonly heardFor: Set<NodeName>;
  readonly standIns: Map<NodeName, NodeName>;
  merged: State | null;
  answered: boolean;
}

export interface Forward {
  readonly is: "forward";
  readonly asker: Asker;
  readonly request: Coordinated;
  readonly to: NodeName;
}

export type Operation<State extends Json> = Write<State> | Read<State> | Forward;

export function answer(asker: Asker, reply: Reply, effects: Effect[]): void {
  if (asker.is === "client") effects.push({ is: "reply", id: asker.id, reply });
  else tell(asker.node, { is: "forwarded", op: asker.op, reply }, effects);
}

export const DONE: Reply = { ok: true, value: null };

export function mismatch(found: Json): Reply {
  return { ok: false, error: "mismatch", message: `found ${JSON.stringify(found)}` };
}

/** Replicas that have it, of the group of which fewest have. */
export function storedCount<State>({ groups, storedFor }: Write<State>): number {
  return Math.min(...groups.map((group) => group.filter((node) => storedFor.has(node)).length));
}

/** What is said when the time is over. */
export function overdue<State extends Json>(open: Operation<State>): Reply {
  if (open.is === "forward") {
    return { ok: false, error: "partial", message: `${open.to}, which should do it, did not answer in time` };
  }
  if (open.is === "write") {
    const message = `stored at ${storedCount(open)} of ${open.needed} replicas in time`;
    return { ok: false, error: "partial", message };
  }
  const message = `${open.heardFor.size} of ${open.needed} replicas answered in time; nothing was done`;
  return { ok: false, error: "no-quorum", message };
}
