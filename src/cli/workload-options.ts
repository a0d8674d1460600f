/** The flags that say what the clients do. */

import type { Command } from "commander";
import { DEFAULTS } from "../config/flags.js";

const or = (value: string): string => `(default: ${value})`;

export function addWorkloadOptions(command: Command): Command {
  return command
    .option("--keys <n>", `registers: how many keys at a time ${or(DEFAULTS.keys)}`)
    .option("--values <n>", `register: written values are 0 .. n-1 ${or(DEFAULTS.values)}`)
    .option(
      "--delete-rate <share>",
      "registers: the share of the writes that delete: they write null; in quorum mode they leave a tombstone (default: 0)",
    )
    .option(
      "--skew <s>",
      `registers: 0: every key alike; s: key k drawn in proportion to 1/(k+1)^s ${or(DEFAULTS.skew)}`,
    )
    .option(
      "--ops-per-key <n>",
      "registers: retire a key after so many operations and take a fresh one (default: never)",
    )
    .option(
      "--consistency <models>",
      `list-append, rw-register: the models claimed, by any name they have ${or(DEFAULTS.consistency)}`,
    )
    .option("--min-txn-length <n>", `list-append, rw-register: steps of a transaction ${or(DEFAULTS.minTxnLength)}`)
    .option("--max-txn-length <n>", `the same, at most ${or(DEFAULTS.maxTxnLength)}`)
    .option(
      "--key-count <n>",
      "list-append, rw-register: how many keys at a time (default: 10; 3 where they are alike); monotonic: how many counters (default: 4)",
    )
    .option(
      "--key-dist <how>",
      `list-append, rw-register: exponential (each key half as often as the one before), uniform or zipf ${or(DEFAULTS.keyDist)}`,
    )
    .option(
      "--max-writes-per-key <n>",
      `list-append, rw-register: then a fresh key takes its place ${or(DEFAULTS.maxWritesPerKey)}`,
    )
    .option("--accounts <n>", `bank: how many accounts ${or(DEFAULTS.accounts)}`)
    .option("--total <n>", `bank: the sum of all balances ${or(DEFAULTS.total)}`)
    .option("--max-transfer <n>", `bank: a transfer moves 1 .. n ${or(DEFAULTS.maxTransfer)}`)
    .option("--negative-balances", "bank: a balance may be negative (default: no)")
    .option("--group-size <n>", "long-fork, causal-reverse: how many keys are read together (default: 4 and 10)");
}
