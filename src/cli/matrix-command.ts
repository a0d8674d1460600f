/** `kvtest matrix`: what every mode and setting claims, and what is found. */

import { join } from "node:path";
import { Command } from "commander";
import { writeJson, writeWhole } from "../archive/archive.js";
import {
  commonOf,
  createMatrix,
  growMatrix,
  judgeRun,
  type MatrixFolder,
  openMatrix,
  readOutcomes,
  runsLeft,
} from "../matrix/folder.js";
import type { Outcome } from "../matrix/outcome.js";
import { FAULTS, type Row, ROWS } from "../matrix/rows.js";
import { markdownOf, matrixOf, wordsOf } from "../matrix/table.js";
import type { Done } from "../sweep/plan.js";
import { conduct, Pace, shown } from "./conduct.js";
import { EXIT, UsageError } from "./exit.js";
import { gathered } from "./nemesis-options.js";
import { quoted } from "./repeat.js";

interface Flags {
  readonly seeds?: string;
  readonly jobs: string;
  readonly timeLimit?: string;
  readonly seed?: string;
  readonly mode?: string;
  readonly row: readonly string[];
  readonly simulate?: boolean;
  readonly resume?: string;
  readonly out: string;
  readonly list?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const FILES = { matrix: "matrix.json", table: "matrix.md" } as const;
const DEFAULTS = { seeds: "10", timeLimit: "2", seed: "1" } as const;

export function matrixCommand(version: string): Command {
  return new Command("matrix")
    .description("every mode and setting under every kind of fault: what it claims, and what was found")
    .option("--seeds <n>", `runs of each setting under each fault (default: ${DEFAULTS.seeds})`)
    .option("--jobs <n>", "runs at a time; each is mostly waiting", "4")
    .option("--time-limit <s>", `how long the clients of each run go on (default: ${DEFAULTS.timeLimit})`)
    .option("--seed <n>", `seed of the first run of each; the others follow (default: ${DEFAULTS.seed})`)
    .option("--mode <modes>", "only the settings of these modes (default: all)")
    .option("--row <words>", "only settings with these words in their name; as often as you like", gathered, [])
    .option("--simulate", "simulated clusters instead of real ones, on one thread in virtual time")
    .option(
      "--resume <dir>",
      "go on with one; --mode and --row add settings to it, --seeds runs, and what is there stays",
    )
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
  kvtest matrix --resume runs/20261121T120000Z-sweep-matrix --row raft --row failover
  kvtest matrix --simulate --jobs 2

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
  const asked = rowsAsked(flags, problems);
  if (flags.list === true && problems.length === 0) return list(asked ?? ROWS);
  const folder = folderOf(flags, asked, { version, problems });
  if (folder === null || problems.length > 0) throw new UsageError("no matrix:", problems);
  const { dir, plan, placed } = folder;
  const quiet = flags.quiet === true || flags.json === true;
  const say = (text: string): void => void (quiet || process.stderr.write(`${text}\n`));
  const tasks = runsLeft(folder, asked ?? ROWS);
  const unknown = placed.filter((at) => at === null).length;
  if (unknown > 0) say(`${unknown} cells are of rows that this version does not have: left out`);
  say(
    `${placed.length - unknown} cells of settings and faults, ${plan.repeat} runs each; ${tasks.length} to do, in ${shown(dir)}`,
  );
  const progress = progressOf(folder, { all: tasks.length, pace: new Pace(jobs), say });
  const onEnd = async (done: Done): Promise<void> => progress(done, await judgeRun(dir, done));
  await conduct({ dir, plan, tasks, jobs, say, onEnd });
  const { simulated } = commonOf(plan);
  const result = matrixOf(placed, readOutcomes(dir), { seeds: plan.repeat, simulated });
  writeJson(join(dir, FILES.matrix), result);
  writeWhole(join(dir, FILES.table), `${markdownOf(result)}\n`);
  process.stdout.write(flags.json === true ? `${JSON.stringify({ dir, ...result })}\n` : `${markdownOf(result)}\n`);
  if (result.missing > 0) say(`\n  go on   npx kvtest matrix --resume ${quoted(shown(dir))}`);
  return result.broken.length > 0 ? EXIT.invalid : result.missing > 0 ? EXIT.unknown : EXIT.valid;
}

function whole(flag: string, text: string, [min, max]: readonly [number, number], problems: string[]): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isInteger(value) || value < min || value > max)
    problems.push(`${flag} ${text}: expected a whole number from ${min} to ${max}`);
  return value;
}

const has = ({ name }: Row, part: string): boolean => name.toLowerCase().includes(part.toLowerCase());

/** null: nobody asked for some only. */
function rowsAsked({ mode, row: words }: Flags, problems: string[]): readonly Row[] | null {
  if (mode === undefined && words.length === 0) return null;
  const known = new Set(ROWS.map(({ flags }) => flags.mode));
  const modes = mode === undefined ? [...known] : mode.split(",").map((one) => one.trim());
  for (const one of modes.filter((name) => !known.has(name)))
    problems.push(`--mode ${one}: expected some of ${[...known].join(", ")}`);
  for (const part of words.filter((one) => !ROWS.some((row) => has(row, one))))
    problems.push(`--row ${part}: is in no name of kvtest matrix --list`);
  const rows = ROWS.filter(
    (row) => modes.includes(row.flags.mode) && (words.length === 0 || words.some((part) => has(row, part))),
  );
  if (rows.length === 0 && problems.length === 0)
    problems.push(`--mode ${mode ?? ""} has no --row ${words.join(", ")}`);
  return rows;
}

function list(rows: readonly Row[]): number {
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

function folderOf(
  flags: Flags,
  asked: readonly Row[] | null,
  { version, problems }: { readonly version: string; readonly problems: string[] },
): MatrixFolder | null {
  const repeat = whole("--seeds", flags.seeds ?? DEFAULTS.seeds, [1, 1000], problems);
  const seed = whole("--seed", flags.seed ?? DEFAULTS.seed, [0, 2 ** 32 - 1], problems);
  const timeLimit = flags.timeLimit ?? DEFAULTS.timeLimit;
  const seconds = Number(timeLimit);
  if (!(seconds >= 1 && seconds <= 3600)) problems.push(`--time-limit ${timeLimit}: expected seconds from 1 to 3600`);
  if (flags.resume !== undefined) return grown(flags.resume, flags, asked, problems);
  if (problems.length > 0) return null;
  const command = ["npx kvtest matrix", ...process.argv.slice(3).map(quoted)].join(" ");
  const simulated = flags.simulate === true;
  return createMatrix(flags.out, { rows: asked ?? ROWS, repeat, seed, timeLimit, simulated, version, command });
}

/** What was found stays, so it must have been found alike. */
function grown(dir: string, flags: Flags, asked: readonly Row[] | null, problems: string[]): MatrixFolder | null {
  const folder = openMatrix(dir);
  if ("problem" in folder) {
    problems.push(folder.problem);
    return null;
  }
  const { timeLimit, simulated } = commonOf(folder.plan);
  const { seed } = folder.plan;
  if (flags.timeLimit !== undefined && flags.timeLimit !== timeLimit)
    problems.push(`--time-limit ${flags.timeLimit}: the runs in ${dir} have ${timeLimit}`);
  if (flags.seed !== undefined && Number(flags.seed) !== seed)
    problems.push(`--seed ${flags.seed}: the first run of each in ${dir} has ${seed}`);
  if (flags.simulate === true && !simulated) problems.push(`--simulate: the runs in ${dir} are real`);
  return problems.length > 0 ? null : growMatrix(folder, asked ?? [], Number(flags.seeds ?? 0));
}

interface Told {
  readonly all: number;
  readonly pace: Pace;
  readonly say: (text: string) => void;
}

function progressOf({ plan, placed }: MatrixFolder, { all, pace, say }: Told) {
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
