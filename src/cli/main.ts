#!/usr/bin/env node
/** kvtest: the command line. Only this folder prints. */

import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { EXIT, UsageError } from "./exit.js";

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8"));
  return typeof manifest === "object" && manifest !== null && "version" in manifest
    ? String(manifest.version)
    : "unknown";
}

/**
 * The module of `check`, as the one file that the build makes of it (report/page/bundle.mjs): to load two hundred small ones
 * takes longer than to check most histories. Not where the compiler ran after the build: that file would be an old one.
 */
async function checkModule(): Promise<typeof import("./check-command.js")> {
  const bundle = new URL("../check/check-command.bundle.js", import.meta.url);
  const dist = new URL("../../", import.meta.url);
  const compiled = readdirSync(dist).filter((name) => name.endsWith(".tsbuildinfo"));
  if (existsSync(bundle) && compiled.every((name) => timeOf(new URL(name, dist)) <= timeOf(bundle))) {
    // Made of this very module.
    return (await import(bundle.href)) as typeof import("./check-command.js");
  }
  return await import("./check-command.js");
}

const timeOf = (file: URL): number => statSync(file).mtimeMs;

/** Loaded one by one, in the order of the help: all of them would take longer than most checks. */
const COMMANDS: { readonly [name: string]: () => Promise<Command> } = {
  run: async () => (await import("./run-command.js")).runCommand(version()),
  check: async () => (await checkModule()).checkCommand(),
  report: async () => (await import("./report-command.js")).reportCommand(),
  runs: async () => (await import("./runs-command.js")).runsCommand(),
  compare: async () => (await import("./compare-command.js")).compareCommand(),
  serve: async () => (await import("./serve-command.js")).serveCommand(),
  ci: async () => (await import("./ci-command.js")).ciCommand(version()),
  view: async () => (await import("./view-command.js")).viewCommand(),
  init: async () => (await import("./init-command.js")).initCommand(),
  shrink: async () => (await import("./shrink-command.js")).shrinkCommand(version()),
  doctor: async () => (await import("./doctor-command.js")).doctorCommand(),
  sweep: async () => (await import("./sweep-command.js")).sweepCommand(version()),
  nemesis: async () => (await import("./nemesis-command.js")).nemesisCommand(),
  heal: async () => (await import("./heal-command.js")).healCommand(),
  nodes: async () => (await import("./nodes-command.js")).nodesCommand(),
  scenario: async () => (await import("./scenario-command.js")).scenarioCommand(),
  matrix: async () => (await import("./matrix-command.js")).matrixCommand(version()),
  shell: async () => (await import("./shell-command.js")).shellCommand(),
  bugs: async () => (await import("./bugs-command.js")).bugsCommand(version()),
  promote: async () => (await import("./promote-command.js")).promoteCommand(),
  pbs: async () => (await import("./pbs-command.js")).pbsCommand(),
};

/** The one that is asked for; all of them for help, and for a word that is none of them. */
const commandsFor = (asked: string | undefined): Promise<readonly Command[]> => {
  const one = asked !== undefined && Object.hasOwn(COMMANDS, asked) ? COMMANDS[asked] : undefined;
  return Promise.all((one === undefined ? Object.values(COMMANDS) : [one]).map((load) => load()));
};

/** Help and errors of every command alike: exit codes of ours, help after a mistake one line away. */
function configure(command: Command): Command {
  command.exitOverride().showHelpAfterError(`(kvtest ${command.name()} --help tells more)`);
  command.configureHelp({ showGlobalOptions: false });
  return command;
}

async function main(): Promise<void> {
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
  for (const command of await commandsFor(process.argv[2])) program.addCommand(configure(command));
  await program.parseAsync();
}

try {
  await main();
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has printed it already; its own 0 is for --help and --version.
    process.exitCode = error.exitCode === 0 ? 0 : EXIT.usage;
  } else if (error instanceof UsageError) {
    process.stderr.write(`kvtest: ${error.message}\n${error.problems.map((problem) => `  ${problem}\n`).join("")}`);
    process.exitCode = EXIT.usage;
  } else {
    process.stderr.write(`kvtest failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = EXIT.crash;
  }
}
