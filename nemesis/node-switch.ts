/**
 * A node as a switch: up (off), paused, or down by a signal: killed, or ended by itself when asked to. A node that is
 * wanted down and paused is down, and paused when it is back.
 */

import type { Target } from "./inject.js";
import type { Journal } from "./journal.js";
import { ask, within } from "./patience.js";
import { type Before, Switch } from "./switch.js";
import { REAL_TIME, type Time } from "./time.js";

export type NodeFault = "paused" | "ended" | "down";

/** How long a signal may take to show in the state of a process. A process in a disk wait can be late. */
const SHOW_MS = 2_000;

export interface NodeSwitchOptions {
  /** How long each hand may take. */
  readonly handMs: number;
  /** Told of what is stopped before it is. */
  readonly journal: Journal;
}

export function nodeSwitch(target: Target, { handMs, journal }: NodeSwitchOptions): Switch<NodeFault> {
  const move = (name: "kill" | "terminate" | "start" | "pause" | "resume"): Promise<void> => {
    const hand = target[name]?.bind(target);
    if (hand === undefined) throw new Error(`${target.name} has no hand to ${name} it`);
    return within(handMs, `${name} of ${target.name}`, hand());
  };
  let written: number[] = [];
  const pause = async (): Promise<void> => {
    const processes = (await target.processes?.()) ?? [];
    if (processes.length > 0) written.push(journal.begin({ undo: "continue", processes }));
    await move("pause");
  };
  /** Nothing of it is stopped any more. */
  const forget = (): void => {
    for (const n of written) journal.end(n);
    written = [];
  };
  return new Switch<NodeFault>({
    strongest: (values) => DOWN.find((down) => values.includes(down)) ?? values[0] ?? null,
    async hand(value, before) {
      if (value === "down" || value === "ended") {
        if (before.isSure && isDown(before.value)) return;
        // A stopped process would keep the request for later.
        if (value === "ended" && (await standing(target, before)) === "paused") await move("resume");
        await move(value === "down" ? "kill" : "terminate");
        forget();
        return;
      }
      const is = await standing(target, before);
      if (isDown(is)) await move("start");
      if (value === "paused") await pause();
      else if (is === "paused") await move("resume");
      if (value === null) forget();
    },
  });
}

const DOWN = ["down", "ended"] as const;
const isDown = (value: NodeFault | null): boolean => value === "down" || value === "ended";

/** What the earlier hands have made of the node; only where one of them failed is the node itself asked. */
async function standing(target: Target, before: Before<NodeFault>): Promise<NodeFault | null> {
  if (before.isSure) return before.value;
  const { tried } = before;
  const state = (await target.state?.()) ?? null;
  if (state === null) return tried.some(isDown) ? "down" : (tried[0] ?? null);
  if (state === "gone") return tried.some(isDown) ? "down" : null;
  return state === "stopped" ? "paused" : null;
}

/** Reads the state back until it is the wanted one, or the bound is over. Null: the node can't tell. */
export async function readBack(
  target: Target,
  wanted: "running" | "stopped" | "gone",
  time: Time = REAL_TIME,
): Promise<ReadBack | null> {
  const state = target.state?.bind(target);
  if (state === undefined) return null;
  const start = time.nowMs();
  let last = "unread";
  const seen = await ask(
    SHOW_MS,
    async () => {
      last = await state();
      return last === wanted ? true : null;
    },
    time,
  );
  return { isAsWanted: seen === true, state: last, afterMs: Math.round(time.nowMs() - start) };
}

export interface ReadBack {
  readonly isAsWanted: boolean;
  readonly state: string;
  readonly afterMs: number;
}
