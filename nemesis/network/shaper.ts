/** What tc is told of one device: how slow, narrow, lossy it is; and how much met that. Pure. */

import type { Distribution, PacketEffects } from "../fault.js";
import type { Delay } from "../inject.js";

export interface Shape {
  readonly delay: Delay | null;
  readonly bytesPerSecond: number | null;
  readonly packet: PacketEffects | null;
  readonly corrupt: number | null;
}

export const NO_SHAPE: Shape = { delay: null, bytesPerSecond: null, packet: null, corrupt: null };

/** Distributions that netem has tables for. */
export const NETEM_DISTRIBUTIONS: readonly Distribution[] = ["constant", "uniform", "normal", "pareto"];

/** Commands for `tc`, in order, each as its arguments. An empty shape takes everything away; `isShaped`: there is something. */
export function shapeCommands(device: string, shape: Shape, isShaped: boolean): readonly (readonly string[])[] {
  const remove = isShaped ? [["qdisc", "del", "dev", device, "root"]] : [];
  const emulated = netemOf(shape);
  const limited = shape.bytesPerSecond === null ? [] : tbfOf(shape.bytesPerSecond);
  if (emulated.length === 0 && limited.length === 0) return remove;
  const add = (at: readonly string[], what: readonly string[]): readonly string[] =>
    ["qdisc", "add", "dev", device].concat(at, what);
  if (emulated.length === 0) return [...remove, add(["root", "handle", "1:"], limited)];
  return [
    ...remove,
    add(["root", "handle", "1:"], emulated),
    ...(limited.length === 0 ? [] : [add(["parent", "1:1", "handle", "2:"], limited)]),
  ];
}

/** Whether this shape needs netem, which not every kernel has. */
export const needsNetem = (shape: Shape): boolean => netemOf(shape).length > 0;

const percent = (share: number): string => `${(100 * share).toFixed(2)}%`;
const ms = (time: number): string => `${time.toFixed(3)}ms`;

function netemOf({ delay, packet, corrupt }: Shape): readonly string[] {
  // Loss is the packet filter's: it counts what it loses.
  const { duplicate = 0, reorder = 0 } = packet ?? {};
  const words = [
    ...(delay === null ? [] : delayOf(delay)),
    ...(duplicate > 0 ? ["duplicate", percent(duplicate)] : []),
    // netem lets some pass at once while the others wait, so somebody has to wait.
    ...(reorder > 0 ? [...(delay === null ? ["delay", "10ms"] : []), "reorder", percent(reorder)] : []),
    ...(corrupt !== null && corrupt > 0 ? ["corrupt", percent(corrupt)] : []),
  ];
  return words.length === 0 ? [] : ["netem", "limit", "10000", ...words];
}

function delayOf({ latencyMs, jitterMs, distribution = "uniform" }: Delay): readonly string[] {
  if (distribution === "constant" || jitterMs === 0) return ["delay", ms(latencyMs)];
  // Without a table netem draws evenly from latency ± jitter.
  const table = distribution === "uniform" ? [] : ["distribution", distribution];
  return ["delay", ms(latencyMs), ms(jitterMs), ...table];
}

/** A bucket that holds one packet, or a hundredth of a second. */
function tbfOf(bytesPerSecond: number): readonly string[] {
  const burst = Math.max(1_600, Math.round(bytesPerSecond / 100));
  const rate = `${Math.max(1, Math.round(bytesPerSecond))}bps`;
  return ["tbf", "rate", rate, "burst", String(burst), "limit", String(Math.max(16_000, burst))];
}

export interface ShapeCounts {
  readonly delayedBytes: number;
  readonly throttledBytes: number;
}

/** `tc -s -j qdisc show dev D` -> what went through the emulation, and through a limit that held somebody up. */
export function shapeCountsIn(json: string): ShapeCounts {
  const listed = JSON.parse(json === "" ? "[]" : json) as readonly {
    readonly kind: string;
    readonly bytes?: number;
    readonly overlimits?: number;
  }[]; // tc's own
  const bytesOf = (kind: string): number =>
    listed
      .filter((one) => one.kind === kind && (kind !== "tbf" || (one.overlimits ?? 0) > 0))
      .reduce((sum, { bytes = 0 }) => sum + bytes, 0);
  return { delayedBytes: bytesOf("netem"), throttledBytes: bytesOf("tbf") };
}
