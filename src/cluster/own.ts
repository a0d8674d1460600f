/** A database of somebody's own as the program of a cluster. */

import { get } from "node:http";
import { connect } from "node:net";
import type { Address } from "../client/connection.js";
import { type DatabaseDefinition, launchOf, type ReadyCheck } from "../client/database.js";
import { freePorts } from "./free-ports.js";
import type { NodeProgram } from "./program.js";

const READY_WITHIN_MS = 15_000;

/** `cwd`: where its nodes run, unless it says so itself. `addresses`: of all nodes, once the cluster stands. */
export function ownProgram(
  database: DatabaseDefinition,
  cwd: string,
  addresses: () => readonly (Address & { readonly name: string })[],
): NodeProgram {
  const { leader, ready = "tcp" } = database;
  return {
    launch: (place) => ({ cwd, ...launchOf(database, place) }),
    readyBy: "asking",
    readyWithinMs: database.readyWithinMs ?? READY_WITHIN_MS,
    // A link accepts for a node that is down, so only the node itself can tell.
    answers: ({ direct }, timeoutMs) => answers(ready, direct, timeoutMs),
    ports: freePorts,
    framing: null,
    leader: leader === undefined ? null : () => leader(addresses()),
  };
}

function answers(ready: ReadyCheck, at: Address, timeoutMs: number): Promise<boolean> {
  const late = new Promise<boolean>((resolve) => setTimeout(resolve, timeoutMs, false).unref());
  if (ready === "tcp") return accepts(at, timeoutMs);
  if (typeof ready === "function") return Promise.race([ready(at).catch(() => false), late]);
  return new Promise((resolve) => {
    const asked = get({ ...at, path: ready.http, timeout: timeoutMs, agent: false }, (response) => {
      response.resume();
      resolve((response.statusCode ?? 500) < 400);
    });
    asked.on("timeout", () => asked.destroy());
    asked.on("error", () => resolve(false));
  });
}

function accepts(at: Address, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ ...at, timeout: timeoutMs });
    const end = (accepted: boolean): void => {
      socket.destroy();
      resolve(accepted);
    };
    socket.on("connect", () => end(true));
    socket.on("timeout", () => end(false));
    socket.on("error", () => end(false));
  });
}
