/** What the links and their worker say to each other. */

import type { NodeName } from "../fault.js";
import type { LinkCounters } from "../inject.js";
import type { Address } from "./connection.js";
import type { LinkState } from "./link.js";
import type { LinkMessage } from "./tape.js";

export type Call =
  | { readonly call: "set"; readonly from: NodeName; readonly to: NodeName; readonly change: Partial<LinkState> }
  | { readonly call: "setUpstream"; readonly node: NodeName; readonly upstream: Address | null }
  | { readonly call: "messages"; readonly sinceMs: number }
  | { readonly call: "counters" | "close" };

/** Answers come in any order. */
export type Asked = Call & { readonly id: number };

export interface Dialled {
  readonly from: NodeName;
  readonly to: NodeName;
  readonly at: Address;
}

export type Answer =
  /** First of all, once: the links are open, or could not be opened. */
  | { readonly is: "open"; readonly addresses: readonly Dialled[] }
  | { readonly is: "failed"; readonly why: string }
  | { readonly is: "done"; readonly id: number; readonly counters: readonly LinkCounters[] }
  | { readonly is: "told"; readonly id: number; readonly messages: readonly LinkMessage[] }
  | { readonly is: "wrong"; readonly id: number; readonly why: string };
