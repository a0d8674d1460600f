/** A database of somebody's own as the program of a cluster. */

import { get } from "node:http";
import { connect } from "node:net";
import type { Address } from "../client/connection.js";
import { type DatabaseDefinition, launchOf, type ReadyCheck } from "../client/database.js";
import { freePorts } from "./free-ports.js";
import { openOwnMachine } from "./own-machine.js";
import type { FaultKind } from "../../nemesis/index.js";
import type { NodeProgram } from "./program.js";

const READY_WITHIN_MS = 15_000;

interface OwnProgramOptions {
  readonly database: DatabaseDefinition;
  /** Where its nodes run, unless it says so itself. */
  readonly cwd: string;
  /** Of the run. */
  readonly dir: string;
  readonly seed: number;
  /** The kinds of faults that it is to suffer. */
  readonly kinds: ReadonlySet<FaultKind>;
  /** Of all nodes, once the cluster stands. */
  readonly addresses: () => readonly (Address & { readonly name: string })[];
}

export function ownProgram({ database, cwd, dir, seed, kinds, addresses }: OwnProgramOptions): NodeProgram {
  const { leader, ready = "tcp", hardware: declared = {} } = database;
  return {
    launch: (place) => ({ cwd, ...launchOf(database, place) }),
    readyBy: "asking",
    readyWithinMs: database.readyWithinMs ?? READY_WITHIN_MS,
    // A link accepts for a node that is down, so only the node itself can tell.
    answers: ({ direct }, timeoutMs) => answers(ready, direct, timeoutMs),
    ports: freePorts,
    framing: null,
    machine: (place, options) => openOwnMachine({ ...options, place, declared, kinds, dir, seed }),
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
