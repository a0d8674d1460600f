/** `kvtest sweep`: the same test under many settings, side by side. */

import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { Command, type Option } from "commander";
import { writeWhole } from "../archive/archive.js";
import { DEFAULTS, parseRunFlags, type RunFlags } from "../config/flags.js";
import { collectSweep } from "../sweep/collect.js";
import { createSweep, type Done, readDone, readPlan, SWEEP_FILES, type SweepPlan, tasksLeft } from "../sweep/plan.js";
import {
  type Axis,
  kebab,
  labelOf,
  product,
  type Setting,
  SETTINGS_MAX,
  shortLabelOf,
  valuesOf,
} from "../sweep/settings.js";
import { plotOf, plotted } from "../sweep/plot.js";
import type { SweepSummary } from "../sweep/summary.js";
import { footnote, tableInWords } from "../sweep/words.js";
import { conduct, Pace, shown } from "./conduct.js";
import { EXIT, UsageError } from "./exit.js";
import { quoted } from "./repeat.js";
import { runCommand } from "./run-command.js";

interface Flags {
  readonly repeat: string;
  readonly jobs: string;
  readonly seed?: string;
  readonly resume?: string;
  readonly out: string;
  readonly plot?: string;
  readonly list?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly [flag: string]: string | boolean | undefined;
}

/** Options of `kvtest run` that a sweep has itself. */
const OWN: readonly string[] = ["out", "json", "quiet", "seed", "messages"];
/** Flags whose own values are of the form a..b. */
const RANGES: readonly string[] = ["replicationDelay"];
/** Values that repeat hide stale reads, so a sweep writes every value once unless it is told otherwise. */
const WORKLOAD = "unique-register";
const PROBLEMS_MAX = 20;
const PLOTTED = "throughput, which takes --rate max, or write latency against a flag with three numbers or more";

export function sweepCommand(version: string): Command {
  const command = new Command("sweep")
    .description("run the same test under every combination of settings, and compare them on one page")
    .option("--repeat <n>", "runs of each setting; run n of each has the same seed", "1")
    .option("--jobs <n>", "runs at a time: more than one slow each other down, so times are then worth less", "1")
    .option("--seed <n>", "seed of the first run of each setting (default: drawn, and printed)")
    .option("--resume <dir>", "go on with a sweep that was interrupted; needs no other flag")
    .option("--plot <file.svg>", "also draw throughput (with --rate max) or write latency (over three numbers or more)")
    .option("--list", "tell which settings there are, and run none")
    .option("--out <dir>", "where sweeps are kept", "runs")
    .option("--json", "print the summary as JSON, and nothing else, on stdout")
    .option("--quiet", "no progress");
  for (const option of runOptions(version)) command.addOption(option);
  return command
    .addHelpText(
      "after",
      `
Every flag of kvtest run may have several values: 1..5 is 1, 2, 3, 4, 5 (100..500/100 in steps), and a comma separates
values. What kvtest run separates by a comma is joined by + here: --nemesis none,partition+kill are two settings.
--replication-delay takes MIN..MAX as ever; a comma separates several. The workload is ${WORKLOAD} unless another is given.

Examples:
  kvtest sweep --mode leader --write-quorum 1..5 --repeat 5
  kvtest sweep --mode leader --write-quorum 0..4 --read-from any --repeat 5
  kvtest sweep --mode quorum --read-quorum 1..3 --write-quorum 1..3 --nemesis none,partition
  kvtest sweep --mode quorum --nodes 3 --read-quorum 1..3 --write-quorum 1..3 --replication-delay 0..100 --no-read-repair
  kvtest sweep --mode leader,quorum,gossip,sequencer,abd,raft --nodes 3,5 --rate max --plot throughput.svg
  kvtest sweep --resume runs/20261121T120000Z-sweep-writeQuorum

Exit codes: 0 all runs came to a verdict, whichever it is; 2 some did not, or Ctrl-C; 254 wrong arguments; 255 kvtest
itself failed. Ctrl-C ends the run in progress, and what is finished stays: --resume goes on.`,
    )
    .action(async (flags: Flags) => {
      process.exitCode = await sweep(flags, version);
    });
}

const runOptions = (version: string): readonly Option[] =>
  runCommand(version).options.filter((option) => !OWN.includes(option.attributeName()));

async function sweep(flags: Flags, version: string): Promise<number> {
  const jobs = whole("--jobs", flags.jobs, 64);
  const { dir, plan } = flags.resume === undefined ? begun(flags, version) : resumed(flags.resume, flags.plot);
  if (dir === null) {
    for (const setting of plan.settings) process.stdout.write(`${labelOf(setting)}\n`);
    return EXIT.valid;
  }
  const quiet = flags.quiet === true || flags.json === true;
  const say = (line: string): void => void (quiet || process.stderr.write(`${line}\n`));
  const earlier = readDone(dir);
  const tasks = tasksLeft(plan, earlier);
  say(
    `${plan.settings.length} settings, ${plan.repeat} run${plan.repeat === 1 ? "" : "s"} each, seed ${plan.seed}; ${tasks.length} to do, in ${shown(dir)}`,
  );
  await conduct({ dir, plan, tasks, jobs, say, onEnd: progressOf(plan, new Pace(jobs, earlier), say) });
  const { summary, problems } = await collectSweep(dir, plan);
  for (const problem of problems) process.stderr.write(`kvtest: left out: ${problem}\n`);
  if (flags.plot !== undefined) await drawPlot(flags.plot, summary);
  if (flags.json === true) process.stdout.write(`${JSON.stringify({ dir, ...summary })}\n`);
  else {
    const note = footnote(summary);
    process.stdout.write(
      `\n${tableInWords(summary)}\n${note === null ? "" : `${note}\n`}\n  page    ${shown(join(dir, SWEEP_FILES.page))}\n  data    ${shown(join(dir, SWEEP_FILES.summary))}\n`,
    );
    if (summary.finished < summary.planned)
      process.stdout.write(`  go on   npx kvtest sweep --resume ${quoted(shown(dir))}\n`);
  }
  return summary.finished < summary.planned ? EXIT.unknown : EXIT.valid;
}

interface Begun {
  /** null: only to be listed. */
  readonly dir: string | null;
  readonly plan: SweepPlan;
}

function resumed(dir: string, plot: string | undefined): Begun {
  const plan = readPlan(dir);
  if ("problem" in plan) throw new UsageError("cannot go on:", [plan.problem]);
  const problems = problemsOfPlot(plot, plan);
  if (problems.length > 0) throw new UsageError("cannot go on:", problems);
  return { dir, plan };
}

function begun(flags: Flags, version: string): Begun {
  const problems: string[] = [];
  const repeat = whole("--repeat", flags.repeat, 10_000);
  const seed =
    flags.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : whole("--seed", flags.seed, 2 ** 32 - 1, 0);
  const { axes, fixed, fixedFlags } = axesOf(
    { workload: WORKLOAD, ...followersFor(flags), ...flags },
    version,
    problems,
  );
  const many = axes.reduce((all, { values }) => all * values.length, 1);
  if (many > SETTINGS_MAX) problems.push(`${many} settings: more than ${SETTINGS_MAX}`);
  if (problems.length > 0) throw new UsageError("these flags do not make a sweep:", problems);
  const settings = product(axes);
  problems.push(...problemsOfPlot(flags.plot, { fixed, settings }));
  const wrong = new Map<string, string>();
  for (const setting of settings) {
    // Each once: with the first setting that has it.
    for (const problem of problemsOf(fixedFlags, setting))
      if (!wrong.has(problem)) wrong.set(problem, labelOf(setting));
  }
  if (wrong.size > 0 || problems.length > 0) {
    const told = [...problems, ...[...wrong].map(([problem, label]) => `${problem} (${label})`)];
    throw new UsageError("these flags do not make a sweep:", told.slice(0, PROBLEMS_MAX));
  }
  const given = flags.seed === undefined ? ["--seed", String(seed)] : [];
  const command = ["npx kvtest sweep", ...[...process.argv.slice(3), ...given].map(quoted)].join(" ");
  const of = { version, command, fixed, axes: axes.map(({ flag }) => flag), settings, repeat, seed };
  if (flags.list === true) return { dir: null, plan: { format: 1, id: "", startedAt: "", ...of } };
  return createSweep(flags.out, of);
}

/** Write quorums of more followers than a leader usually has are no mistake: they ask for a larger cluster. */
function followersFor({ mode = DEFAULTS.mode, nodes, writeQuorum }: Flags): { readonly nodes?: string } {
  if (mode !== "leader" || nodes !== undefined || typeof writeQuorum !== "string") return {};
  const values = valuesOf(writeQuorum, false);
  const most = "problem" in values ? 0 : Math.max(0, ...values.map(Number).filter((value) => !Number.isNaN(value)));
  return most < Number(DEFAULTS.nodes) ? {} : { nodes: String(most + 1) };
}

/** Told before anything runs. */
function problemsOfPlot(file: string | undefined, plan: Pick<SweepPlan, "fixed" | "settings">): readonly string[] {
  if (file === undefined) return [];
  return [
    ...(file.endsWith(".svg") ? [] : [`--plot ${file}: expected a file whose name ends in .svg`]),
    ...(existsSync(dirname(resolve(file))) ? [] : [`--plot ${file}: there is no folder ${dirname(file)}`]),
    ...(plotted(plan) === null ? [`--plot ${file}: draws ${PLOTTED}`] : []),
  ];
}

/** What there is. */
async function drawPlot(file: string, summary: SweepSummary): Promise<void> {
  const svg = await plotOf(summary);
  if (svg === null) process.stderr.write(`kvtest: ${file} is not drawn: no run came to anything to draw\n`);
  else writeWhole(file, svg);
}

interface Axes {
  readonly axes: readonly Axis[];
  readonly fixed: readonly string[];
  readonly fixedFlags: RunFlags;
}

function axesOf(flags: Flags, version: string, problems: string[]): Axes {
  const axes: Axis[] = [];
  const fixed: string[] = [];
  const fixedFlags: { [flag: string]: string | boolean } = {};
  for (const flag of new Set(runOptions(version).map((option) => option.attributeName()))) {
    const value = flags[flag];
    if (value === undefined) continue;
    if (typeof value === "boolean") {
      fixed.push(value ? `--${kebab(flag)}` : `--no-${kebab(flag)}`);
      fixedFlags[flag] = value;
      continue;
    }
    const values = valuesOf(value, RANGES.includes(flag));
    if ("problem" in values) problems.push(`--${kebab(flag)} ${value}: ${values.problem}`);
    else if (values.length > 1) axes.push({ flag, values });
    else {
      fixed.push(`--${kebab(flag)}`, values[0] ?? "");
      fixedFlags[flag] = values[0] ?? "";
    }
  }
  return { axes, fixed, fixedFlags };
}

function problemsOf(fixed: RunFlags, setting: Setting): readonly string[] {
  const parsed = parseRunFlags({ ...fixed, ...setting }, 0);
  return parsed.ok ? [] : parsed.problems;
}

function whole(flag: string, text: string, max: number, min = 1): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isInteger(value) && value >= min && value <= max) return value;
  throw new UsageError("these flags do not make a sweep:", [
    `${flag} ${text}: expected a whole number from ${min} to ${max}`,
  ]);
}

/** One line a run, with what is left in runs and in time. */
function progressOf(plan: SweepPlan, pace: Pace, say: (line: string) => void): (done: Done) => Promise<void> {
  const all = plan.settings.length * plan.repeat;
  return async (done) => {
    const left = pace.left(done, all);
    const what = done.dir === null ? `FAILED: ${done.error ?? ""}` : done.dir;
    say(
      `${String(pace.finished).padStart(String(all).length)}/${all}  ${shortLabelOf(plan.settings[done.setting] ?? {})}  ${(done.tookMs / 1000).toFixed(1)} s${left}  ${what}`,
    );
  };
}
