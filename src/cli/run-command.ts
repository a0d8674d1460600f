/** `kvtest run` */

import { join, relative } from "node:path";
import { Command } from "commander";
import { FILES } from "../archive/archive.js";
import { PARTITION_SHAPES, USUAL_SHAPES } from "../../nemesis/index.js";
import { WORKLOADS } from "../config/config.js";
import { DEFAULTS, parseRunFlags, type RunFlags } from "../config/flags.js";
import { run, type RunResult } from "../run/run.js";
import { addClusterOptions } from "./cluster-options.js";
import { addWorkloadOptions } from "./workload-options.js";
import { exitOf, UsageError } from "./exit.js";
import { lifeline } from "./lifeline.js";
import { Status } from "./status.js";
import { type Style, testInWords, verdictInWords } from "./words.js";

interface Flags extends RunFlags {
  readonly out: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly allowVacuous?: boolean;
  readonly failFast?: boolean;
}

const or = (value: string): string => `(default: ${value})`;

export function runCommand(version: string): Command {
  const command = new Command("run")
    .description("start a cluster, drive clients at it while the nemesis breaks it, check what they saw")
    .option(
      "--workload <name>",
      `register (read, write, cas; values repeat), unique-register (every value written once); with transactions (leader mode): ${WORKLOADS.slice(2).join(", ")} ${or(DEFAULTS.workload)}`,
    )
    .option("--nemesis <faults>", `some of partition,kill,pause,delay, or none ${or(DEFAULTS.nemesis)}`)
    .option(
      "--partitions <shapes>",
      `shapes that partition draws from: ${PARTITION_SHAPES.join(",")} (default: the first ${USUAL_SHAPES.length})`,
    )
    .option(
      "--nemesis-interval <s>",
      "mean time between two faults of a kind (default: a third of the run, at most 5 s)",
    )
    .option("--time-limit <s>", `how long the clients run; 15, 1500ms or 2m ${or(DEFAULTS.timeLimit)}`)
    .option("--concurrency <n>", `clients, each with its own connections ${or(DEFAULTS.concurrency)}`)
    .option(
      "--rate <ops/s>",
      `operations per second over all clients, or max: every client asks again as soon as it is answered ${or(DEFAULTS.rate)}`,
    )
    .option("--timeout <ms>", `how long a client waits for an answer ${or(DEFAULTS.timeout)}`)
    .option(
      "--claim <claims>",
      `what must hold for the run to be valid: some of linearizable,fresh,converges ${or(DEFAULTS.claim)}; with transactions some of the workload's checker and converges (default: both)`,
    )
    .option("--fail-fast", "end the clients at the first violation that shows; then heal, read and judge as ever")
    .option("--allow-vacuous", "do not ask that operations succeeded and every fault bit");
  addWorkloadOptions(command);
  addClusterOptions(command)
    .option("--out <dir>", "where runs are kept", "runs")
    .option("--json", "print the verdict as JSON, and nothing else, on stdout")
    .option("--quiet", "no progress")
    .addHelpText(
      "after",
      `
Examples:
  kvtest run --workload register --nemesis partition
  kvtest run --mode leader --read-from any --write-quorum 0 --nemesis partition,kill --seed 7
  kvtest run --mode quorum --read-quorum 1 --write-quorum 1 --nemesis partition --time-limit 30
  kvtest run --workload list-append --isolation snapshot --consistency snapshot-isolation
  kvtest run --workload bank --isolation read-committed --time-limit 5
  kvtest run --workload unique-register --rate max --concurrency 50 --nemesis none --json

Exit codes: 0 valid, 1 invalid, 2 unknown, 254 wrong arguments, 255 kvtest itself failed.
Ctrl-C heals, stops the cluster and checks what was recorded; a second one ends at once.`,
    )
    .action(async (flags: Flags) => {
      process.exitCode = await runOnce(flags, version);
    });
  return command;
}

async function runOnce(flags: Flags, version: string): Promise<number> {
  const parsed = parseRunFlags(flags, freshSeed());
  if (!parsed.ok) throw new UsageError("these flags do not make a test:", parsed.problems);
  const test = parsed.value;
  const quiet = flags.quiet === true || flags.json === true;
  const status = new Status(process.stderr, quiet);
  const life = lifeline((name) => {
    if (!quiet)
      process.stderr.write(`\n${name}: healing, stopping, checking what was recorded (once more: end at once)\n`);
  });
  if (!quiet) process.stderr.write(`${testInWords(test)}\n`);
  try {
    const result = await run(
      {
        test,
        out: flags.out,
        version,
        command: repeatCommand(process.argv.slice(3), test.seed),
        signal: life.signal,
        observer: status,
        allowVacuous: flags.allowVacuous === true,
        failFast: flags.failFast === true,
        onCluster: (cluster) => life.onEmergency(() => cluster.killNow()),
      },
      ({ counts }) => status.watch(counts),
    );
    status.close();
    process.stdout.write(flags.json === true ? jsonOf(result) : wordsOf(result));
    return exitOf(result.verdict.valid);
  } finally {
    status.close();
    life.release();
  }
}

function wordsOf({ dir, config, verdict, interrupted }: RunResult): string {
  const style: Style = {
    colour: process.stdout.isTTY && process.env["NO_COLOR"] === undefined,
    columns: process.stdout.columns ?? 100,
  };
  const here = relative(process.cwd(), dir) || ".";
  return [
    "",
    ...(interrupted ? ["interrupted: this is the verdict on what was recorded until then", ""] : []),
    verdictInWords(verdict, style),
    "",
    `  report   ${join(here, FILES.report)}`,
    `  history  ${join(here, FILES.history)}`,
    `  again    ${config.command}`,
    "",
  ].join("\n");
}

const jsonOf = ({ dir, config, verdict, interrupted }: RunResult): string =>
  `${JSON.stringify({ dir, seed: config.seed, command: config.command, interrupted, ...verdict })}\n`;

/** What to type to do it again: the same words, and the seed where it was drawn. */
function repeatCommand(argv: readonly string[], seed: number): string {
  const given = argv.some((word) => word === "--seed" || word.startsWith("--seed="));
  const words = given ? argv : [...argv, "--seed", String(seed)];
  return ["npx kvtest run", ...words.map(quoted)].join(" ");
}

export const quoted = (word: string): string =>
  /^[\w./:,=@+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;

const freshSeed = (): number => Math.floor(Math.random() * 2 ** 32);
