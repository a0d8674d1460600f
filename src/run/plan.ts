/** The schedule of a run -> faults.json, or why there can be none. */

import {
  capabilitiesOf,
  drawSchedule,
  type FaultKind,
  type System,
  type TimedFault,
  whyNot,
} from "../../nemesis/index.js";
import { abilitiesOf, whyNoHardware } from "../cluster/abilities.js";
import { leadershipOf } from "../client/leadership.js";
import { SimulatedCluster } from "../sim/simulated-cluster.js";
import type { FaultPlan } from "../config/config.js";
import type { Parsed, TestConfig } from "../config/flags.js";

/** Draws it. What the cluster cannot do is a problem, told with what it can. */
export function planOf(test: TestConfig): Parsed<FaultPlan> {
  const { faults: kinds, partitions, intervalMs, plan, target, after, params } = test.nemesis;
  if (kinds.length === 0) return { ok: true, value: { format: 1, faults: [] } };
  const system = systemOf(test);
  // What these nodes cannot suffer is not drawn; asked for by name it is refused.
  const [{ diskTroubles: troubles, damages } = { diskTroubles: undefined, damages: undefined }] = system.targets;
  const able = { ...(troubles === undefined ? {} : { troubles }), ...(damages === undefined ? {} : { damages }) };
  const drawn = drawSchedule({
    kinds,
    partitions,
    nodes: test.nodes,
    seed: test.seed,
    durationMs: test.timeLimitMs,
    intervalMs,
    hasLeader: leadershipOf(test.protocol) !== "nobody",
    ...(test.protocol.mode === "leader" ? { hub: test.protocol.leader } : {}),
    primaries: test.protocol.mode === "leader" ? [test.protocol.leader] : test.nodes,
    ...(plan === undefined ? {} : { plan }),
    ...(target === undefined ? {} : { target }),
    ...(after === undefined ? {} : { after }),
    params: { ...able, ...params },
  });
  if (!drawn.ok)
    return { ok: false, problems: drawn.problems.map((problem) => `--nemesis ${kinds.join(",")}: ${problem}`) };
  const problems = impossible(test, drawn.faults);
  if (problems.length > 0) return { ok: false, problems };
  return {
    ok: true,
    value: { format: 1, faults: drawn.faults, ...(drawn.drawn === undefined ? {} : { drawn: drawn.drawn }) },
  };
}

type Tested = Pick<TestConfig, "nodes" | "protocol" | "simulated" | "network">;

function systemOf({ nodes, protocol, simulated, network }: Tested): System {
  if (simulated !== true || protocol.mode === "own") return abilitiesOf(nodes, protocol, network);
  return new SimulatedCluster({ nodes, protocol, seed: 0 }).system;
}

/** Why a database of one's own lacks the hand, where there could be one. */
function lackOf({ protocol }: Tested, kind: FaultKind): string {
  if (protocol.mode !== "own" || (kind !== "clock" && kind !== "disk")) return "";
  const why = whyNoHardware(kind, protocol.hardware);
  return why === null ? "" : ` (${why})`;
}

/** What of a schedule this cluster cannot do, each reason once. */
export function impossible(test: Tested, faults: readonly TimedFault[]): string[] {
  const system = systemOf(test);
  const called = test.simulated === true ? "a simulated cluster" : "this cluster";
  const reasons = new Set<string>();
  for (const timed of faults) {
    const why = whyNot(system, timed);
    if (why !== null)
      reasons.add(
        `${timed.fault.f}: ${why}${lackOf(test, timed.fault.f)}; ${called} can do ${capabilitiesOf(system).join(", ")}`,
      );
  }
  if (typeof leadershipOf(test.protocol) === "object" && faults.some(({ after }) => after === "election"))
    reasons.add(`after election: the leader of --mode ${test.protocol.mode} is always the same`);
  const kinds = new Set(faults.map(({ fault }) => fault.f));
  const { hardware } = test.protocol.mode === "own" ? test.protocol : { hardware: undefined };
  if (hardware?.disk === "libfiu" && kinds.has("clock") && kinds.has("disk"))
    reasons.add("clock, disk: libfaketime and libfiu cannot be loaded into one program; give them a test each");
  return [...reasons];
}
