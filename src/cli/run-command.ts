/** `kvtest run` */

import { join, relative } from "node:path";
import { Command, Option } from "commander";
import { whyNoNamespaces } from "../../nemesis/index.js";
import { FILES } from "../archive/archive.js";
import { type FaultPlan, WORKLOADS } from "../config/config.js";
import { DEFAULTS, parseRunFlags, type RunFlags } from "../config/flags.js";
import { type MessagesKept, run, type RunResult } from "../run/run.js";
import { addClusterOptions } from "./cluster-options.js";
import { addWorkloadOptions } from "./workload-options.js";
import { exitOf, UsageError } from "./exit.js";
import { lifeline } from "./lifeline.js";
import { addNemesisOptions, SCRIPT_HELP } from "./nemesis-options.js";
import { planned } from "./planned.js";
import { repeatCommand } from "./repeat.js";
import { Status } from "./status.js";
import { type Style, testInWords, verdictInWords } from "./words.js";

interface Flags extends RunFlags {
  readonly out: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly allowVacuous?: boolean;
  readonly failFast?: boolean;
  readonly messages: MessagesKept;
}

const or = (value: string): string => `(default: ${value})`;

const EXAMPLES = `Examples:
  kvtest run --workload register --nemesis partition
  kvtest run --mode leader --read-from any --write-quorum 0 --nemesis partition,kill --seed 7
  kvtest run --mode quorum --read-quorum 1 --write-quorum 1 --nemesis partition --time-limit 30
  kvtest run --workload list-append --isolation snapshot --consistency snapshot-isolation
  kvtest run --workload bank --isolation read-committed --time-limit 5
  kvtest run --workload unique-register --rate max --concurrency 50 --nemesis none --json
  kvtest run --nemesis partition,kill,pause --schedule swarm
  kvtest run --nemesis delay --fault-param delay.latency=50..500 --fault-param delay.distributions=pareto
  kvtest run --simulate --mode quorum --read-quorum 1 --nemesis partition,kill --seed 7
  kvtest run --mode quorum --replicas 3 --nemesis membership --claim fresh,converges
  kvtest run --failover manual --nemesis promote,pause
  kvtest run --network namespaces --nemesis partition,bandwidth
  kvtest run --faults runs/latest
  kvtest run --faults faults.yaml --time-limit 10`;

export function runCommand(version: string): Command {
  const command = new Command("run")
    .description("start a cluster, drive clients at it while the nemesis breaks it, check what they saw")
    .option(
      "--workload <name>",
      `register (read, write, cas; values repeat), unique-register (every value written once); with transactions (leader mode): ${WORKLOADS.slice(2).join(", ")} ${or(DEFAULTS.workload)}`,
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
    .option(
      "--simulate",
      "no processes: the same protocol, clients and faults on one thread in virtual time, the same every time for a seed",
    )
    .option("--fail-fast", "end the clients at the first violation that shows; then heal, read and judge as ever")
    .addOption(
      new Option(
        "--messages <which>",
        "messages on the links that are kept and drawn: those around a violation, all, or none",
      )
        .choices(["around", "all", "none"])
        .default("around"),
    )
    .option("--allow-vacuous", "do not ask that operations succeeded and every fault bit");
  addNemesisOptions(command);
  addWorkloadOptions(command);
  addClusterOptions(command)
    .option(
      "--network <kind>",
      `links (of ours), namespaces (real ones, as root on Linux), or direct (nothing in between, so no network faults) ${or(DEFAULTS.network)}`,
    )
    .option("--out <dir>", "where runs are kept", "runs")
    .option("--json", "print the verdict as JSON, and nothing else, on stdout")
    .option("--quiet", "no progress")
    .addHelpText(
      "after",
      `
${EXAMPLES}

${SCRIPT_HELP}

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
  const made = planned(parsed.value, flags.faults ?? null);
  if (!made.ok) throw new UsageError("these faults cannot be:", made.problems);
  const { test, plan } = made.value;
  const why = test.network === "namespaces" ? await whyNoNamespaces() : null;
  if (why !== null) throw new UsageError("--network namespaces:", [why, IN_A_NAMESPACE]);
  const quiet = flags.quiet === true || flags.json === true;
  const status = new Status(process.stderr, quiet);
  const life = lifeline((name) => {
    if (!quiet)
      process.stderr.write(`\n${name}: healing, stopping, checking what was recorded (once more: end at once)\n`);
  });
  if (!quiet) process.stderr.write(`${testInWords(test)}\n${swarmInWords(plan)}`);
  try {
    const result = await run(
      {
        test,
        plan,
        out: flags.out,
        version,
        command: repeatCommand(process.argv.slice(3), test.seed),
        signal: life.signal,
        observer: status,
        allowVacuous: flags.allowVacuous === true,
        failFast: flags.failFast === true,
        messages: flags.messages,
        onWorld: (world) => life.onEmergency(() => world.killNow()),
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

/** Where we are not root, and the kernel lets us be it in a user namespace of our own. */
const IN_A_NAMESPACE =
  "without root: unshare --user --map-root-user --net --mount sh -c 'mount -t tmpfs kvtest /run && ip link set lo up && npx kvtest run ...'";

const part = (share: number): string => `${Math.round(100 * share)} %`;

function swarmInWords({ drawn }: FaultPlan): string {
  if (drawn === undefined) return "";
  const { kinds, plan, partitions, intervalMs, shares, target } = drawn;
  const cuts = kinds.includes("partition") ? ` (${partitions.join(", ")})` : "";
  const whom = `leader ${part(shares.leader)}, minority ${part(shares.minority)}, majority ${part(shares.majority)}`;
  const aim = target === undefined ? "" : ", all at the leader";
  return `swarm: ${kinds.join(", ") || "no fault"}${cuts}; ${plan}, every ${(intervalMs / 1000).toFixed(1)} s; ${whom}${aim}\n`;
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

const freshSeed = (): number => Math.floor(Math.random() * 2 ** 32);
