/** Faults of what a node has on its disk: it is killed, its files are changed, and it is started on what is left. */

import type { Fault } from "../fault.js";
import type { Damaged, Injected, Target } from "../inject.js";
import { wordsOf } from "../patience.js";
import { allOf, type Grip, lacks, toldOf, unsupported } from "./grip.js";

/** What became of one node. */
interface Struck {
  readonly target: Target;
  /** What was done to its files, in words; null: there was nothing to do it to. */
  readonly done: string | null;
  /** Why it did not start on what was left; null: it did. */
  refused: string | null;
  readonly putBack: () => Promise<void>;
}

export async function damage(grip: Grip, fault: Extract<Fault, { f: "damage" }>): Promise<Injected> {
  return strike(grip, fault, "damage", async (target) => {
    const damaged = await target.damage?.(fault.damage);
    if (damaged === undefined) throw new Error(`${target.name} has no hand to damage it`);
    return damaged;
  });
}

export async function wipe(grip: Grip, fault: Extract<Fault, { f: "wipe" }>): Promise<Injected> {
  return strike(grip, fault, "wipe", async (target) => {
    const bytes = (await target.wipe?.()) ?? 0;
    return { done: bytes === 0 ? null : `${bytes} bytes wiped`, putBack: () => Promise.resolve() };
  });
}

async function strike(
  grip: Grip,
  fault: Extract<Fault, { f: "damage" | "wipe" }>,
  hand: "damage" | "wipe",
  act: (target: Target) => Promise<Damaged>,
): Promise<Injected> {
  const reached = await grip.reach(fault.who, (target) => lacks(target, "kill", "start", hand));
  if ("why" in reached) return reached;
  const { targets } = reached;
  const claim = Symbol(fault.f);
  const release = (): Promise<void> => allOf(targets.map((target) => grip.node(target).off(claim)));
  const struck: Struck[] = [];
  const one = async (target: Target): Promise<void> => {
    const node = grip.node(target);
    await node.on(claim, "down");
    const { done, putBack } = await grip.move(`${hand} of ${target.name}`, act(target));
    const what: Struck = { target, done, refused: null, putBack };
    struck.push(what);
    await node.off(claim).catch((error: unknown) => {
      what.refused = wordsOf(error);
    });
  };
  await grip.orPutBack(allOf(targets.map(one)), release);
  if (struck.every(({ done }) => done === null)) return unsupported(`nothing there to ${hand}`);
  return {
    is: "done",
    value: {
      ...toldOf(reached),
      ...(fault.f === "damage" ? { damage: fault.damage } : {}),
      done: struck.map(({ target, done }) => `${target.name}: ${done ?? "nothing"}`),
    },
    undo: async () => {
      // Only who won't start on what is left gets it back: for the others the loss is the fault, and it stays.
      for (const one of struck)
        if (one.refused !== null && (await one.target.state?.()) === "gone") await one.putBack();
      await release();
    },
    evidence: async () => ({
      bit: struck.every(({ done }) => done !== null),
      evidence: struck
        .map(({ target, done, refused }) => {
          const words = `${target.name}: ${done ?? "nothing to do it to"}`;
          return refused === null ? `${words}, started on what was left` : `${words}, would not start: ${refused}`;
        })
        .join("; "),
    }),
  };
}
