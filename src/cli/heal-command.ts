/** `kvtest heal`: puts back what a kvtest that was killed left broken. */

import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { heal, readJournal } from "../../nemesis/index.js";
import { FILES, isRunFolder } from "../archive/files.js";
import { EXIT, UsageError } from "./exit.js";
import { journalFolder } from "./journal-folder.js";

interface Flags {
  readonly out: string;
  readonly json?: boolean;
}

/** What became of one journal. */
interface Report {
  readonly journal: string;
  readonly done: readonly string[];
  readonly broken: readonly string[];
  /** Why it was left alone; null: it was not. */
  readonly leftAlone: string | null;
}

export function healCommand(): Command {
  return new Command("heal")
    .description("put back what a kvtest that was killed left: stopped processes, nodes, networks, mounts")
    .argument("[run...]", "folders of runs, or journals (default: every run in --out, and every kvtest nemesis)")
    .option("--out <dir>", "where runs are kept", "runs")
    .option("--json", "print what was done as JSON")
    .addHelpText(
      "after",
      `
Examples:
  kvtest heal
  kvtest heal runs/latest

Safe at any time and as often as you like: what is healed is crossed out, a process that was given an old number is left
alone, and so is all that belongs to a kvtest that still runs.
Exit codes: 0 nothing is left, 1 something is still broken, 254 wrong arguments, 255 kvtest itself failed.`,
    )
    .action(async (given: readonly string[], flags: Flags) => {
      const journals = given.length > 0 ? named(given) : everyJournal(flags.out);
      const reports: Report[] = [];
      for (const journal of journals) reports.push(await healed(journal));
      process.stdout.write(flags.json === true ? `${JSON.stringify({ format: 1, reports })}\n` : inWords(reports));
      process.exitCode = reports.every(({ broken }) => broken.length === 0) ? EXIT.valid : EXIT.invalid;
    });
}

/** A run that has no journal any more has nothing to heal. */
function named(given: readonly string[]): readonly string[] {
  const problems = given.flatMap((path) => {
    if (!existsSync(path)) return [`${path}: there is no such run or journal`];
    if (isRunFolder(path)) return existsSync(join(path, FILES.config)) ? [] : [`${path}: is not the folder of a run`];
    try {
      readJournal(path);
      return [];
    } catch (error) {
      return [error instanceof Error ? error.message : String(error)];
    }
  });
  if (problems.length > 0) throw new UsageError("this cannot be healed:", problems);
  return given.map((path) => (isRunFolder(path) ? join(path, FILES.undo) : path)).filter((path) => existsSync(path));
}

function everyJournal(out: string): readonly string[] {
  // `latest` is one of the others.
  const runs = existsSync(out) ? readdirSync(out).filter((name) => name !== "latest") : [];
  const folder = journalFolder();
  const alone = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".jsonl")) : [];
  return [...runs.map((name) => join(out, name, FILES.undo)), ...alone.map((name) => join(folder, name))].filter(
    (path) => existsSync(path),
  );
}

async function healed(journal: string): Promise<Report> {
  try {
    const { done, broken } = await heal(journal);
    if (broken.length === 0) rmSync(journal, { force: true });
    return { journal, done, broken, leftAlone: null };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return /still runs/.test(why)
      ? { journal, done: [], broken: [], leftAlone: why }
      : { journal, done: [], broken: [why], leftAlone: null };
  }
}

function inWords(reports: readonly Report[]): string {
  const lines = reports.flatMap(({ journal, done, broken, leftAlone }) => [
    journal,
    ...(leftAlone === null ? [] : ["  left alone: its kvtest still runs"]),
    ...done.map((words) => `  ${words}`),
    ...broken.map((words) => `  still broken: ${words}`),
  ]);
  const left = reports.reduce((sum, { broken }) => sum + broken.length, 0);
  const end = left > 0 ? `${left} of it could not be put back; kvtest heal tries again` : "nothing is left to put back";
  return `${[...lines, end].join("\n")}\n`;
}
