/** Faults that are a setting of a node: its wall clock, its disk. Proven by asking the node. */

import type { Cycle } from "../cycle.js";
import type { DiskTrouble, Fault, Skew } from "../fault.js";
import type { ClockSetting, Evidence, Injected, Target } from "../inject.js";
import type { Switch } from "../switch.js";
import { allOf, type Grip, lacks, type Reachable, toldOf } from "./grip.js";

/** How far a clock may be read from where it was set, beside what reading it takes. */
const CLOCK_SHARE = 0.2;
const CLOCK_SLACK_MS = 30;

export async function clock(grip: Grip, fault: Extract<Fault, { f: "clock" }>): Promise<Injected> {
  const { who, skew } = fault;
  const reached = await grip.reach(who, (target) => lacks(target, "setClock"));
  if ("why" in reached) return reached;
  const { targets } = reached;
  const claim = Symbol("clock");
  const switchOf = (target: Target): Switch<ClockSetting> =>
    grip.switch(`clock of ${target.name}`, async (value) => target.setClock?.(value));
  const setting: ClockSetting =
    skew.is === "rate" ? { offsetMs: 0, rate: skew.rate } : { offsetMs: skew.offsetMs, rate: 1 };
  const on = (): Promise<void> => allOf(targets.map((target) => switchOf(target).on(claim, setting)));
  const release = (): Promise<void> => allOf(targets.map((target) => switchOf(target).off(claim)));
  const startMs = Date.now();
  await grip.orPutBack(on(), release);
  const begun = await Promise.all(targets.map(readOffset));
  const cycle =
    skew.is === "strobe"
      ? grip.cycle([
          { afterMs: skew.periodMs, act: release },
          { afterMs: skew.periodMs, act: on },
        ])
      : null;
  let ended: readonly (Offset | null)[] | null = null;
  let after: readonly (Offset | null)[] = [];
  return {
    is: "done",
    value: { ...toldOf(reached), skew },
    undo: async () => {
      await cycle?.stop();
      ended ??= skew.is === "rate" ? await Promise.all(targets.map(readOffset)) : begun;
      await release();
      after = await Promise.all(targets.map(readOffset));
    },
    evidence: async () => {
      const seen = ended ?? (skew.is === "rate" ? await Promise.all(targets.map(readOffset)) : begun);
      return clockProof({ targets, skew, seen, after, cycle, startMs });
    },
  };
}

/** How far ahead a clock is, at least and at most, and when that was. */
interface Offset {
  readonly leastMs: number;
  readonly mostMs: number;
  readonly atMs: number;
}

/** Null: it can't be read. */
async function readOffset(target: Target): Promise<Offset | null> {
  const read = target.readClock?.bind(target);
  if (read === undefined) return null;
  try {
    const before = Date.now();
    const clockMs = await read();
    const after = Date.now();
    // Whole milliseconds, on both sides.
    return { leastMs: clockMs - after - 1, mostMs: clockMs - before + 1, atMs: (before + after) / 2 };
  } catch {
    return null;
  }
}

function clockProof(what: {
  readonly targets: readonly Target[];
  readonly skew: Skew;
  readonly seen: readonly (Offset | null)[];
  readonly after: readonly (Offset | null)[];
  readonly cycle: Cycle | null;
  readonly startMs: number;
}): Evidence {
  const { targets, skew, seen, after, cycle, startMs } = what;
  const proofs = targets.map(({ name }, i) => {
    const offset = seen[i] ?? null;
    if (offset === null) return { bit: false, words: `${name} can't tell its clock, so nothing proves it` };
    const wantedMs = skew.is === "rate" ? (skew.rate - 1) * (offset.atMs - startMs) : skew.offsetMs;
    const slackMs = CLOCK_SLACK_MS + CLOCK_SHARE * Math.abs(wantedMs);
    const isNear = offset.leastMs <= wantedMs + slackMs && offset.mostMs >= wantedMs - slackMs;
    // An offset that could as well be none proves nothing.
    const isSure = offset.leastMs > 0 || offset.mostMs < 0;
    const back = after[i] ?? null;
    const words = [`${name}'s clock read back ${ahead(offset)}`, ...(back === null ? [] : [`then ${ahead(back)}`])];
    return { bit: isNear && isSure, words: words.join(", ") };
  });
  const strobes = cycle === null ? [] : [`${cycle.acts} jumps`, ...(cycle.failure === null ? [] : [cycle.failure])];
  return {
    bit: proofs.every(({ bit }) => bit) && (cycle === null || cycle.acts > 0),
    evidence: [...proofs.map(({ words }) => words), ...strobes].join("; "),
  };
}

const ahead = ({ leastMs, mostMs }: Offset): string => {
  const middle = Math.round((leastMs + mostMs) / 2);
  return `${Math.abs(middle)} ms ${middle < 0 ? "behind" : "ahead"}`;
};

export async function disk(grip: Grip, fault: Extract<Fault, { f: "disk" }>): Promise<Injected> {
  const { who, trouble } = fault;
  const reached = await grip.reach(who, (target) => lacks(target, "setDisk"));
  if ("why" in reached) return reached;
  const { targets } = reached;
  const claim = Symbol("disk");
  const switchOf = (target: Target): Switch<DiskTrouble> =>
    grip.switch(`disk of ${target.name}`, async (value) => {
      await target.setDisk?.(value);
      if (value === null) await revive(grip, target);
    });
  const hits = (): Promise<readonly number[]> =>
    Promise.all(targets.map(async (target) => (await target.diskHits?.().catch(() => 0)) ?? 0));
  const before = await hits();
  const release = (): Promise<void> => allOf(targets.map((target) => switchOf(target).off(claim)));
  await grip.orPutBack(allOf(targets.map((target) => switchOf(target).on(claim, trouble))), release);
  let last: readonly number[] | null = null;
  let died: readonly boolean[] = [];
  return {
    is: "done",
    value: { ...toldOf(reached), trouble },
    undo: async () => {
      last ??= await hits();
      if (died.length === 0)
        died = await Promise.all(targets.map(async (target) => (await target.state?.().catch(() => null)) === "gone"));
      await release();
    },
    evidence: async () => diskProof(reached, before, last ?? (await hits()), died),
  };
}

function diskProof(
  { targets }: Reachable,
  before: readonly number[],
  after: readonly number[],
  died: readonly boolean[],
): Evidence {
  const grown = targets.map((_, i) => (after[i] ?? 0) - (before[i] ?? 0));
  return {
    bit: grown.every((hits) => hits > 0),
    evidence: targets
      .map((target, i) => {
        const words =
          target.diskHits === undefined ? "can't tell what its disk did" : `met the trouble ${grown[i] ?? 0} times`;
        return `${target.name} ${words}${died[i] === true ? ", ended, and was started again" : ""}`;
      })
      .join("; "),
  };
}

/** A node that ended because of its disk is started again; one that another fault wants down stays so. */
async function revive(grip: Grip, target: Target): Promise<void> {
  const node = grip.node(target);
  await node.still();
  if (!node.isOff || target.start === undefined || (await target.state?.()) !== "gone") return;
  // Through its switch, so that no other fault moves it at the same time: as if it had been killed by us.
  const claim = Symbol("revival");
  await node.on(claim, "down");
  await node.off(claim);
}
