/** All that a cluster has to know of the program that its nodes run. */

import type { Framing } from "../../nemesis/index.js";
import type { Up } from "./operator.js";
import type { Address } from "../client/connection.js";
import type { Launch, Place } from "../client/database.js";
import type { ReadyLine } from "../replica/wire.js";
import type { Machine, MachineOptions } from "./machine.js";

export interface NodeProgram {
  /** `ready`: what the node told when it was last ready; null at its first start. */
  launch(place: Place, ready: ReadyLine | null): Launch;
  /** stdout: it prints a ready line there; asked: it prints what it likes, and `answers` tells. */
  readonly readyBy: "ready line" | "asking";
  readonly readyWithinMs: number;
  /** Does the node answer? `direct` is its own port, `linked` the way that clients take. Never rejects. */
  answers(at: { readonly direct: Address; readonly linked: Address }, timeoutMs: number): Promise<boolean>;
  /** Which ports the nodes are to listen on; 0: any, the ready line tells. */
  ports(count: number): Promise<readonly number[]>;
  /** How the bytes between nodes are divided into messages; null where nobody knows: then none can be lost alone. */
  readonly framing: Framing | null;
  /** Its nodes listen on Unix sockets beside their ports, and dial each other there. Absent: they do not. */
  readonly unixSockets?: boolean;
  /** What of a node's machine can be broken. @throws where what that takes is not here */
  machine(place: Place, options: MachineOptions): Promise<Machine>;
  /** Who leads now, asked of the nodes that are up where they listen; null where the program cannot tell. */
  readonly leader: ((up: readonly Up[]) => Promise<string | null>) | null;
  /** Can nodes come and go, and be told to lead? As an operator of the reference store does it. Absent: neither. */
  readonly operated?: { readonly members: boolean; readonly leader: boolean };
}
