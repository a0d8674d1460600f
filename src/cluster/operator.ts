/** How an operator reaches the nodes of a cluster of processes: past the links that the nemesis may have cut. */

import { REAL_TIME } from "../../nemesis/index.js";
import { type Address, Connection } from "../client/connection.js";
import type { Operator } from "../client/operator.js";

/** A node that is up, and where it listens. */
export type Up = Address & { readonly name: string };

const OPEN_WITHIN_MS = 1_000;

export function operatorOf(up: () => readonly Up[]): Operator {
  return {
    up: () => up().map(({ name }) => name),
    async ask(node, request, timeoutMs) {
      const address = up().find(({ name }) => name === node);
      if (address === undefined) return null;
      const opened = await Connection.open(address, Math.min(timeoutMs, OPEN_WITHIN_MS));
      if (opened.is === "unreachable") return null;
      const answer = await opened.connection.request(request, timeoutMs);
      opened.connection.close();
      return answer.ok === null ? null : answer;
    },
    time: REAL_TIME,
  };
}
