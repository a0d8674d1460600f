/** The flags that say what is broken, when and how hard. */

import type { Command } from "commander";
import { DRAWN_KINDS, PARTITION_SHAPES, PLANS, USUAL_SHAPES } from "../../nemesis/index.js";
import { NEMESIS_DEFAULTS, PARAMS } from "../config/nemesis-flags.js";

const or = (value: string): string => `(default: ${value})`;

/** For a flag that may be given often. */
export const gathered = (word: string, before: readonly string[] | undefined): readonly string[] => [
  ...(before ?? []),
  word,
];

/** Everything but which kinds. */
function addScheduleOptions(command: Command): Command {
  return command
    .option(
      "--partitions <shapes>",
      `shapes that partition draws from: ${PARTITION_SHAPES.join(",")} (default: the first ${USUAL_SHAPES.length})`,
    )
    .option("--schedule <plan>", `when faults strike: ${PLANS.join(", ")} ${or(NEMESIS_DEFAULTS.schedule)}`)
    .option("--target <whom>", "leader: aim all that can be aimed at whoever leads")
    .option("--after <what>", "election: every fault waits until somebody else leads")
    .option(
      "--fault-param <name=value>",
      `how hard faults are, as often as you like: ${Object.keys(PARAMS).join(", ")}; a list of words or LOW..HIGH`,
      gathered,
    );
}

export function addNemesisOptions(command: Command): Command {
  command
    .option(
      "--nemesis <faults>",
      `some of ${DRAWN_KINDS.join(",")}, membership (the same as remove), or none ${or(NEMESIS_DEFAULTS.nemesis)}`,
    )
    .option("--faults <file>", "take the schedule from a file (or from a run's folder) and draw nothing")
    .option(
      "--nemesis-interval <s>",
      "mean time between two faults of a kind (default: a third of the run, at most 5 s)",
    );
  return addScheduleOptions(command);
}

/** What a script looks like, for help. */
export const SCRIPT_HELP = `A schedule by hand, faults.yaml:
  - at 2s partition n1 | n2,n3
  - at 5s heal
  - at 6s kill leader for 1s
  - at 7s promote n2
  - { at: 8s, for: 2s, delay: n1 <> n2 latency=50ms jitter=10ms }`;
