/** Who is a member of a cluster of the reference store, who leads it, and how both are changed: as an operator would. */

import { setTimeout as sleep } from "node:timers/promises";
import { type Address, type Answer, Connection } from "../client/connection.js";
import { ledTerm } from "../client/leadership.js";
import { isArray, isObject } from "../replica/protocol/json.js";
import type { Json, NodeRequest, ProtocolConfig, Request } from "../replica/wire.js";

/** A node that is up, and where it listens with no link in between that the nemesis may have cut. */
export type Up = Address & { readonly name: string };

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

/** Asks one node after the other until one says that it is done. Asking twice does no harm. */
export async function changeMembers(up: () => readonly Up[], change: "add" | "remove", node: string): Promise<void> {
  const endMs = performance.now() + CHANGE_WITHIN_MS;
  let last = "no node is up";
  while (performance.now() < endMs) {
    for (const one of up()) {
      const answer = await ask(one, { op: "voters", change, node }, ANSWER_WITHIN_MS);
      if (answer?.ok === true) return;
      if (answer === null) continue;
      last = `${one.name}: ${answer.message}`;
      if (answer.error === "bad-request" || answer.error === "unsupported") throw new Error(last);
      if (answer.error !== "not-leader") break;
    }
    await sleep(AGAIN_MS);
  }
  throw new Error(`${change} ${node}: ${last}`);
}

/** As a node tells that knows the latest: the leader, or one that knows of no change under way. */
export async function membersNow(up: () => readonly Up[]): Promise<readonly string[]> {
  const endMs = performance.now() + CHANGE_WITHIN_MS;
  while (performance.now() < endMs) {
    for (const one of up()) {
      const answer = await ask(one, { op: "health" }, HEALTH_WITHIN_MS);
      const members = answer?.ok === true ? membersOf(answer.value) : null;
      if (members !== null) return members;
    }
    await sleep(AGAIN_MS);
  }
  throw new Error("no node could say who is a member");
}

function membersOf(health: Json): readonly string[] | null {
  if (!isObject(health)) return null;
  const { ring, step, voters } = health;
  const names =
    voters === undefined ? (step === undefined ? ring : undefined) : ledTerm(health) === null ? undefined : voters;
  return isArray(names) ? names.filter((name) => typeof name === "string") : null;
}

/** Asks until the node leads: one that lacks the latest writes is voted for only when it has them. */
export async function promote(up: () => readonly Up[], node: string): Promise<void> {
  const endMs = performance.now() + PROMOTED_WITHIN_MS;
  let last = "it is not up";
  while (performance.now() < endMs) {
    const one = up().find(({ name }) => name === node);
    const answer = one === undefined ? null : await ask(one, { op: "promote" }, ANSWER_WITHIN_MS);
    if (answer?.ok === true) return;
    last = answer?.message ?? "it does not answer";
    await sleep(AGAIN_MS);
  }
  throw new Error(`${node} does not lead: ${last}`);
}

/** null: it does not answer. */
async function ask(node: Up, request: Request | NodeRequest, timeoutMs: number): Promise<Answer | null> {
  const opened = await Connection.open(node, Math.min(timeoutMs, 1000));
  if (opened.is === "unreachable") return null;
  const answer = await opened.connection.request(request, timeoutMs);
  opened.connection.close();
  return answer.ok === null ? null : answer;
}
