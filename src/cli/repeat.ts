/** Command lines that do a run again, as one would type them. */

import type { TestConfig } from "../config/flags.js";

/** What to type to do it again: the same words, and the seed where it was drawn. */
export function repeatCommand(argv: readonly string[], seed: number): string {
  const given = argv.some((word) => word === "--seed" || word.startsWith("--seed="));
  const words = given ? argv : [...argv, "--seed", String(seed)];
  return ["npx kvtest run", ...words.map(quoted)].join(" ");
}

export const quoted = (word: string): string =>
  /^[\w./:,=@+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;

/** Flags with a value that the faults of a file, or what was made smaller, take the place of; and those of output. */
const REPLACED = new Set(
  "--nemesis --nemesis-interval --partitions --schedule --target --after --fault-param --faults --seed --concurrency --time-limit --out --messages".split(
    " ",
  ),
);
const DROPPED = new Set(["--json", "--quiet", "--fail-fast", "--allow-vacuous", "--simulate"]);

/** The command of a run, for the same test with these faults, clients, times and seed. */
export function smallerCommand(command: string, test: TestConfig, faults: string): string {
  const words = [...command.matchAll(/'(?:[^']|'\\'')*'|\S+/g)].map(([word]) => word).slice(3);
  const kept: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? "";
    const [flag = ""] = word.split("=", 1);
    if (REPLACED.has(flag)) i += word.includes("=") ? 0 : 1;
    else if (!DROPPED.has(word)) kept.push(word);
  }
  const { seed, concurrency, timeLimitMs, simulated } = test;
  const own = [`--concurrency ${concurrency}`, `--time-limit ${timeLimitMs}ms`, `--seed ${seed}`];
  const world = simulated === true ? ["--simulate"] : [];
  return ["npx kvtest run", ...world, ...kept, `--faults ${quoted(faults)}`, ...own].join(" ");
}
