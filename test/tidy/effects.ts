/** What touches the outside stands where it belongs: printing, clocks, randomness. */

import ts from "typescript";
import { isCode, isIn, lineOf, type Rule, type Source, syntaxOf, walk } from "./source.js";

/** `src/replica/main` is a program of its own: its ready line is how the harness learns its ports. */
const PRINTS: readonly string[] = ["src/cli", "src/replica/main"];
const PRINTING = /^console\.|^process\.(stdout|stderr)$/;

/** Only src/cli prints; everything else answers with a value. */
export const prints: Rule = (source) =>
  shipped(source) && !PRINTS.some((part) => isIn(source.path, part))
    ? uses(source, PRINTING, (what) => `prints (${what}): only src/cli does`)
    : [];

/** Pure folders: time and draws come in as arguments. */
const TIMELESS: readonly string[] = ["checker", "src/generator", "src/workload", "src/replica/protocol", "src/config"];
const CLOCKS = /^(Date\.now|performance\.now|process\.hrtime|Math\.random|crypto\.\w+)$/;

export const clocks: Rule = (source) =>
  shipped(source) && TIMELESS.some((part) => isIn(source.path, part))
    ? uses(source, CLOCKS, (what) => `uses ${what}: time and draws are arguments here`)
    : [];

/** Elsewhere every draw comes from the run's seed, except these. */
const UNSEEDED: { readonly [path: string]: string } = {
  "src/cli/run-command.ts": "draws the seed itself where none was given, and prints it",
  "src/cli/sweep-command.ts": "draws the first seed where none was given, and prints it",
  "src/cli/ci-command.ts": "draws the seeds of a suite where none was given, and prints what it drew",
  "src/cli/nemesis-command.ts": "draws the seed itself where none was given, and prints it",
  "nemesis/network/link.ts": "jitter of real packets: no run of real processes can be replayed packet by packet",
};

export const draws: Rule = (source) =>
  shipped(source) && !Object.hasOwn(UNSEEDED, source.path)
    ? uses(source, /^Math\.random$/, (what) => `uses ${what}: draws come from the seed`)
    : [];

const shipped = (source: Source): boolean => isCode(source) && /^(checker|nemesis|src)\//.test(source.path);

function uses(source: Source, pattern: RegExp, say: (what: string) => string): readonly string[] {
  const syntax = syntaxOf(source);
  const problems: string[] = [];
  walk(syntax, (node) => {
    if (!ts.isPropertyAccessExpression(node)) return;
    const what = `${node.expression.getText(syntax)}.${node.name.text}`;
    if (pattern.test(what)) problems.push(`${source.path}:${lineOf(syntax, node)}: ${say(what)}`);
  });
  return problems;
}
