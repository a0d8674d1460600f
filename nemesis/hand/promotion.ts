/** Somebody else leads: not because the leader is gone, but because an operator says so. */

import type { Fault, NodeName } from "../fault.js";
import type { Injected } from "../inject.js";
import { ask, wordsOf } from "../patience.js";
import { type Grip, unsupported } from "./grip.js";

/** A busy node that leads may be silent for a moment, while the one before it still says that it does. */
const SHOWN_WITHIN_MS = 2_000;

/** Of the nodes that are named, the first that does not lead and can be made to. Nothing puts the old leader back. */
export async function promote(grip: Grip, { who }: Extract<Fault, { f: "promote" }>): Promise<Injected> {
  const { system } = grip;
  const hand = system.promote?.bind(system);
  if (hand === undefined || system.leader === undefined) return unsupported("the system has no hand to say who leads");
  const before = await leaderOf(grip);
  const refused: string[] = [];
  for (const node of who) {
    const why = node === before ? `${node} leads already` : await tried(grip.move(`promote ${node}`, hand(node)));
    if (why === null) return led(node, before, await readBack(grip, node));
    refused.push(why);
  }
  return unsupported(refused.join("; "));
}

/** Asks until somebody knows; null: nobody does. */
async function leaderOf(grip: Grip): Promise<NodeName | null> {
  const resolved = await grip.resolve("leader");
  return "why" in resolved ? null : (resolved.nodes[0] ?? null);
}

/** Who leads, asked until it is this node, with a bound. */
async function readBack(grip: Grip, node: NodeName): Promise<NodeName | null> {
  let last: NodeName | null = null;
  const shown = async (): Promise<true | null> => {
    last = await leaderOf(grip);
    return last === node ? true : null;
  };
  await ask(SHOWN_WITHIN_MS, shown, grip.time);
  return last;
}

/** Why it failed, in words; null: it did not. */
const tried = (work: Promise<void>): Promise<string | null> => work.then(() => null, wordsOf);

function led(node: NodeName, before: NodeName | null, after: NodeName | null): Injected {
  return {
    is: "done",
    value: { nodes: [node], ...(before === null ? {} : { before }) },
    undo: () => Promise.resolve(),
    evidence: async () => ({
      bit: after !== null && after !== before,
      evidence: `leader read back ${before ?? "nobody"}, then ${after ?? "nobody"}`,
    }),
  };
}
