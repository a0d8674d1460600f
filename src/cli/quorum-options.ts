/** The flags that say which parts of a leaderless store are there. */

import type { Command } from "commander";
import { QUORUM_DEFAULTS } from "../config/quorum-flags.js";

const or = (value: string): string => `(default: ${value})`;

export function addQuorumOptions(command: Command): Command {
  return command
    .option("--replicas <n>", "quorum mode: N, replicas of each key on a ring of all nodes (default: all nodes)")
    .option("--virtual-nodes <n>", "quorum mode: places of each node on the ring (default: 16)")
    .option(
      "--siblings <who>",
      `quorum mode with vector clocks: who makes one value of siblings: client (a read returns all), lww or merge ${or(QUORUM_DEFAULTS.siblings)}`,
    )
    .option("--sloppy-quorum", "quorum mode: a node beyond the N stands in for a replica that is away (default: off)")
    .option(
      "--hinted-handoff <ms>",
      `quorum mode: how often what is kept for a replica that was away is offered to it, or off ${or(QUORUM_DEFAULTS.hintedHandoff)}`,
    )
    .option(
      "--membership <ms>",
      `quorum mode: how often a node gossips about who is there and who is away, or off ${or(QUORUM_DEFAULTS.membership)}`,
    )
    .option("--no-sloppy-quorum", "quorum mode: only replicas count")
    .option("--tombstones", "quorum mode: a delete leaves a mark, so that every replica learns of it (default: on)")
    .option("--no-tombstones", "quorum mode: a delete leaves nothing behind, and comes undone")
    .option(
      "--tombstone-gc <ms>",
      `quorum mode: the age at which a tombstone is collected, or off ${or(QUORUM_DEFAULTS.tombstoneGc)}`,
    )
    .option(
      "--tombstone-confirm",
      "quorum mode: an old tombstone goes once no node holds anything that it hides (default: on)",
    )
    .option("--no-tombstone-confirm", "quorum mode: collected at that age, whatever other nodes still hold")
    .option(
      "--versions-max <n>",
      `quorum mode with vector clocks: entries of a version vector, of more the oldest are forgotten, or all ${or(QUORUM_DEFAULTS.versionsMax)}`,
    );
}
