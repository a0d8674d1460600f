/**
 * The consistency models of registers, and which of them implies which: as data.
 *
 * The relations are those of the definitions that this checker uses, and each is tested against them. Two that are often
 * drawn are missing, because here they do not hold. PRAM does not imply the session guarantees: it lets every process order
 * all writes as it likes, while Terry's guarantees are about replicas that order the writes of a key alike. And causal
 * consistency (CC) does not imply PRAM: it explains each read by itself, so that a process may go back and forth between
 * two concurrent writes.
 */

export interface ConsistencyModel {
  /** Other names accepted; upper and lower case are the same. */
  readonly aliases: readonly string[];
  /** Whoever keeps this model keeps these too. */
  readonly implies: readonly string[];
  /** What it promises. */
  readonly means: string;
}

/** Stronger ones first: what a model implies comes after it. */
export const CONSISTENCY_MODELS = {
  linearizable: {
    aliases: ["linearizability", "atomic", "1-atomic", "strong"],
    implies: ["sequential", "regular", "2-atomic"],
    means: "one order of all operations that is true to real time explains every read",
  },
  sequential: {
    aliases: ["sequential-consistency", "sequentially-consistent", "SC"],
    implies: ["causal-convergence", "causal-memory"],
    means: "one order of all operations that is true to every process explains every read",
  },
  "causal-convergence": {
    aliases: ["CCv", "causal+", "convergent-causal"],
    implies: ["causal", "read-your-writes", "monotonic-reads", "monotonic-writes", "writes-follow-reads"],
    means: "one order of all writes explains every read from its causal past",
  },
  "causal-memory": {
    aliases: ["CM"],
    implies: ["causal", "pram"],
    means: "every process has an order of its causal past that explains all its reads",
  },
  causal: {
    aliases: ["CC", "causal-consistency", "weak-causal"],
    implies: [],
    means: "every read has an order of its causal past that explains it",
  },
  pram: {
    aliases: ["FIFO", "pipelined-ram"],
    implies: [],
    means:
      "every process has an order of all writes and its own reads, true to every process, that explains these reads",
  },
  "read-your-writes": {
    aliases: ["RYW", "read-my-writes"],
    implies: [],
    means: "a read sees what its process wrote before",
  },
  "monotonic-reads": {
    aliases: ["MR"],
    implies: [],
    means: "a read sees what earlier reads of its process saw",
  },
  "monotonic-writes": {
    aliases: ["MW"],
    implies: [],
    means: "who sees a write sees what its process wrote before it",
  },
  "writes-follow-reads": {
    aliases: ["WFR", "session-causality"],
    implies: [],
    means: "who sees a write sees what its process had read before it",
  },
  "2-atomic": {
    aliases: [],
    implies: [],
    means: "one order true to real time in which every read returns one of the two latest writes",
  },
  regular: {
    aliases: ["regular-register"],
    implies: ["safe"],
    means: "a read returns a write under way, or one that no other came wholly after",
  },
  safe: {
    aliases: ["safe-register"],
    implies: [],
    means: "a read that overlaps no write returns one that no other came wholly after",
  },
} as const satisfies { readonly [name: string]: ConsistencyModel };

export type ConsistencyName = keyof typeof CONSISTENCY_MODELS;

const entries: readonly (readonly [string, ConsistencyModel])[] = Object.entries(CONSISTENCY_MODELS);
const isName = (name: string): name is ConsistencyName => Object.hasOwn(CONSISTENCY_MODELS, name);

export const CONSISTENCY_NAMES: readonly ConsistencyName[] = entries.flatMap(([name]) => (isName(name) ? [name] : []));

const byAlias = new Map<string, ConsistencyName>();
for (const name of CONSISTENCY_NAMES) {
  for (const alias of [name, ...CONSISTENCY_MODELS[name].aliases]) byAlias.set(alias.toLowerCase(), name);
}

/** A model by any of its names, or "3-atomic" and so on, which is asked by itself; else what is wrong with the name. */
export type NamedConsistency =
  | { readonly is: "model"; readonly model: ConsistencyName }
  | { readonly is: "k-atomic"; readonly k: number }
  | { readonly is: "problem"; readonly problem: string };

export const consistencyNamed = (name: string): NamedConsistency => {
  const model = byAlias.get(name.toLowerCase().replaceAll(/[\s_]+/g, "-"));
  if (model !== undefined) return { is: "model", model };
  const k = /^([1-9]\d{0,8})-atomic$/i.exec(name)?.[1];
  if (k !== undefined) return { is: "k-atomic", k: Number(k) };
  const known = CONSISTENCY_NAMES.map((one) => [one, ...CONSISTENCY_MODELS[one].aliases].join(" or ")).join(", ");
  return {
    is: "problem",
    problem: `no consistency model is named ${JSON.stringify(name)}: expected ${known}, or k-atomic with a number for k`,
  };
};

const closure = (
  start: ConsistencyName,
  next: (name: ConsistencyName) => readonly ConsistencyName[],
): Set<ConsistencyName> => {
  const seen = new Set(next(start));
  // A set iterates over what is added meanwhile.
  for (const name of seen) for (const further of next(name)) seen.add(further);
  return seen;
};

const implied = (name: ConsistencyName): readonly ConsistencyName[] => CONSISTENCY_MODELS[name].implies;

/** All models that follow from this one, itself left out. */
export const weakerThan = (name: ConsistencyName): ReadonlySet<ConsistencyName> => closure(name, implied);

/** All models that this one follows from, itself left out. */
export const strongerThan = (name: ConsistencyName): ReadonlySet<ConsistencyName> =>
  closure(name, (one) => CONSISTENCY_NAMES.filter((other) => implied(other).includes(one)));
