/** How an operation reaches a node, and what its answer means. */

import type { Json } from "../../checker/history/event.js";
import type { Invocation } from "../generator/generator.js";

/** How an operation ended: becomes its completion event. */
export interface Completion {
  readonly type: "ok" | "fail" | "info";
  readonly value: Json;
  readonly node: string;
  readonly error?: string;
  readonly siblings?: readonly Json[];
}

/** One logical client at a time uses it. `invoke` never rejects for what the world does, only for bugs of ours. */
export interface Client {
  /** The node that the operation will be sent to: written down with the invocation. */
  nodeFor(op: Invocation): string;
  invoke(op: Invocation): Promise<Completion>;
  close(): void;
}

/** Opens a client for a thread. Cheap: connections are made when the first operation needs them. */
export type OpenClient = (thread: number) => Client;
