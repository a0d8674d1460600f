/** Command lines that do a run again, as one would type them. */

import type { TestConfig } from "../config/flags.js";
import { suiteOf } from "./own-run.js";
import { isRegister } from "../workload/options.js";

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
  "--nodes --rate --keys --write-quorum --read-quorum --replicas --voters --nemesis --nemesis-interval --partitions --schedule --target --after --fault-param --faults --seed --concurrency --time-limit --out --messages".split(
    " ",
  ),
);
const DROPPED = new Set(["--json", "--quiet", "--fail-fast", "--allow-vacuous", "--simulate"]);

/** The command of a run, for the same test as what is in the folder `faults` says. */
export function smallerCommand(command: string, test: TestConfig, faults: string): string {
  const suite = suiteOf(command);
  if (suite !== null)
    return `npx kvtest ci ${quoted(suite.file)} --only ${quoted(suite.only)} --like ${quoted(faults)}`;
  const words = [...command.matchAll(/'(?:[^']|'\\'')*'|\S+/g)].map(([word]) => word).slice(3);
  const kept: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? "";
    const [flag = ""] = word.split("=", 1);
    if (REPLACED.has(flag)) i += word.includes("=") ? 0 : 1;
    else if (!DROPPED.has(word)) kept.push(word);
  }
  const { seed, concurrency, timeLimitMs, simulated, nodes, rate } = test;
  const sizes = [`--nodes ${nodes.length}`, ...quorumsOf(test), `--rate ${rate ?? "max"}`, ...keysOf(test)];
  const own = [`--concurrency ${concurrency}`, `--time-limit ${timeLimitMs}ms`, `--seed ${seed}`];
  const world = simulated === true ? ["--simulate"] : [];
  return ["npx kvtest run", ...world, ...kept, ...sizes, `--faults ${quoted(faults)}`, ...own].join(" ");
}

const keysOf = ({ workload }: TestConfig): readonly string[] =>
  isRegister(workload) ? [`--keys ${workload.keys}`] : [];

/** The flags that count nodes, where the mode has them. */
function quorumsOf({ protocol }: TestConfig): readonly string[] {
  if (protocol.mode === "raft") return protocol.voters === undefined ? [] : [`--voters ${protocol.voters.length}`];
  if (protocol.mode !== "leader" && protocol.mode !== "quorum" && protocol.mode !== "sequencer") return [];
  const reads =
    protocol.mode === "quorum" ||
    (protocol.mode === "leader" && protocol.readFrom === "quorum") ||
    (protocol.mode === "sequencer" && protocol.consistency === "eventual");
  return [
    `--write-quorum ${protocol.writeQuorum}`,
    ...(reads ? [`--read-quorum ${protocol.readQuorum}`] : []),
    ...(protocol.mode === "quorum" && protocol.replicas !== undefined ? [`--replicas ${protocol.replicas}`] : []),
  ];
}
