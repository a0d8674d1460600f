/** The program around its commands: help, errors and exit codes, alike for all of them. */

import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { EXIT, UsageError } from "./exit.js";

export function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8"));
  return typeof manifest === "object" && manifest !== null && "version" in manifest
    ? String(manifest.version)
    : "unknown";
}

/** Help and errors of every command alike: exit codes of ours, help after a mistake one line away. */
function configure(command: Command): Command {
  command.exitOverride().showHelpAfterError(`(kvtest ${command.name()} --help tells more)`);
  command.configureHelp({ showGlobalOptions: false });
  return command;
}

/** Runs what the command line of this process asks for, of these commands. Throws nothing: every end is an exit code. */
export async function runProgram(load: () => Promise<readonly Command[]>): Promise<void> {
  try {
    await parse(load);
  } catch (error) {
    if (error instanceof CommanderError) {
      // Commander has printed it already; its own 0 is for --help and --version.
      process.exitCode = error.exitCode === 0 ? 0 : EXIT.usage;
    } else if (error instanceof UsageError) {
      process.stderr.write(`kvtest: ${error.message}\n${error.problems.map((problem) => `  ${problem}\n`).join("")}`);
      process.exitCode = EXIT.usage;
    } else {
      process.stderr.write(
        `kvtest failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
      );
      process.exitCode = EXIT.crash;
    }
  }
}

async function parse(load: () => Promise<readonly Command[]>): Promise<void> {
  // A reader that went away (`| head`) is no crash of ours.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
  const program = new Command("kvtest")
    .description(
      "Which consistency does a replicated store really give while things break? Start it, break it, check it.",
    )
    .version(version())
    .exitOverride()
    .addHelpText(
      "after",
      `
Examples:
  kvtest run --workload register --nemesis partition
  kvtest run --mode quorum --read-quorum 1 --write-quorum 1 --nemesis partition
  kvtest check runs/latest
  kvtest runs

Exit codes: 0 valid, 1 invalid, 2 unknown, 254 wrong arguments or input, 255 kvtest itself failed.`,
    );
  for (const command of await load()) program.addCommand(configure(command));
  await program.parseAsync();
}
