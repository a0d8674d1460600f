/** `kvtest bugs`: what can be planted into the reference database. */

import { Command } from "commander";
import { type Bug, BUGS } from "../replica/protocol/bugs.js";
import { UsageError } from "./exit.js";

interface Flags {
  readonly mode?: string;
  readonly json?: boolean;
}

export function bugsCommand(): Command {
  return new Command("bugs")
    .description("list the planted bugs of the reference database: what each breaks, and what shows it")
    .option("--mode <mode>", "only those of one replication protocol (default: all)")
    .option("--json", "print them as JSON")
    .addHelpText(
      "after",
      `
Examples:
  kvtest bugs
  kvtest bugs --mode abd --json
  kvtest run --mode abd --bug abd-no-write-back --nemesis partition,kill

Those marked "scheduler" need an order of events, or a power cut, that real processes rarely give; those marked "steps"
so rare a one that only messages by hand have shown them.`,
    )
    .action((flags: Flags) => {
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
