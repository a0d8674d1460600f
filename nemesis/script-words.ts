/**
 * The words of a script: `kill leader`, `partition n1 | n2,n3`, `delay n1 <> n2 latency=50ms` -> faults. Pure.
 *
 * Only the words are read here; whether the fault makes sense is for readFault, which knows every field.
 */

import { pickOf, shuffle, wholeBetween } from "./draw.js";
import {
  CLIENTS,
  FAULT_KINDS,
  type FaultKind,
  type Grudge,
  type LinkName,
  type NodeName,
  PARTITION_SHAPES,
  type PartitionShape,
} from "./fault.js";
import { completeGrudge, drawGrudge, isolate, majorityOf, minorityOf } from "./grudge.js";

export interface WordsOptions {
  readonly nodes: readonly NodeName[];
  /** For shapes and sizes that leave open who is meant; another number gives other nodes. */
  readonly seed: number;
  readonly index: number;
}

/** JSON for readFault, or what cannot be understood. */
export type Understood = { readonly fault: object } | { readonly problem: string };

/** "2s", "500ms", "1.5m", or a bare number of seconds -> ms; null for anything else. */
export function msOf(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m)?$/.exec(text);
  return match === null ? null : Number(match[1]) * ({ ms: 1, s: 1000, m: 60_000 }[match[2] ?? "s"] ?? 1000);
}

/** `verb` is a kind of fault, `isolate` or `cut`; `rest` all that follows it. */
export function faultOf(verb: string, rest: string, options: WordsOptions): Understood {
  try {
    return { fault: understood(verb, rest.trim(), options) };
  } catch (error) {
    if (error instanceof Misunderstood) return { problem: error.message };
    throw error;
  }
}

/** How the parts below say what is wrong, wherever they are. */
class Misunderstood extends Error {}

const VERBS: readonly string[] = [...FAULT_KINDS, "isolate", "cut"];

function understood(verb: string, rest: string, options: WordsOptions): object {
  const { subject, params } = split(rest);
  if (verb === "isolate") return { f: "partition", ...isolated(subject, options), ...common(params, ["mode", "flap"]) };
  if (verb === "cut")
    return {
      f: "partition",
      shape: "by-hand",
      grudge: grudgeOf(linksOf(subject, options)),
      ...common(params, ["mode", "flap"]),
    };
  const kind = FAULT_KINDS.find((one) => one === verb);
  if (kind === undefined) throw new Misunderstood(`"${verb}" is none of ${[...VERBS, "heal"].join(", ")}`);
  if (kind === "partition") return { f: kind, ...parted(subject, options), ...common(params, ["mode", "flap"]) };
  if (ON_LINKS.includes(kind)) return { f: kind, links: linksOf(subject, options), ...linkParams(kind, params) };
  return { f: kind, who: whoOf(kind, subject, options), ...nodeParams(kind, params) };
}

const ON_LINKS: readonly FaultKind[] = ["delay", "bandwidth", "slow-close", "corrupt", "packet"];

/** `n1,n2 latency=5ms full` -> the subject before the first word that is a parameter, and the parameters. */
function split(rest: string): { readonly subject: string; readonly params: ReadonlyMap<string, string> } {
  const words = rest.split(/\s+/).filter((word) => word !== "");
  const first = words.findIndex((word) => word.includes("=") || BARE.includes(word));
  const at = first < 0 ? words.length : first;
  const params = words.slice(at).map((word) => {
    const [name = "", ...value] = word.split("=");
    return [name, value.join("=")] as const;
  });
  return { subject: words.slice(0, at).join(" "), params: new Map(params) };
}

/** Parameters that need no value. */
const BARE: readonly string[] = ["full", "read-only", "torn", "lose-unsynced", "flip"];

function parted(subject: string, options: WordsOptions): { readonly shape: string; readonly grudge: unknown } {
  const { nodes, seed, index } = options;
  const shape = PARTITION_SHAPES.find((one) => one === subject);
  if (shape !== undefined) return { shape, grudge: drawGrudge(shape, nodes, pickOf(seed, index, "script"), nodes) };
  if (!subject.includes("|")) {
    throw new Misunderstood(
      `"partition ${subject}": expected groups such as n1 | n2,n3, or a shape: ${PARTITION_SHAPES.join(", ")}`,
    );
  }
  const groups = subject.split("|").map((group) => namesOf(group, options));
  const all = groups.flat();
  const double = all.find((node, i) => all.indexOf(node) !== i);
  if (double !== undefined) throw new Misunderstood(`"partition ${subject}": ${double} is in two groups`);
  return { shape: "by-hand", grudge: completeGrudge(groups) };
}

function isolated(
  subject: string,
  options: WordsOptions,
): { readonly shape: PartitionShape | "by-hand"; readonly grudge: unknown } {
  if (subject === "leader") return { shape: "leader", grudge: "isolate-leader" };
  const alone = namesOf(subject, options);
  const rest = options.nodes.filter((node) => !alone.includes(node));
  const [only] = alone;
  return alone.length === 1 && only !== undefined
    ? { shape: "one", grudge: isolate(only, options.nodes) }
    : { shape: "by-hand", grudge: completeGrudge([...alone.map((node) => [node]), rest]) };
}

function grudgeOf(links: readonly LinkName[]): Grudge {
  const grudge: Record<NodeName, NodeName[]> = {};
  for (const { from, to } of links) (grudge[to] ??= []).push(from);
  return grudge;
}

/** `n1,n2`, `n1 n2` or `all`. */
function namesOf(text: string, { nodes }: WordsOptions): readonly NodeName[] {
  const names = text.split(/[\s,]+/).filter((name) => name !== "");
  if (names.length === 0) throw new Misunderstood("expected the name of a node");
  if (names.length === 1 && names[0] === "all") return nodes;
  const unknown = names.filter((name) => !nodes.includes(name) && name !== CLIENTS);
  if (unknown.length > 0) throw new Misunderstood(`${unknown.join(", ")}: expected some of ${nodes.join(", ")}`);
  return names;
}

const between = (froms: readonly string[], tos: readonly string[]): readonly LinkName[] =>
  froms.flatMap((from) => tos.filter((to) => to !== from).map((to) => ({ from, to })));

/** `n1 > n2,n3`, `n1 <> n2`, `all`, or nodes, meaning all their links to nodes; several of these with `and` between. */
function linksOf(subject: string, options: WordsOptions): readonly LinkName[] {
  const links = subject.split(/\sand\s/).flatMap((part) => {
    const arrow = /^(.*?)(<>|>)(.*)$/.exec(part);
    if (arrow === null) {
      const names = namesOf(part, options);
      return part.trim() === "all"
        ? between(options.nodes, options.nodes)
        : [...between(names, options.nodes), ...between(options.nodes, names)];
    }
    const [left, right] = [namesOf(arrow[1] ?? "", options), namesOf(arrow[3] ?? "", options)];
    return arrow[2] === "<>" ? [...between(left, right), ...between(right, left)] : between(left, right);
  });
  if (links.length === 0) throw new Misunderstood(`"${subject}" names no link`);
  return [...new Map(links.map((link) => [`${link.from} ${link.to}`, link])).values()];
}

/** Names, `all`, `leader`, or `one`, `minority`, `majority`, of which the seed says who they are. */
function whoOf(kind: FaultKind, subject: string, options: WordsOptions): unknown {
  if (subject === "leader" && kind === "promote")
    throw new Misunderstood("promote: whoever leads already leads; expected nodes such as n2");
  if (subject === "leader") return "leader";
  const { nodes, seed, index } = options;
  const pick = pickOf(seed, index, "script");
  const some = (count: number): readonly string[] => shuffle(nodes, pick, "who").slice(0, count);
  if (subject === "one") return some(1);
  if (subject === "minority") return some(wholeBetween(1, Math.max(1, minorityOf(nodes.length)), pick("size")));
  if (subject === "majority") return some(majorityOf(nodes.length));
  // A node that is to join is none of those that there are.
  if (kind === "add") return subject.split(/[\s,]+/);
  return namesOf(subject, options);
}

type Params = ReadonlyMap<string, string>;

/** Reads the named parameters, and refuses all others. */
function common(params: Params, names: readonly string[]): object {
  for (const name of params.keys()) {
    if (!names.includes(name))
      throw new Misunderstood(
        `"${name}" is no parameter here; expected ${names.length === 0 ? "none" : names.join(", ")}`,
      );
  }
  const entries: [string, unknown][] = [];
  for (const [name, text] of params) {
    const read = PARAMS[name];
    if (read !== undefined) entries.push(read(text, name));
  }
  return Object.fromEntries(entries);
}

function linkParams(kind: FaultKind, params: Params): object {
  if (kind === "delay") {
    const given = common(params, ["latency", "jitter", "distribution"]);
    return { jitterMs: 0, ...given };
  }
  if (kind === "bandwidth") return common(params, ["bytes"]);
  if (kind === "slow-close") return common(params, ["by"]);
  if (kind === "corrupt") return common(params, ["probability"]);
  return { effects: common(params, ["loss", "duplicate", "reorder"]) };
}

function nodeParams(kind: FaultKind, params: Params): object {
  if (kind === "kill") return common(params, ["signal"]);
  if (kind === "pause") return common(params, ["flap"]);
  if (kind === "crash-loop") return common(params, ["up", "down"]);
  if (kind === "rolling") return common(params, ["down", "gap", "signal"]);
  if (kind === "starve") return common(params, ["share"]);
  if (kind === "clock") return { skew: one(params, SKEWS) };
  if (kind === "disk") return { trouble: one(params, TROUBLES) };
  if (kind === "damage") return { damage: one(params, DAMAGES) };
  return common(params, []);
}

type Read = (text: string, name: string) => [field: string, value: unknown];

const time = (text: string, name: string): number => {
  const ms = msOf(text);
  if (ms === null) throw new Misunderstood(`${name}=${text}: expected a time such as 50ms or 2s`);
  return ms;
};
const numeric = (text: string, name: string): number => {
  const value = Number(text);
  if (text === "" || !Number.isFinite(value)) throw new Misunderstood(`${name}=${text}: expected a number`);
  return value;
};
/** Signed, for clocks. */
const offset = (text: string, name: string): number =>
  text.startsWith("-") ? -time(text.slice(1), name) : time(text.replace(/^\+/, ""), name);
const pair = (text: string): readonly [string, string] => {
  const [left = "", right = ""] = text.split("/");
  return [left, right];
};

const PARAMS: { readonly [name: string]: Read } = {
  mode: (text) => ["mode", text],
  flap: (text, name) => {
    const [on, off] = pair(text);
    return ["flap", { onMs: time(on, name), offMs: time(off, name) }];
  },
  signal: (text) => ["signal", text.toUpperCase().replace(/^(?!SIG)/, "SIG")],
  latency: (text, name) => ["latencyMs", time(text, name)],
  jitter: (text, name) => ["jitterMs", time(text, name)],
  distribution: (text) => ["distribution", text],
  bytes: (text, name) => ["bytesPerSecond", numeric(text.replace(/k$/, "000").replace(/M$/, "000000"), name)],
  by: (text, name) => ["delayMs", time(text, name)],
  probability: (text, name) => ["probability", numeric(text, name)],
  loss: (text, name) => ["loss", numeric(text, name)],
  duplicate: (text, name) => ["duplicate", numeric(text, name)],
  reorder: (text, name) => ["reorder", numeric(text, name)],
  up: (text, name) => ["upMs", time(text, name)],
  down: (text, name) => ["downMs", time(text, name)],
  gap: (text, name) => ["gapMs", time(text, name)],
  share: (text, name) => ["cpuShare", numeric(text, name)],
};

type Choice = { readonly [name: string]: (text: string, name: string) => object };

/** Exactly one of the choices. */
function one(params: Params, choices: Choice): object {
  const [given, ...more] = params;
  const read = given === undefined ? undefined : choices[given[0]];
  if (given === undefined || read === undefined || more.length > 0)
    throw new Misunderstood(
      `expected one of ${Object.keys(choices).join(", ")}${given === undefined ? "" : `, got ${[...params.keys()].join(" ")}`}`,
    );
  return read(given[1], given[0]);
}

const SKEWS: Choice = {
  bump: (text, name) => ({ is: "bump", offsetMs: offset(text, name) }),
  strobe: (text, name) => {
    const [by, every] = pair(text);
    return { is: "strobe", offsetMs: offset(by, name), periodMs: time(every, name) };
  },
  rate: (text, name) => ({ is: "rate", rate: numeric(text, name) }),
};

const TROUBLES: Choice = {
  full: () => ({ is: "full" }),
  "read-only": () => ({ is: "read-only" }),
  slow: (text, name) => {
    const [on, by] = pair(text);
    return { is: "slow", on, delayMs: time(by, name) };
  },
  errors: (text, name) => {
    const [on, probability] = pair(text);
    return { is: "errors", on, ...(probability === "" ? {} : { probability: numeric(probability, name) }) };
  },
};

const DAMAGES: Choice = {
  "lose-unsynced": () => ({ is: "lose-unsynced" }),
  torn: () => ({ is: "torn" }),
  flip: (text, name) => ({ is: "flip", ...(text === "" ? {} : { bits: numeric(text, name) }) }),
  truncate: (text, name) => ({ is: "truncate", bytes: numeric(text, name) }),
};
