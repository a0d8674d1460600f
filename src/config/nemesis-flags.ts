/** The flags that say what is broken, when, and how hard -> `nemesis` of a run. */

import {
  CUT_MODES,
  DISTRIBUTIONS,
  type FaultKind,
  PARTITION_SHAPES,
  type PartitionShape,
} from "../../nemesis/fault.js";
import { USUAL_SHAPES } from "../../nemesis/grudge.js";
import { DRAWN_KINDS } from "../../nemesis/schedule.js";
import { type FaultParams, PLANS } from "../../nemesis/schedule-options.js";
import type { NemesisConfig } from "./config.js";
import { choice, list, seconds } from "./parse.js";

export interface NemesisFlags {
  readonly nemesis?: string;
  readonly partitions?: string;
  readonly nemesisInterval?: string;
  /** Which plan draws the schedule. */
  readonly schedule?: string;
  readonly target?: string;
  readonly after?: string;
  /** NAME=VALUE, any number of them. */
  readonly faultParam?: readonly string[];
  /** A schedule from a file. */
  readonly faults?: string;
}

/** Other words for what can be drawn: a node that leaves, and joins again at the end of the fault. */
const ALIASES: ReadonlyMap<string, FaultKind> = new Map([["membership", "remove"]]);

export const NEMESIS_DEFAULTS = { nemesis: "none", schedule: "intervals" } as const;

export function nemesisConfig(
  flags: NemesisFlags,
  timeLimitMs: number,
  nodes: number,
  problems: string[],
): NemesisConfig {
  const text = flags.nemesis ?? NEMESIS_DEFAULTS.nemesis;
  const words =
    text === "none" ? [] : list("--nemesis", text, [...DRAWN_KINDS, ...ALIASES.keys()], problems, 'or "none"');
  // Each of them is a kind, or a word for one.
  const faults = [...new Set(words.map((word) => ALIASES.get(word) ?? word))] as readonly FaultKind[];
  const partitions = list(
    "--partitions",
    flags.partitions ?? USUAL_SHAPES.join(","),
    PARTITION_SHAPES,
    problems,
  ) as readonly PartitionShape[];
  if (flags.partitions !== undefined && !faults.includes("partition")) {
    problems.push(`--partitions ${flags.partitions}: only means something with --nemesis partition`);
  }
  const breaksPeers = partitions.some((shape) => shape !== "clients");
  if (nodes < 2 && ((faults.includes("partition") && breaksPeers) || faults.includes("delay"))) {
    const or = faults.includes("delay") ? "" : ", or --partitions clients";
    problems.push(`--nemesis ${text}: a cluster of one node has no links to break; expected --nodes 2 or more${or}`);
  }
  // A third of the run, but no more than 5 s: short runs see a fault of each kind, long ones see many.
  const ordinaryMs = Math.min(5000, timeLimitMs / 3);
  const intervalMs =
    flags.nemesisInterval === undefined
      ? ordinaryMs
      : seconds("--nemesis-interval", flags.nemesisInterval, { min: 0.1, max: 86_400 }, problems);
  if (faults.length === 0) refuseIdle(flags, problems);
  return { faults, partitions, intervalMs, ...drawnHow(flags, faults, problems) };
}

/** What a schedule from a file, or none at all, leaves no use for. */
function refuseIdle(flags: NemesisFlags, problems: string[]): void {
  const given = {
    "--schedule": flags.schedule,
    "--target": flags.target,
    "--after": flags.after,
    "--fault-param": flags.faultParam?.join(" "),
  };
  for (const [flag, value] of Object.entries(given)) {
    if (value !== undefined) problems.push(`${flag} ${value}: only means something with --nemesis, which draws faults`);
  }
}

function drawnHow(
  flags: NemesisFlags,
  faults: readonly FaultKind[],
  problems: string[],
): Pick<NemesisConfig, "plan" | "target" | "after" | "params"> {
  if (flags.faults !== undefined && flags.nemesis !== undefined) {
    problems.push(
      `--faults ${flags.faults}: the schedule is in the file, so --nemesis ${flags.nemesis} has nothing to draw`,
    );
  }
  const plan = flags.schedule === undefined ? undefined : choice("--schedule", flags.schedule, PLANS, problems);
  const target = flags.target === undefined ? undefined : choice("--target", flags.target, ["leader"], problems);
  const after = flags.after === undefined ? undefined : choice("--after", flags.after, ["election"], problems);
  const params = faultParams(flags.faultParam ?? [], faults, problems);
  return {
    ...(plan === undefined || plan === "intervals" ? {} : { plan }),
    ...(target === undefined ? {} : { target }),
    ...(after === undefined ? {} : { after }),
    ...(Object.keys(params).length === 0 ? {} : { params }),
  };
}

type Own = keyof FaultParams;

interface Param {
  readonly own: Own;
  /** Kinds to which it means something. */
  readonly kinds: readonly FaultKind[];
  /** What its value may be: words of a list, or a range between two numbers. */
  readonly among?: readonly string[];
  readonly between?: readonly [low: number, high: number];
  readonly unit?: string;
}

const MS = { between: [1, 3_600_000], unit: "ms" } as const;
const SHARE = { between: [0, 1] } as const;

/** `--fault-param NAME=VALUE`: how hard faults are. */
export const PARAMS: { readonly [name: string]: Param } = {
  "partition.modes": { own: "cutModes", kinds: ["partition"], among: CUT_MODES },
  "flap.rate": { own: "flapRate", kinds: ["partition", "pause"], ...SHARE },
  "flap.time": { own: "flapMs", kinds: ["partition", "pause"], ...MS },
  "kill.signals": { own: "killSignals", kinds: ["kill"], among: ["SIGKILL", "SIGTERM"] },
  "delay.latency": { own: "latencyMs", kinds: ["delay"], ...MS },
  "delay.distributions": { own: "distributions", kinds: ["delay"], among: DISTRIBUTIONS },
  "bandwidth.bytes": { own: "bytesPerSecond", kinds: ["bandwidth"], between: [1, 1e9], unit: "bytes a second" },
  "slow-close.time": { own: "closeMs", kinds: ["slow-close"], ...MS },
  "corrupt.rate": { own: "corruptRate", kinds: ["corrupt"], ...SHARE },
  "packet.loss": { own: "lossRate", kinds: ["packet"], ...SHARE },
  "packet.duplicate": { own: "duplicateRate", kinds: ["packet"], ...SHARE },
  "packet.reorder": { own: "reorderRate", kinds: ["packet"], ...SHARE },
  "crash-loop.up": { own: "upMs", kinds: ["crash-loop"], ...MS },
  "crash-loop.down": { own: "downMs", kinds: ["crash-loop"], ...MS },
  "starve.share": { own: "cpuShare", kinds: ["starve"], between: [0.001, 0.999] },
  "clock.skews": { own: "skews", kinds: ["clock"], among: ["bump", "strobe", "rate"] },
  "clock.offset": { own: "offsetMs", kinds: ["clock"], between: [1, 1e12], unit: "ms" },
  "clock.period": { own: "periodMs", kinds: ["clock"], ...MS },
  "clock.rate": { own: "clockRate", kinds: ["clock"], between: [0.001, 1000] },
  "disk.troubles": { own: "troubles", kinds: ["disk"], among: ["full", "read-only", "errors", "slow"] },
  "disk.time": { own: "diskMs", kinds: ["disk"], ...MS },
  "disk.rate": { own: "diskErrorRate", kinds: ["disk"], ...SHARE },
  "damage.kinds": { own: "damages", kinds: ["damage"], among: ["lose-unsynced", "torn", "flip", "truncate"] },
  "damage.bits": { own: "bits", kinds: ["damage"], between: [1, 1_000_000] },
  "damage.bytes": { own: "bytes", kinds: ["damage"], between: [1, 1e9] },
};

function faultParams(given: readonly string[], faults: readonly FaultKind[], problems: string[]): Partial<FaultParams> {
  const read: [Own, unknown][] = [];
  for (const word of given) {
    const [name = "", value = ""] = word.split("=", 2);
    const param = PARAMS[name];
    if (param === undefined) {
      problems.push(`--fault-param ${word}: expected NAME=VALUE with one of ${Object.keys(PARAMS).join(", ")}`);
      continue;
    }
    if (faults.length > 0 && !param.kinds.some((kind) => faults.includes(kind))) {
      problems.push(`--fault-param ${word}: only means something with --nemesis ${param.kinds.join(" or ")}`);
    }
    const flag = `--fault-param ${name}`;
    if (param.among !== undefined) read.push([param.own, list(flag, value, param.among, problems)]);
    else read.push([param.own, span(flag, value, param, problems)]);
  }
  // The table says which field each word fills, and with what.
  return Object.fromEntries(read);
}

/** "5..200" -> [5, 200]; "5" -> [5, 5]; the rate of flapping is one number. */
function span(flag: string, text: string, { own, between = [0, 1], unit }: Param, problems: string[]): unknown {
  const match = /^(\d+(?:\.\d+)?)(?:\.\.(\d+(?:\.\d+)?))?$/.exec(text.trim());
  const low = Number(match?.[1] ?? Number.NaN);
  const high = match?.[2] === undefined ? low : Number(match[2]);
  const [least, most] = between;
  const fits = match !== null && low <= high && low >= least && high <= most;
  if (own === "flapRate" && fits && match[2] === undefined) return low;
  if (own !== "flapRate" && fits) return [low, high];
  const what = own === "flapRate" ? "a number" : "LOW..HIGH or a number";
  problems.push(`${flag}=${text}: expected ${what} from ${least} to ${most}${unit === undefined ? "" : ` ${unit}`}`);
  return own === "flapRate" ? least : [least, least];
}
