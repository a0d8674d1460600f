/**
 * Monitors: objects whose elements are distinct are decided by comparing intervals, without any search.
 *
 * A monitor declines what it was not made for: an element put in twice, an operation whose answer nobody knows.
 */

import type { Operation } from "../../history/operation.js";
import { checkQueue } from "./queue.js";
import { checkSetElement } from "./set.js";
import { checkStack } from "./stack.js";

export type MonitorAnswer = "valid" | "invalid" | "declined";

/** Operations of one object in order of invocation, without failed ones. */
export type Monitor = (operations: readonly Operation[]) => MonitorAnswer;

const MONITORS: ReadonlyMap<string, Monitor> = new Map([
  ["queue", checkQueue],
  ["stack", checkStack],
  ["set", checkSetElement],
]);

export const monitorOf = (model: string): Monitor | null => MONITORS.get(model) ?? null;
