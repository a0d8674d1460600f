/** The repository speaks of no machine that it was written on. */

import type { Rule } from "./source.js";

/** Written so that no pattern matches its own source. */
const PLACES: readonly (readonly [RegExp, string])[] = [
  [/(?<![\w.$}/-])\/(wor[k]|roo[t])\/\w[^\s"'`)]*/, "a path of one machine"],
  [/(?<![\w.$}~-])\/(hom[e]|User[s])\/\w[^\s"'`)]*/, "a path of one machine"],
  [/\/tm[p]\/(wt|bash_jobs)\b[^\s"'`)]*/, "a path of one machine"],
  [/\bregistr[y]\.[a-z0-9-]+\.[a-z]+/i, "a registry's host"],
  [/https?:\/\/(?!127\.|0\.0\.0\.0)\d+\.\d+\.\d+\.\d+[^\s"'`)]*/, "a host's address"],
  [/\b(10\.\d+|192\.16[8]|172\.(1[6-9]|2\d|3[01]))\.\d+\.\d+\b/, "a private address"],
];

export const places: Rule = ({ path, text }) =>
  text.split("\n").flatMap((line, i) =>
    PLACES.map(([pattern, what]) => [pattern.exec(line), what] as const)
      .filter(([match]) => match !== null)
      .map(([match, what]) => `${path}:${i + 1}: ${what}: ${match?.[0]}`),
  );
