/** Members that leave and come back, and strangers that join for a while. The system itself says who is a member. */

import type { Fault, NodeName } from "../fault.js";
import type { Injected } from "../inject.js";
import type { Switch } from "../switch.js";
import { allOf, type Grip, unsupported } from "./grip.js";

export async function membership(grip: Grip, fault: Extract<Fault, { f: "remove" | "add" }>): Promise<Injected> {
  const { f, who } = fault;
  const { system } = grip;
  const [remove, add] = [system.remove?.bind(system), system.add?.bind(system)];
  if (remove === undefined || add === undefined) return unsupported("the system has no hand to change who is a member");
  const resolved = await grip.resolve(who);
  if ("why" in resolved) return unsupported(resolved.why);
  const isMember = f === "remove";
  const members = async (): Promise<readonly NodeName[] | null> => (await system.members?.().catch(() => null)) ?? null;
  const before = await members();
  const nodes = resolved.nodes.filter((node) => before === null || before.includes(node) === isMember);
  if (nodes.length === 0)
    return unsupported(`${resolved.nodes.join(", ")}: ${isMember ? "no member" : "a member already"}`);
  const switchOf = (node: NodeName): Switch<"out" | "in"> =>
    // Both kinds have a switch of their own: off is "in" for the one, "out" for the other.
    grip.switch(`${f} of ${node}`, (value) => ((value === null) === isMember ? add(node) : remove(node)));
  const claim = Symbol(f);
  const release = (): Promise<void> => allOf(nodes.map((node) => switchOf(node).off(claim)));
  await grip.orPutBack(allOf(nodes.map((node) => switchOf(node).on(claim, isMember ? "out" : "in"))), release);
  const during = await members();
  let after: readonly NodeName[] | null = null;
  return {
    is: "done",
    value: { nodes },
    undo: async () => {
      await release();
      after = await members();
    },
    evidence: async () => ({
      bit: during !== null && nodes.every((node) => during.includes(node) !== isMember),
      evidence:
        during === null
          ? "the system can't tell its members, so nothing proves it"
          : `members read back ${during.join(", ")}${after === null ? "" : `, then ${after.join(", ")}`}`,
    }),
  };
}
