/** A node as a switch: up (off), paused, or down. A node that is wanted down and paused is down, and paused when it is back. */

import type { Target } from "./inject.js";
import { ask, within } from "./patience.js";
import { type Before, Switch } from "./switch.js";

export type NodeFault = "paused" | "down";

/** How long a signal may take to show in the state of a process. A process in a disk wait can be late. */
const SHOW_MS = 2_000;

export function nodeSwitch(target: Target, handMs: number): Switch<NodeFault> {
  const move = (name: "kill" | "start" | "pause" | "resume"): Promise<void> => {
    const hand = target[name]?.bind(target);
    if (hand === undefined) throw new Error(`${target.name} has no hand to ${name} it`);
    return within(handMs, `${name} of ${target.name}`, hand());
  };
  return new Switch<NodeFault>({
    strongest: (values) => (values.includes("down") ? "down" : (values[0] ?? null)),
    async hand(value, before) {
      if (value === "down") {
        await move("kill");
        return;
      }
      const is = await standing(target, before);
      if (is === "down") await move("start");
      if (value === "paused") await move("pause");
      else if (is === "paused") await move("resume");
    },
  });
}

/** What the earlier hands have made of the node; only where one of them failed is the node itself asked. */
async function standing(target: Target, before: Before<NodeFault>): Promise<NodeFault | null> {
  if (before.isSure) return before.value;
  const { tried } = before;
  const state = (await target.state?.()) ?? null;
  if (state === null) return tried.includes("down") ? "down" : (tried[0] ?? null);
  if (state === "gone") return tried.includes("down") ? "down" : null;
  return state === "stopped" ? "paused" : null;
}

/** Reads the state back until it is the wanted one, or the bound is over. Null: the node can't tell. */
export async function readBack(target: Target, wanted: "running" | "stopped" | "gone"): Promise<ReadBack | null> {
  const state = target.state?.bind(target);
  if (state === undefined) return null;
  const start = performance.now();
  let last = "unread";
  const seen = await ask(SHOW_MS, async () => {
    last = await state();
    return last === wanted ? true : null;
  });
  return { isAsWanted: seen === true, state: last, afterMs: Math.round(performance.now() - start) };
}

export interface ReadBack {
  readonly isAsWanted: boolean;
  readonly state: string;
  readonly afterMs: number;
}
