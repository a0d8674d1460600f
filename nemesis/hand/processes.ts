/** Faults of processes: killed, ended, stopped, restarted again and again, starved. States are read back. */

import type { Fault } from "../fault.js";
import type { Evidence, Injected, Starving, Target } from "../inject.js";
import { type NodeFault, type ReadBack, readBack } from "../node-switch.js";
import type { Cycle } from "../cycle.js";
import { allOf, type Grip, lacks, toldOf } from "./grip.js";

type Simple = Extract<Fault, { f: "kill" | "pause" }>;

export async function breakNodes(grip: Grip, fault: Simple): Promise<Injected> {
  const flap = fault.f === "pause" ? fault.flap : undefined;
  const [hand, wayBack, value, wanted] = howTo(fault);
  const reached = await grip.reach(fault.who, (target) => why(target, hand, wayBack));
  if ("why" in reached) return reached;
  const { targets } = reached;
  const claim = Symbol(fault.f);
  const claimAll = (): Promise<void> => allOf(targets.map((target) => grip.node(target).on(claim, value)));
  const release = (): Promise<void> => allOf(targets.map((target) => grip.node(target).off(claim)));
  await grip.orPutBack(claimAll(), release);
  const begun = await Promise.all(targets.map((target) => readBack(target, wanted, grip.time).catch(() => null)));
  const cycle =
    flap === undefined
      ? null
      : grip.cycle([
          { afterMs: flap.onMs, act: release },
          { afterMs: flap.offMs, act: claimAll },
        ]);
  let after: readonly (string | null)[] = [];
  return {
    is: "done",
    value: {
      ...toldOf(reached),
      ...(fault.f === "kill" && fault.signal === "SIGTERM" ? { signal: "SIGTERM" } : {}),
      ...(flap === undefined ? {} : { flap }),
    },
    undo: async () => {
      await cycle?.stop();
      await release();
      after = await Promise.all(targets.map((target) => grip.afterwards(target)));
    },
    evidence: async () => {
      const proof = proven(targets, begun, after);
      if (cycle === null) return proof;
      return { ...proof, evidence: `${proof.evidence}; ${1 + Math.floor(cycle.acts / 2)} times${wordsOf(cycle)}` };
    },
  };
}

const howTo = (fault: Simple) =>
  fault.f === "pause"
    ? (["pause", "resume", "paused", "stopped"] as const)
    : fault.signal === "SIGTERM"
      ? (["terminate", "start", "ended", "gone"] as const)
      : (["kill", "start", "down", "gone"] as const);

const why = (target: Target, hand: keyof Target, wayBack: keyof Target): string | null => {
  const back = lacks(target, wayBack);
  return lacks(target, hand) ?? (back === null ? null : `${back}, so it stays unharmed`);
};

function proven(
  targets: readonly Target[],
  begun: readonly (ReadBack | null)[],
  after: readonly (string | null)[],
): Evidence {
  return {
    bit: begun.every((state) => state?.isAsWanted === true),
    evidence: targets
      .map(({ name }, i) => {
        const state = begun[i] ?? null;
        if (state === null) return `${name} can't tell its state, so nothing proves it`;
        return [`${name} read back ${state.state} after ${state.afterMs} ms`, after[i] ?? null]
          .filter((words) => words !== null)
          .join(", ");
      })
      .join("; "),
  };
}

const wordsOf = (cycle: Cycle): string => (cycle.failure === null ? "" : `, then: ${cycle.failure}`);

/** Each node on its own: down, up when it answers again, down again. */
export async function crashLoop(grip: Grip, fault: Extract<Fault, { f: "crash-loop" }>): Promise<Injected> {
  const { who, upMs, downMs } = fault;
  const reached = await grip.reach(who, (target) => why(target, "kill", "start"));
  if ("why" in reached) return reached;
  const { targets } = reached;
  const claim = Symbol(fault.f);
  const crashes = new Map<string, number>();
  const crash = async (target: Target): Promise<void> => {
    await grip.node(target).on(claim, "down");
    if ((await readBack(target, "gone", grip.time))?.isAsWanted === true)
      crashes.set(target.name, (crashes.get(target.name) ?? 0) + 1);
  };
  const release = (): Promise<void> => allOf(targets.map((target) => grip.node(target).off(claim)));
  await grip.orPutBack(allOf(targets.map(crash)), release);
  const cycles = targets.map((target) =>
    grip.cycle([
      { afterMs: downMs, act: () => grip.node(target).off(claim) },
      { afterMs: upMs, act: () => crash(target) },
    ]),
  );
  let after: readonly (string | null)[] = [];
  return {
    is: "done",
    value: { ...toldOf(reached), upMs, downMs },
    undo: async () => {
      await Promise.all(cycles.map((cycle) => cycle.stop()));
      await release();
      after = await Promise.all(targets.map((target) => grip.afterwards(target)));
    },
    evidence: async () => ({
      bit: targets.every(({ name }) => (crashes.get(name) ?? 0) > 0),
      evidence: targets
        .map(({ name }, i) => {
          const cycle = cycles[i];
          const times = `${name} read back gone ${crashes.get(name) ?? 0} times`;
          return [times + (cycle ? wordsOf(cycle) : ""), after[i] ?? null].filter((words) => words !== null).join(", ");
        })
        .join("; "),
    }),
  };
}

/** One after the other; the first is down when this resolves. */
export async function rolling(grip: Grip, fault: Extract<Fault, { f: "rolling" }>): Promise<Injected> {
  const { who, downMs, gapMs, signal = "SIGTERM" } = fault;
  const [hand, value]: readonly ["kill" | "terminate", NodeFault] =
    signal === "SIGKILL" ? ["kill", "down"] : ["terminate", "ended"];
  const reached = await grip.reach(who, (target) => why(target, hand, "start"));
  if ("why" in reached) return reached;
  const { targets } = reached;
  const claim = Symbol(fault.f);
  const seen: (ReadBack | null)[] = [];
  const down = async (target: Target): Promise<void> => {
    await grip.node(target).on(claim, value);
    seen.push(await readBack(target, "gone", grip.time));
  };
  const release = (): Promise<void> => allOf(targets.map((target) => grip.node(target).off(claim)));
  const [first, ...others] = targets;
  if (first !== undefined) await grip.orPutBack(down(first), release);
  const up = (target: Target) => ({ afterMs: downMs, act: () => grip.node(target).off(claim) });
  const steps = others.flatMap((target, i) => [up(targets[i] ?? target), { afterMs: gapMs, act: () => down(target) }]);
  const last = targets.at(-1);
  const cycle = grip.cycle(last === undefined ? steps : [...steps, up(last)], true);
  let after: readonly (string | null)[] = [];
  return {
    is: "done",
    value: { ...toldOf(reached), downMs, gapMs, signal },
    undo: async () => {
      await cycle.stop();
      await release();
      after = await Promise.all(targets.map((target) => grip.afterwards(target)));
    },
    evidence: async () => {
      const { bit, evidence } = proven(targets.slice(0, seen.length), seen, after);
      const missed = targets.slice(seen.length).map(({ name }) => name);
      const rest = missed.length === 0 ? "" : `; its time was over before ${missed.join(", ")}`;
      return { bit: bit && missed.length === 0, evidence: evidence + rest + wordsOf(cycle) };
    },
  };
}

export async function starve(grip: Grip, fault: Extract<Fault, { f: "starve" }>): Promise<Injected> {
  const { who, cpuShare, by = "stop" } = fault;
  const reached = await grip.reach(who, (target) => lacks(target, "starve", "starvedMs"));
  if ("why" in reached) return reached;
  const { targets } = reached;
  const claim = Symbol(fault.f);
  const switchOf = (target: Target) =>
    grip.switch<Starving>(`starving of ${target.name}`, async (value) => target.starve?.(value));
  const starvedMs = (): Promise<readonly number[]> =>
    Promise.all(targets.map(async (target) => (await target.starvedMs?.().catch(() => 0)) ?? 0));
  const before = await starvedMs();
  const startMs = performance.now();
  const release = (): Promise<void> => allOf(targets.map((target) => switchOf(target).off(claim)));
  await grip.orPutBack(allOf(targets.map((target) => switchOf(target).on(claim, { cpuShare, by }))), release);
  let last: readonly number[] | null = null;
  let tookMs = 0;
  return {
    is: "done",
    value: { ...toldOf(reached), cpuShare, by },
    undo: async () => {
      last ??= await starvedMs();
      tookMs ||= performance.now() - startMs;
      await release();
    },
    evidence: async () => {
      const after = last ?? (await starvedMs());
      const grown = targets.map((_, i) => (after[i] ?? 0) - (before[i] ?? 0));
      const overMs = Math.round(tookMs || performance.now() - startMs);
      return {
        bit: grown.every((ms) => ms > 0),
        evidence: targets
          .map(
            ({ name }, i) => `${name} was kept from running for ${Math.round(grown[i] ?? 0)} of ${overMs} ms (${by})`,
          )
          .join("; "),
      };
    },
  };
}
