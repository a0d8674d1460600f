/** Who is a member of a cluster of the reference store, who leads it, and how both are changed: as an operator would. */

import { ask, type System, type Time } from "../../nemesis/index.js";
import { isArray, isObject } from "../replica/protocol/json.js";
import type { Json, NodeRequest, ProtocolConfig, Request } from "../replica/wire.js";
import type { Answer } from "./connection.js";
import { ledTerm } from "./leadership.js";

/** What an operator has at hand. */
export interface Operator {
  /** The names of the nodes that are up. */
  up(): readonly string[];
  /** null: it does not answer. */
  ask(node: string, request: Request | NodeRequest, timeoutMs: number): Promise<Answer | null>;
  readonly time: Time;
}

/** Longer than a change waits for nodes that answer, and less than a hand of the nemesis may take. */
const CHANGE_WITHIN_MS = 25_000;
const PROMOTED_WITHIN_MS = 5_000;
const ANSWER_WITHIN_MS = 8_000;
const HEALTH_WITHIN_MS = 300;
const AGAIN_MS = 100;

/** Can nodes come and go? In raft those that vote, in quorum mode those on the ring, where there is one. */
export function changesMembers(protocol: ProtocolConfig | { readonly mode: "own" }, nodes: number): boolean {
  if (protocol.mode === "raft") return true;
  return protocol.mode === "quorum" && protocol.replicas !== undefined && protocol.replicas < nodes;
}

/** Can a node be told to lead? */
export const changesLeaders = (protocol: ProtocolConfig | { readonly mode: "own" }): boolean =>
  protocol.mode === "leader" && protocol.failover !== undefined;

/** The hands of the nemesis, where they are those of an operator. */
export function operatedBy(
  operator: Operator,
  can: { readonly members: boolean; readonly leader: boolean },
): Pick<System, "remove" | "add" | "members" | "promote"> {
  return {
    ...(can.members
      ? {
          remove: (node) => changeMembers(operator, "remove", node),
          add: (node) => changeMembers(operator, "add", node),
          members: () => membersNow(operator),
        }
      : {}),
    ...(can.leader ? { promote: (node) => promote(operator, node) } : {}),
  };
}

/** Asks one node after the other until one says that it is done. Asking twice does no harm. */
async function changeMembers(operator: Operator, change: "add" | "remove", node: string): Promise<void> {
  let last = "no node is up";
  const done = await ask(
    CHANGE_WITHIN_MS,
    async () => {
      for (const one of operator.up()) {
        const answer = await operator.ask(one, { op: "voters", change, node }, ANSWER_WITHIN_MS);
        if (answer?.ok === true) return true;
        if (answer === null) continue;
        last = `${one}: ${answer.message}`;
        if (answer.error === "bad-request" || answer.error === "unsupported") throw new Error(last);
        if (answer.error !== "not-leader") return null;
      }
      return null;
    },
    operator.time,
    AGAIN_MS,
  );
  if (done === null) throw new Error(`${change} ${node}: ${last}`);
}

/** As a node tells that knows the latest: the leader, or one that knows of no change under way. */
async function membersNow(operator: Operator): Promise<readonly string[]> {
  const members = await ask(
    CHANGE_WITHIN_MS,
    async () => {
      for (const one of operator.up()) {
        const answer = await operator.ask(one, { op: "health" }, HEALTH_WITHIN_MS);
        const told = answer?.ok === true ? membersOf(answer.value) : null;
        if (told !== null) return told;
      }
      return null;
    },
    operator.time,
    AGAIN_MS,
  );
  if (members === null) throw new Error("no node could say who is a member");
  return members;
}

function membersOf(health: Json): readonly string[] | null {
  if (!isObject(health)) return null;
  const { ring, step, voters } = health;
  const isLatest = voters === undefined ? step === undefined : ledTerm(health) !== null;
  const names = isLatest ? (voters ?? ring) : undefined;
  return isArray(names) ? names.filter((name) => typeof name === "string") : null;
}

/** Asks until the node leads: one that lacks the latest writes is voted for only when it has them. */
async function promote(operator: Operator, node: string): Promise<void> {
  let last = "it does not answer";
  const done = await ask(
    PROMOTED_WITHIN_MS,
    async () => {
      const answer = await operator.ask(node, { op: "promote" }, ANSWER_WITHIN_MS);
      if (answer?.ok === true) return true;
      last = answer?.message ?? "it does not answer";
      return null;
    },
    operator.time,
    AGAIN_MS,
  );
  if (done === null) throw new Error(`${node} does not lead: ${last}`);
}
