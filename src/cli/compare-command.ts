/** `kvtest compare RUN RUN`: two runs side by side. */

import { existsSync } from "node:fs";
import { basename, resolve } from "node:path";
import { Command } from "commander";
import { isRunFolder, readConfig, readVerdict, writeWhole } from "../archive/archive.js";
import {
  changeInWords,
  type ComparedFigure,
  type ComparedRun,
  compareRuns,
  type Comparison,
  figureInWords,
} from "../report/compare.js";
import { renderComparison } from "../report/compare-page.js";
import { visible } from "../report/html.js";
import { UsageError } from "./exit.js";

interface Flags {
  readonly json?: boolean;
  readonly html?: string;
}

export function compareCommand(): Command {
  return new Command("compare")
    .description("two runs side by side: what was set, what was found, what was measured")
    .argument("<a>", "a run's folder")
    .argument("<b>", "another run's folder")
    .option("--json", "print it as JSON, figures as numbers")
    .option("--html <file>", "write it as a page too")
    .addHelpText(
      "after",
      `
Examples:
  kvtest compare runs/20261121T100000Z-register-leader-calm-s1 runs/latest
  kvtest compare runs/monday runs/tuesday --html compare.html
  kvtest compare runs/a runs/b --json | jq '.figures[] | select(.better == "a")'

A * marks the better of two figures. One run each says nothing about chance: kvtest sweep --repeat does.
Exit codes: 0, whatever the verdicts; 254 not two runs that were judged; 255 kvtest itself failed.`,
    )
    .action((a: string, b: string, flags: Flags) => {
      const problems: string[] = [];
      const [left, right] = [runIn(a, problems), runIn(b, problems)];
      if (left === null || right === null) throw new UsageError("cannot compare these:", problems);
      const comparison = compareRuns(left, right);
      if (flags.html !== undefined) writeWhole(flags.html, renderComparison(left, right));
      process.stdout.write(flags.json === true ? `${JSON.stringify(comparison)}\n` : inWords(comparison));
    });
}

function runIn(dir: string, problems: string[]): ComparedRun | null {
  if (!isRunFolder(dir)) {
    problems.push(`${dir}: ${existsSync(dir) ? "is no folder" : "no such folder"}`);
    return null;
  }
  const config = readConfig(dir);
  const verdict = readVerdict(dir);
  if (!config.ok) problems.push(...config.problems);
  if (verdict === null) problems.push(`${dir}: has no verdict; kvtest check ${dir} judges its history`);
  return config.ok && verdict !== null ? { name: basename(resolve(dir)), config: config.value, verdict } : null;
}

/** Columns: name, A, B, and how they differ. Names come from a folder: nothing in them may move the cursor. */
function inWords({ a, b, settings, checkers, figures }: Comparison): string {
  const rows = [
    ["", "A", "B", ""],
    ...settings.map(({ name, a: left, b: right }) => [name, cutTo(left ?? "–"), cutTo(right ?? "–"), ""]),
    ...(settings.length === 0 ? [["the same settings", "", "", ""]] : []),
    [],
    ...checkers.map((row) => [
      row.name,
      row.a?.valid ?? "–",
      row.b?.valid ?? "–",
      row.a?.valid === row.b?.valid ? "" : "differs",
    ]),
    [],
    ...figures.map((row) => [row.name, shown(row, "a"), shown(row, "b"), changeInWords(row)]),
  ].map((row) => row.map(plain));
  const widths = [0, 1, 2].map((i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return `A  ${plain(a)}\nB  ${plain(b)}\n\n${lines.join("\n")}\n`;
}

const shown = (row: ComparedFigure, side: "a" | "b"): string =>
  `${row.better === side ? "* " : "  "}${figureInWords(row, row[side])}`;

const CELL_MAX = 34;
const cutTo = (text: string): string => (text.length <= CELL_MAX ? text : `${text.slice(0, CELL_MAX - 1)}…`);

const plain = (text: string): string => visible(text.replaceAll("\u00a0", " "));
