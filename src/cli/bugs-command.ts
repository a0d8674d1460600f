/** `kvtest bugs`: what can be planted into the reference database. */

import { Command } from "commander";
import { type Bug, BUGS } from "../replica/protocol/bugs.js";
import { UsageError } from "./exit.js";
import { type HuntFlags, huntBugs } from "./hunt.js";

interface Flags extends Omit<HuntFlags, "hunt"> {
  readonly mode?: string;
  readonly hunt?: string;
}

export function bugsCommand(version: string): Command {
  return new Command("bugs")
    .description("list the planted bugs of the reference database: what each breaks, and what shows it")
    .option("--mode <mode>", "only those of one replication protocol (default: all)")
    .option("--hunt <name>", "look for one of them, or for all, and tell how many seeds or runs it took")
    .option(
      "--in <place>",
      "hunt in real runs (cluster) or under the deterministic scheduler (default: where it shows)",
    )
    .option("--seeds <n>", "hunt: give up after so many seeds of the scheduler", "2000")
    .option("--runs <n>", "hunt: give up after so many runs", "10")
    .option("--time-limit <s>", "hunt: how long the clients of one run go on", "10")
    .option("--out <dir>", "hunt: where runs and histories are kept", "runs")
    .option("--json", "print as JSON")
    .addHelpText(
      "after",
      `
Examples:
  kvtest bugs
  kvtest bugs --mode abd --json
  kvtest run --mode abd --bug abd-no-write-back --nemesis partition,kill
  kvtest bugs --hunt abd-late-answer
  kvtest bugs --hunt all --in scheduler

Those marked "scheduler" need an order of events, or a power cut, that real processes rarely give.
Exit codes of a hunt: 0 all were found, 2 some were not.`,
    )
    .action(async ({ hunt, ...flags }: Flags) => {
      if (hunt !== undefined) {
        process.exitCode = await huntBugs({ ...flags, hunt }, version);
        return;
      }
      const modes = [...new Set(BUGS.map(({ mode }) => mode))];
      if (flags.mode !== undefined && !modes.some((mode) => mode === flags.mode)) {
        throw new UsageError("no bugs to list:", [`--mode ${flags.mode}: expected one of ${modes.join(", ")}`]);
      }
      const bugs: readonly Bug[] = BUGS.filter(({ mode }) => flags.mode === undefined || mode === flags.mode);
      process.stdout.write(flags.json === true ? `${JSON.stringify(bugs)}\n` : bugs.map(inWords).join("\n"));
    });
}

function inWords({ name, mode, breaks, words, workload, nemesis, flags, shows }: Bug): string {
  const more = flags === undefined ? "" : ` ${flags}`;
  return [
    `${name} (${mode}): breaks ${breaks}`,
    `  ${words}`,
    `  kvtest run --mode ${mode} --bug ${name} --workload ${workload} --nemesis ${nemesis}${more}${shows === "cluster" ? "" : `   (${shows})`}`,
    "",
  ].join("\n");
}
