/**
 * (options, seed) -> timed faults. Pure: the same options give the same schedule.
 *
 * When a kind strikes is decided by the plan (windows), whom and how hard by draw-nodes and draw-links. The draws of one
 * kind do not depend on which others are asked for, but for two rules: a node is not taken down by two faults, or down
 * and stopped, at once; and a partition cuts links on which somebody speaks, when somebody does.
 */

import { between, magnitude, oneOf, pickOf, shuffle } from "./draw.js";
import { LINK_KINDS, partitions, slowed } from "./draw-links.js";
import {
  cuts,
  DOWN_KINDS,
  type Down,
  downs,
  pauses,
  type Planned,
  promotions,
  type Silence,
  TROUBLE_KINDS,
  troubled,
} from "./draw-nodes.js";
import { FAULT_KINDS, type FaultKind, type TimedFault } from "./fault.js";
import { problemsOf, type ScheduleOptions, type Shares, shapesOf } from "./schedule-options.js";

export type Schedule =
  | { readonly ok: true; readonly faults: readonly TimedFault[]; readonly drawn?: Swarm }
  | { readonly ok: false; readonly problems: readonly string[] };

/** What a swarm drew beside the faults themselves. */
export type Swarm = Required<Pick<ScheduleOptions, "kinds" | "partitions" | "intervalMs" | "plan" | "shares">> &
  Pick<ScheduleOptions, "target">;

/** What `drawSchedule` draws. A node that is to be added cannot be drawn: it is none of the nodes. */
export const DRAWN_KINDS: readonly FaultKind[] = FAULT_KINDS.filter((kind) => kind !== "add");

/** Every kind gets at least one fault, but with plan `swarm`. Invalid options give all their problems at once. */
export function drawSchedule(options: ScheduleOptions): Schedule {
  const problems = problemsOf(options, DRAWN_KINDS);
  if (problems.length > 0) return { ok: false, problems };
  const drawn = options.plan === "swarm" && options.kinds.length > 0 ? swarm(options) : undefined;
  const chosen: ScheduleOptions = drawn === undefined ? options : { ...options, ...drawn };
  const planned = plannedOf(chosen);
  const struck = new Set(planned.map(({ fault }) => fault.f));
  const homeless = chosen.kinds.filter((kind) => !struck.has(kind));
  if (homeless.length > 0 && drawn === undefined) {
    const why = "no time is left in which the nodes are up; take a longer run or fewer kinds that take nodes down";
    return { ok: false, problems: homeless.map((kind) => `${kind}: ${why}`) };
  }
  const faults = planned
    .toSorted((a, b) => a.atMs - b.atMs || order(a) - order(b))
    .map((timed, i) => ({
      id: `f${i + 1}`,
      ...timed,
      ...(options.after === undefined ? {} : { after: options.after }),
    }));
  // A swarm that drew a kind without room for it goes without.
  return {
    ok: true,
    faults,
    ...(drawn && { drawn: { ...drawn, kinds: drawn.kinds.filter((kind) => struck.has(kind)) } }),
  };
}

const order = ({ fault }: Planned): number => FAULT_KINDS.indexOf(fault.f);

function plannedOf(options: ScheduleOptions): readonly Planned[] {
  const { kinds } = options;
  const down: readonly Down[] = downs(options);
  const paused = pauses(options, down);
  const silences = [
    ...down,
    ...paused.flatMap(({ fault, ...at }) => (fault.f === "pause" ? [{ ...at, who: fault.who }] : [])),
  ];
  const disks = kinds.includes("disk") ? troubled("disk", options, silences) : [];
  // A disk that fails may end its node, and a node that is gone has no clock and wants no processor.
  const busy = [...silences, ...disks.flatMap(mayEnd)];
  return [
    ...partitions(options, cuts(options, down), silences),
    ...down.map(({ atMs, forMs, fault }) => ({ atMs, forMs, fault })),
    ...paused,
    ...LINK_KINDS.filter((kind) => kinds.includes(kind)).flatMap((kind) => slowed(kind, options)),
    ...TROUBLE_KINDS.filter((kind) => kind !== "disk" && kinds.includes(kind)).flatMap((kind) =>
      troubled(kind, options, busy),
    ),
    ...disks,
    ...promotions(options),
  ];
}

const mayEnd = ({ fault, atMs, forMs }: Planned): readonly Silence[] =>
  fault.f === "disk" && fault.trouble.is !== "slow" ? [{ atMs, forMs, who: fault.who }] : [];

/**
 * Swarm testing (Groce et al., "Swarm Testing", ISSTA 2012): a random part of the features in each run finds more than
 * all of them in every run, since features hide each other. So kinds, shapes, plan, interval and probabilities are
 * drawn as well.
 */
function swarm(options: ScheduleOptions): Swarm {
  const pick = pickOf(options.seed, 0, "swarm");
  const some = <T extends string>(all: readonly T[], label: string): readonly T[] => {
    const kept = all.filter((one) => pick(`${label}/${one}`) < 0.6);
    return kept.length > 0 ? kept : [oneOf(all, pick(label))];
  };
  const shapes = shapesOf(options);
  const shares: Shares = {
    leader: between(0, 0.6, pick("leader")),
    minority: between(0, 0.4, pick("minority")),
    majority: between(0, 0.2, pick("majority")),
  };
  const isAimed = options.hasLeader && (options.target === "leader" || pick("target") < 0.15);
  return {
    kinds: some(options.kinds, "kinds"),
    partitions: shapes.length === 0 ? options.partitions : shuffle(some(shapes, "shapes"), pick, "shapes"),
    intervalMs: Math.round(magnitude([0.4 * options.intervalMs, 2 * options.intervalMs], pick("interval"))),
    plan: oneOf(["intervals", "intervals", "cycle", "mix", "phases"], pick("plan")),
    shares,
    ...(isAimed ? { target: "leader" } : {}),
  };
}

/** Kinds that take a node down, of which two never meet. */
export const TAKES_DOWN: readonly FaultKind[] = ["kill", ...DOWN_KINDS];
