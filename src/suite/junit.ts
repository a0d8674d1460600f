/** The results as JUnit XML, as CI servers read it. */

import { visible } from "../report/html.js";
import type { Attempt, TestResult } from "./run-suite.js";

/** Attempts before the last one are `flakyFailure` or `rerunFailure`, as Maven Surefire writes them. */
export function junitOf(suite: string, results: readonly TestResult[]): string {
  const count = (outcome: TestResult["outcome"]): number =>
    results.filter((result) => result.outcome === outcome).length;
  const seconds = secondsOf(results.flatMap(({ attempts }) => attempts));
  const counts = `tests="${results.length}" failures="${count("fail")}" errors="${count("unknown")}" skipped="0" time="${seconds}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="kvtest" ${counts}>
  <testsuite name="${attribute(suite)}" ${counts}>
${results.map((result) => testcase(suite, result)).join("\n")}
  </testsuite>
</testsuites>
`;
}

function testcase(suite: string, { name, attempts, outcome, because, flaky, expect }: TestResult): string {
  const earlier = attempts.slice(0, -1).map((attempt) => {
    const element = flaky ? "flakyFailure" : "rerunFailure";
    return `      <${element} type="${attempt.outcome}" message="${attribute(attempt.because)}"/>`;
  });
  const last =
    outcome === "pass"
      ? []
      : outcome === "fail"
        ? [`      <failure type="failed" message="${attribute(because)}">${text(because)}</failure>`]
        : [`      <error type="unknown" message="${attribute(because)}">${text(because)}</error>`];
  const out = [
    `expected: ${expect.join("; ")}`,
    ...attempts.map(({ dir, seed, because: words }) => `${dir ?? "no folder"} (seed ${seed}): ${words}`),
  ].join("\n");
  return [
    `    <testcase classname="${attribute(suite)}" name="${attribute(name)}" time="${secondsOf(attempts)}">`,
    ...last,
    ...earlier,
    `      <system-out>${text(out)}</system-out>`,
    "    </testcase>",
  ].join("\n");
}

const secondsOf = (attempts: readonly Attempt[]): string =>
  (attempts.reduce((sum, { tookMs }) => sum + tookMs, 0) / 1000).toFixed(3);

// XML has no way to write most control characters, so `visible` writes them out.
const text = (words: string): string =>
  words
    .split("\n")
    .map(visible)
    .join("\n")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll("\ufffe", "\\ufffe")
    .replaceAll("\uffff", "\\uffff");

const attribute = (words: string): string =>
  text(words).replaceAll('"', "&quot;").replaceAll("\n", "&#10;").replaceAll("\t", "&#9;");
