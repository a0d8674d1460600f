/** A verdict in words, for a terminal. */

import { styleText } from "node:util";
import type { IsolationDetails } from "../../checker/isolation/details.js";
import { drawText } from "../../checker/isolation/explain/text.js";
import type { RunVerdict } from "../../checker/judge.js";
import { drawIntervals } from "../../checker/linearizability/picture.js";
import type { Counterexample, LinearizabilityDetails } from "../../checker/linearizability/details.js";
import { stepsInWords } from "../../checker/linearizability/steps.js";
import type { Validity, Verdict } from "../../checker/verdict.js";
import type { TestConfig } from "../config/flags.js";
import { meaningOf } from "../report/anomaly-words.js";
import { describeProtocol } from "../report/describe.js";
import { visible } from "../report/html.js";
import { isRegister } from "../workload/options.js";

const COLOUR = { valid: "green", unknown: "yellow", invalid: "red" } as const;

/** More operations than this make no picture that a terminal can show. */
const DRAWN_MAX = 24;

/** Of a longer anomaly its first and its last lines are printed: who took part, and where the contradiction is. */
const ANOMALY_LINES_MAX = 30;
const ANOMALY_LAST_LINES = 9;
const NAMES_MAX = 8;
const STEP_LINES_MAX = 30;

export interface Style {
  /** Colours and cursor movement; false in a pipe. */
  readonly colour: boolean;
  readonly columns: number;
}

export function paint(style: Style, valid: Validity, text: string): string {
  return style.colour ? styleText(COLOUR[valid], text, { validateStream: false }) : text;
}

export function testInWords(test: TestConfig): string {
  const nemesis = test.nemesis.faults.length === 0 ? "no nemesis" : `nemesis ${test.nemesis.faults.join(", ")}`;
  const rate = test.rate === null ? "as fast as they can" : `${test.rate} ops/s`;
  const bug = test.bug === undefined ? "" : `, planted bug ${test.bug}`;
  const cas = isRegister(test.workload) && test.workload.cas === false ? " without cas" : "";
  return `${test.workload.name}${cas} on ${test.nodes.length} nodes (${describeProtocol(test.protocol, test.nodes.length)}${bug}), ${nemesis}, ${test.timeLimitMs / 1000} s, ${test.concurrency} clients, ${rate}, seed ${test.seed}`;
}

/** The whole answer: headline, one line a checker, the smallest counterexample as a picture, the first anomaly. */
export function verdictInWords(verdict: RunVerdict, style: Style): string {
  const lines = [paint(style, verdict.valid, verdict.valid.toUpperCase()), ""];
  for (const one of verdict.verdicts) lines.push(row(one, verdict.claims.includes(one.checker), style));
  const picture = counterexample(verdict, style);
  if (picture !== null) lines.push("", picture);
  const told = anomaly(verdict, style);
  if (told !== null) lines.push("", told);
  return lines.join("\n");
}

function row(verdict: Verdict<unknown>, counts: boolean, style: Style): string {
  const { valid, checker, because } = verdict;
  const name = `${checker}${counts ? "" : " (told)"}`.padEnd(22);
  const head = `  ${paint(style, valid, valid.padEnd(8))} ${name}`;
  const indent = 2 + 8 + 1 + 22;
  // Keys and values come from the store: they may not move the cursor.
  return head + wrap(visible(because), Math.max(30, style.columns - indent)).join(`\n${" ".repeat(indent)}`);
}

function counterexample(verdict: RunVerdict, style: Style): string | null {
  const found = verdict.verdicts.find(({ checker, valid }) => checker === "linearizable" && valid === "invalid");
  if (found === undefined) return null;
  // Written by our own checker a moment ago, or read back from verdict.json: tolerate what is not there.
  const first = (found.details as Partial<LinearizabilityDetails> | null)?.counterexamples?.[0];
  if (first === undefined) return null;
  if (first.operations.length <= DRAWN_MAX) {
    const columns = Math.min(100, style.columns);
    return [drawIntervals(first, columns), ...stepsOf(first, columns)].join("\n");
  }
  return `  (the smallest counterexample found has ${first.operations.length} operations, too many to draw here: see the report)`;
}

/** Why there is no order, where one sentence does not say it all. */
function stepsOf(example: Counterexample, columns: number): readonly string[] {
  const lines = stepsInWords(example).flatMap(({ title, steps }) => [
    "",
    ...indented(title, "  ", columns),
    ...steps.flatMap((step, i) => indented(step, `  ${i + 1}. `, columns)),
  ]);
  if (lines.length <= STEP_LINES_MAX) return lines;
  return [...lines.slice(0, STEP_LINES_MAX), `  ... ${lines.length - STEP_LINES_MAX} more lines: see the report`];
}

const indented = (text: string, first: string, columns: number): readonly string[] =>
  wrap(visible(text), Math.max(20, columns - first.length)).map((line, i) =>
    i === 0 ? first + line : " ".repeat(first.length) + line,
  );

/** The most telling anomaly in full, what else was found, and which models that leaves. */
function anomaly(verdict: RunVerdict, style: Style): string | null {
  const refuted = verdict.verdicts.find(({ checker, valid }) => checker === "isolation" && valid === "invalid");
  // Found by our own checker a moment ago: nothing that would have to be checked.
  const details = (refuted?.details ?? null) as IsolationDetails | null;
  const first = details?.anomalies[0];
  if (details === null || first === undefined) return null;
  const width = Math.max(40, Math.min(100, style.columns));
  const say = (text: string): readonly string[] => wrap(visible(text), width - 2).map((line) => `  ${line}`);
  const [name = "", ...lines] = visible(drawText(first, width)).split("\n");
  const meaning = meaningOf(first.type);
  const others = Object.entries(details.counts).filter(([type]) => type !== first.type);
  const also = details.alsoNot.length === 0 ? "" : ` (and ${details.alsoNot.length} stronger)`;
  return [
    `  ${name}`,
    ...(meaning === null ? [] : say(meaning)),
    ...shortened(lines),
    "",
    ...(others.length === 0 ? [] : say(`also found: ${names(others.map(([type, times]) => `${type} ${times}`))}`)),
    ...(details.not.length === 0 ? [] : say(`rules out: ${names(details.not)}${also}`)),
    ...(details.strongest.length === 0 ? [] : say(`strongest that nothing found refutes: ${names(details.strongest)}`)),
  ].join("\n");
}

const names = (all: readonly string[]): string =>
  all.slice(0, NAMES_MAX).join(", ") + (all.length > NAMES_MAX ? ` and ${all.length - NAMES_MAX} more` : "");

function shortened(lines: readonly string[]): readonly string[] {
  if (lines.length <= ANOMALY_LINES_MAX) return lines;
  const first = ANOMALY_LINES_MAX - ANOMALY_LAST_LINES - 1;
  return [
    ...lines.slice(0, first),
    `  ... ${lines.length - ANOMALY_LINES_MAX + 1} more lines: see the report`,
    ...lines.slice(-ANOMALY_LAST_LINES),
  ];
}

/** Breaks at blanks; a word longer than the line stands alone. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  lines.push(line);
  return lines;
}
