/** How many replicas hold a key, where not all do: what dumps and the judge go by. */

import type { TestConfig } from "../config/flags.js";

export function holdersOf({ protocol, nodes }: Pick<TestConfig, "protocol" | "nodes">): { readonly replicas?: number } {
  if (protocol.mode !== "quorum" || protocol.replicas === undefined || protocol.replicas >= nodes.length) return {};
  return { replicas: protocol.replicas };
}
