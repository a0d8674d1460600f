/** `kvtest matrix`: what every mode and setting claims, and what is found. */

import { appendFileSync, existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { writeJson, writeWhole } from "../archive/archive.js";
import { anyViolated, findingsOf, type Outcome } from "../matrix/outcome.js";
import { FAULTS, FIXED, ROWS, settingOf } from "../matrix/rows.js";
import { markdownOf, matrixOf, type Placed, wordsOf } from "../matrix/table.js";
import { createSweep, type Done, readDone, readPlan, SWEEP_FILES, type SweepPlan, tasksLeft } from "../sweep/plan.js";
import { kebab } from "../sweep/settings.js";
import { conduct, Pace, shown } from "./conduct.js";
import { EXIT, UsageError } from "./exit.js";

interface Flags {
  readonly seeds: string;
  readonly jobs: string;
  readonly timeLimit: string;
  readonly seed: string;
  readonly mode?: string;
  readonly resume?: string;
  readonly out: string;
  readonly list?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const FILES = { outcomes: "outcomes.jsonl", matrix: "matrix.json", table: "matrix.md" } as const;

export function matrixCommand(version: string): Command {
  return new Command("matrix")
    .description("every mode and setting under every kind of fault: what it claims, and what was found")
    .option("--seeds <n>", "runs of each setting under each fault", "10")
    .option("--jobs <n>", "runs at a time; each is mostly waiting", "4")
    .option("--time-limit <s>", "how long the clients of each run go on", "2")
    .option("--seed <n>", "seed of the first run of each; the others follow", "1")
    .option("--mode <modes>", "only the settings of these modes (default: all)")
    .option("--resume <dir>", "go on with one that was interrupted")
    .option("--list", "print the settings and what each claims, and run nothing")
    .option("--out <dir>", "where it is kept", "runs")
    .option("--json", "print it as JSON instead of a Markdown table")
    .option("--quiet", "no progress")
    .addHelpText(
      "after",
      `
Examples:
  kvtest matrix --seeds 1 --mode abd
  kvtest matrix --seeds 10 --jobs 6
  kvtest matrix --resume runs/20261121T120000Z-sweep-matrix

The runs in which something was violated are kept, the first of each setting, fault and seed; the others are not.
Exit codes: 0 every claim held; 1 a claim was broken; 2 some runs are missing; 254 wrong arguments; 255 kvtest itself failed.
Ctrl-C ends the runs in progress, and what is finished stays: --resume goes on.`,
    )
    .action(async (flags: Flags) => {
      process.exitCode = await matrix(flags, version);
    });
}

async function matrix(flags: Flags, version: string): Promise<number> {
  const problems: string[] = [];
  const jobs = whole("--jobs", flags.jobs, [1, 64], problems);
  const wanted = rowsOf(flags.mode, problems);
  if (flags.list === true && problems.length === 0) return list(wanted);
  const began =
    flags.resume === undefined ? begun(flags, wanted, { version, problems }) : resumed(flags.resume, problems);
  if (began === null || problems.length > 0) throw new UsageError("no matrix:", problems);
  const { dir, plan, placed } = began;
  const quiet = flags.quiet === true || flags.json === true;
  const say = (text: string): void => void (quiet || process.stderr.write(`${text}\n`));
  const tasks = tasksLeft(plan, readDone(dir));
  say(
    `${plan.settings.length} cells of settings and faults, ${plan.repeat} runs each; ${tasks.length} to do, in ${shown(dir)}`,
  );
  const progress = progressOf(plan, placed, { all: tasks.length, pace: new Pace(jobs), say });
  const onEnd = async (done: Done): Promise<void> => progress(done, await judgeRun(dir, done));
  await conduct({ dir, plan, tasks, jobs, say, onEnd });
  const result = matrixOf(placed, readOutcomes(dir), plan.repeat);
  writeJson(join(dir, FILES.matrix), result);
  writeWhole(join(dir, FILES.table), `${markdownOf(result)}\n`);
  process.stdout.write(flags.json === true ? `${JSON.stringify({ dir, ...result })}\n` : `${markdownOf(result)}\n`);
  if (result.missing > 0) say(`\n  go on   npx kvtest matrix --resume ${shown(dir)}`);
  return result.broken.length > 0 ? EXIT.invalid : result.missing > 0 ? EXIT.unknown : EXIT.valid;
}

function whole(flag: string, text: string, [min, max]: readonly [number, number], problems: string[]): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isInteger(value) || value < min || value > max)
    problems.push(`${flag} ${text}: expected a whole number from ${min} to ${max}`);
  return value;
}

function rowsOf(modes: string | undefined, problems: string[]): typeof ROWS {
  if (modes === undefined) return ROWS;
  const known = new Set(ROWS.map(({ flags }) => flags.mode));
  const asked = modes.split(",").map((mode) => mode.trim());
  for (const mode of asked.filter((one) => !known.has(one)))
    problems.push(`--mode ${mode}: expected some of ${[...known].join(", ")}`);
  return ROWS.filter(({ flags }) => asked.includes(flags.mode));
}

function list(rows: typeof ROWS): number {
  for (const { name, flags, load, claims } of rows) {
    const promised = Object.entries(claims).map(([property, faults]) =>
      faults.length === FAULTS.length ? property : `${property} (${faults.join(", ")})`,
    );
    process.stdout.write(
      `${name}\n  ${wordsOf({ ...flags, ...load })}\n  claims ${promised.join(", ") || "nothing"}\n`,
    );
  }
  return EXIT.valid;
}

interface Begun {
  readonly dir: string;
  readonly plan: SweepPlan;
  readonly placed: readonly Placed[];
}

function begun(
  flags: Flags,
  rows: typeof ROWS,
  { version, problems }: { readonly version: string; readonly problems: string[] },
): Begun | null {
  const repeat = whole("--seeds", flags.seeds, [1, 1000], problems);
  const seed = whole("--seed", flags.seed, [0, 2 ** 32 - 1], problems);
  const seconds = Number(flags.timeLimit);
  if (!(seconds >= 1 && seconds <= 3600))
    problems.push(`--time-limit ${flags.timeLimit}: expected seconds from 1 to 3600`);
  if (problems.length > 0) return null;
  const placed = rows.flatMap((row) => FAULTS.map((fault): Placed => ({ row, fault })));
  const settings = placed.map(({ row, fault }) => settingOf(row, fault));
  const fixed = Object.entries({ ...FIXED, timeLimit: flags.timeLimit }).flatMap(([flag, value]) => [
    `--${kebab(flag)}`,
    value,
  ]);
  const command = ["npx kvtest matrix", ...process.argv.slice(3)].join(" ");
  return { ...createSweep(flags.out, { version, command, fixed, axes: ["matrix"], settings, repeat, seed }), placed };
}

function resumed(dir: string, problems: string[]): Begun | null {
  const plan = readPlan(dir);
  if ("problem" in plan) {
    problems.push(plan.problem);
    return null;
  }
  const all = ROWS.flatMap((row) => FAULTS.map((fault): Placed => ({ row, fault })));
  const byText = new Map(all.map((placed) => [textOf(settingOf(placed.row, placed.fault)), placed]));
  const placed = plan.settings.flatMap((setting) => byText.get(textOf(setting)) ?? []);
  if (placed.length === plan.settings.length) return { dir, plan, placed };
  problems.push(`${dir}: is no matrix, or one of settings that this version does not have`);
  return null;
}

const textOf = (setting: { readonly [flag: string]: string }): string =>
  JSON.stringify(Object.entries(setting).toSorted(([a], [b]) => (a < b ? -1 : 1)));

/** Judges a run that ended, notes what it came to, and keeps its folder only if it shows something. */
async function judgeRun(dir: string, { setting, repeat, dir: name }: Done): Promise<Outcome | null> {
  if (name === null) return null;
  const folder = join(dir, SWEEP_FILES.runs, name);
  const found = await findingsOf(folder);
  if ("problem" in found) return null;
  const kept = anyViolated(found.findings);
  if (!kept) rmSync(folder, { recursive: true, force: true });
  const outcome: Outcome = { setting, repeat, ...found, dir: kept ? join(SWEEP_FILES.runs, name) : null };
  appendFileSync(join(dir, FILES.outcomes), `${JSON.stringify(outcome)}\n`);
  return outcome;
}

/** A last line that a killed harness left half-written is left out; so is a second one of a run. */
function readOutcomes(dir: string): readonly Outcome[] {
  const file = join(dir, FILES.outcomes);
  if (!existsSync(file)) return [];
  const byRun = new Map<string, Outcome>();
  for (const line of readFileSync(file, "utf8").split("\n")) {
    try {
      // Our own lines.
      const outcome = JSON.parse(line) as Outcome;
      byRun.set(`${outcome.setting} ${outcome.repeat}`, outcome);
    } catch {
      // Torn.
    }
  }
  return [...byRun.values()];
}

interface Told {
  readonly all: number;
  readonly pace: Pace;
  readonly say: (text: string) => void;
}

function progressOf(plan: SweepPlan, placed: readonly Placed[], { all, pace, say }: Told) {
  return (done: Done, outcome: Outcome | null): void => {
    const left = pace.left(done, all);
    const { row, fault } = placed[done.setting] ?? {};
    const seen =
      outcome === null
        ? `FAILED: ${done.error ?? "it was never judged"}`
        : Object.entries(outcome.findings)
            .filter(([, { valid }]) => valid === "invalid")
            .map(([property]) => `not ${property}`)
            .join(", ");
    const what = `${row?.name ?? "?"} / ${fault ?? "?"} / seed ${plan.seed + done.repeat}`;
    say(`${pace.finished}/${all}  ${what}${left}  ${seen}`.trimEnd());
  };
}
