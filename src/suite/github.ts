/** The results for GitHub Actions: annotations on the suite's file, and a summary of the job in Markdown. */

import type { TestResult } from "./run-suite.js";

export interface Annotated {
  readonly file: string;
  readonly lineOf: (test: number) => number | null;
}

/** Workflow commands: one line each, an error for what failed, a warning for what was flaky. */
export function annotations(results: readonly TestResult[], { file, lineOf }: Annotated): readonly string[] {
  return results.flatMap((result) => {
    const { name, index, outcome, because, flaky, attempts } = result;
    if (outcome === "pass" && !flaky) return [];
    const line = lineOf(index);
    const place = [`file=${property(file)}`, ...(line === null ? [] : [`line=${line}`])].join(",");
    const level = outcome === "pass" ? "warning" : "error";
    const first = attempts[0]?.because ?? "";
    const words = flaky ? `flaky: passed at attempt ${attempts.length}; before: ${first}` : because;
    return [`::${level} ${place},title=${property(`kvtest: ${name}`)}::${message(words)}`];
  });
}

/** Commands end at a line's end, and properties at a comma or colon too. */
const message = (words: string): string => words.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
const property = (words: string): string => message(words).replaceAll(":", "%3A").replaceAll(",", "%2C");

const WORDS = { pass: "passed", fail: "failed", unknown: "unknown" } as const;
const CELL_MAX = 400;

export function summary(suite: string, results: readonly TestResult[]): string {
  const rows = results.map(({ name, outcome, flaky, attempts, because }) => {
    const seconds = attempts.reduce((sum, { tookMs }) => sum + tookMs, 0) / 1000;
    const said = flaky ? `flaky: passed at attempt ${attempts.length}. ${because}` : because;
    const cut = said.length > CELL_MAX ? `${said.slice(0, CELL_MAX)}...` : said;
    return `| ${cell(name)} | ${flaky ? "flaky" : WORDS[outcome]} | ${seconds.toFixed(1)} s | ${cell(cut)} |`;
  });
  return [
    `## kvtest: ${cell(suite)}`,
    "",
    "| test | outcome | time | because |",
    "| --- | --- | --: | --- |",
    ...rows,
    "",
  ].join("\n");
}

// What a database says stands in these words: neither a cell nor a tag may end in the middle of it.
const cell = (words: string): string =>
  words
    .replaceAll("\\", "\\\\")
    .replaceAll("|", "\\|")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll("`", "&#96;")
    .replace(/[\r\n]+/g, " ");
