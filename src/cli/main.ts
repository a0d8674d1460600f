#!/usr/bin/env node
/** kvtest: the command line. Only this folder prints. */

import type { Command } from "commander";
import { checkBundle } from "./check-bundle.js";

/** Loaded one by one, in the order of the help: all of them would take longer than most checks. */
const COMMANDS: { readonly [name: string]: (version: string) => Promise<Command> } = {
  run: async (version) => (await import("./run-command.js")).runCommand(version),
  check: async () => (await import("./check-command.js")).checkCommand(),
  report: async () => (await import("./report-command.js")).reportCommand(),
  runs: async () => (await import("./runs-command.js")).runsCommand(),
  compare: async () => (await import("./compare-command.js")).compareCommand(),
  serve: async () => (await import("./serve-command.js")).serveCommand(),
  ci: async (version) => (await import("./ci-command.js")).ciCommand(version),
  view: async () => (await import("./view-command.js")).viewCommand(),
  init: async () => (await import("./init-command.js")).initCommand(),
  shrink: async (version) => (await import("./shrink-command.js")).shrinkCommand(version),
  doctor: async () => (await import("./doctor-command.js")).doctorCommand(),
  sweep: async (version) => (await import("./sweep-command.js")).sweepCommand(version),
  nemesis: async () => (await import("./nemesis-command.js")).nemesisCommand(),
  heal: async () => (await import("./heal-command.js")).healCommand(),
  nodes: async () => (await import("./nodes-command.js")).nodesCommand(),
  scenario: async () => (await import("./scenario-command.js")).scenarioCommand(),
  matrix: async (version) => (await import("./matrix-command.js")).matrixCommand(version),
  shell: async () => (await import("./shell-command.js")).shellCommand(),
  bugs: async (version) => (await import("./bugs-command.js")).bugsCommand(version),
  promote: async () => (await import("./promote-command.js")).promoteCommand(),
  pbs: async () => (await import("./pbs-command.js")).pbsCommand(),
};

/** The one that is asked for; all of them for help, and for a word that is none of them. */
const commandsFor = (asked: string | undefined, version: string): Promise<readonly Command[]> => {
  const one = asked !== undefined && Object.hasOwn(COMMANDS, asked) ? COMMANDS[asked] : undefined;
  return Promise.all((one === undefined ? Object.values(COMMANDS) : [one]).map((load) => load(version)));
};

const bundled = process.argv[2] === "check" ? checkBundle() : null;
if (bundled === null) {
  const { runProgram, version } = await import("./program.js");
  await runProgram(() => commandsFor(process.argv[2], version()));
} else {
  await bundled.runCheck();
}
