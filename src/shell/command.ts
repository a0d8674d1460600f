/** One line of the shell -> what to do, or what is wrong with it. Pure. */

import type { Json } from "../../checker/index.js";

export type Command =
  | { readonly is: "nothing" }
  | { readonly is: "get" | "del"; readonly key: string }
  | { readonly is: "put"; readonly key: string; readonly value: Json }
  | { readonly is: "cas"; readonly key: string; readonly from: Json; readonly to: Json }
  /** null: of the node that the shell is at; "all": of every one. */
  | { readonly is: "dump"; readonly node: string | null }
  | { readonly is: "nodes" | "heal" | "help" | "quit" }
  | { readonly is: "kill" | "start" | "pause" | "resume" | "at"; readonly node: string }
  | { readonly is: "partition"; readonly groups: readonly (readonly string[])[] }
  /** 0: none. */
  | { readonly is: "delay" | "wait"; readonly ms: number };

export type Parsed =
  | { readonly ok: true; readonly command: Command }
  | { readonly ok: false; readonly problem: string };

interface Word {
  /** As it is written. */
  readonly form: string;
  readonly does: string;
  readonly parse: (rest: string, nodes: readonly string[]) => Parsed;
}

const MS_MAX = 600_000;

/** The shell's words; also what its help says, and what it completes. */
export const WORDS: { readonly [word: string]: Word } = {
  get: { form: "get k", does: "read a key", parse: keyed("get") },
  put: { form: "put k v", does: "write it; v is JSON, or text as it stands", parse: put },
  cas: { form: "cas k a b", does: "write b if the key holds a", parse: cas },
  del: { form: "del k", does: "write null: what a key reads as that was never written", parse: keyed("del") },
  dump: { form: "dump [node|all]", does: "what this node holds itself, or another one, or each", parse: dump },
  nodes: { form: "nodes", does: "who there is, who is up, and what is cut", parse: alone("nodes") },
  at: { form: "at n2", does: "go to another node", parse: ofNode("at") },
  partition: {
    form: "partition a,b | c",
    does: "cut the groups off from each other; who is not named is a group of its own",
    parse: partition,
  },
  heal: { form: "heal", does: "no partition and no delay any more", parse: alone("heal") },
  delay: { form: "delay ms", does: "bytes between nodes take so long; 0: none", parse: timed("delay") },
  kill: { form: "kill n2", does: "SIGKILL", parse: ofNode("kill") },
  start: { form: "start n2", does: "start it again", parse: ofNode("start") },
  pause: { form: "pause n2", does: "SIGSTOP", parse: ofNode("pause") },
  resume: { form: "resume n2", does: "SIGCONT", parse: ofNode("resume") },
  wait: { form: "wait ms", does: "do nothing for so long", parse: timed("wait") },
  help: { form: "help", does: "this list", parse: alone("help") },
  quit: { form: "quit", does: "leave; the cluster stays up", parse: alone("quit") },
};

/** `nodes`: the names that there are. An empty line and a # with what follows it say nothing. */
export function parseCommand(line: string, nodes: readonly string[]): Parsed {
  const text = line.trim();
  if (text === "" || text.startsWith("#")) return { ok: true, command: { is: "nothing" } };
  const [name = ""] = text.split(/\s/, 1);
  const asked = name === "exit" ? "quit" : name;
  const word = Object.hasOwn(WORDS, asked) ? WORDS[asked] : undefined;
  if (word === undefined) return problem(`${name}: no such command; there are ${Object.keys(WORDS).join(", ")}`);
  return word.parse(text.slice(name.length).trim(), nodes);
}

const problem = (words: string): Parsed => ({ ok: false, problem: words });
const right = (command: Command): Parsed => ({ ok: true, command });

const usage = (name: string): Parsed => problem(`expected: ${WORDS[name]?.form ?? name}`);

function alone(is: "nodes" | "heal" | "help" | "quit") {
  return (rest: string): Parsed => (rest === "" ? right({ is }) : usage(is));
}

function keyed(is: "get" | "del") {
  return (rest: string): Parsed => (/^\S+$/.test(rest) ? right({ is, key: rest }) : usage(is));
}

function timed(is: "delay" | "wait") {
  return (rest: string): Parsed => {
    const ms = Number(rest.replace(/ms$/, ""));
    if (rest === "" || !Number.isFinite(ms) || ms < 0) return usage(is);
    return ms > MS_MAX ? problem(`${is} ${rest}: at most ${MS_MAX} ms`) : right({ is, ms });
  };
}

function ofNode(is: "kill" | "start" | "pause" | "resume" | "at") {
  return (rest: string, nodes: readonly string[]): Parsed => {
    if (rest === "") return usage(is);
    return nodes.includes(rest) ? right({ is, node: rest }) : problem(unknownNode(rest, nodes));
  };
}

const unknownNode = (name: string, nodes: readonly string[]): string =>
  `${name}: no such node; there are ${nodes.join(", ")}`;

function dump(rest: string, nodes: readonly string[]): Parsed {
  if (rest === "") return right({ is: "dump", node: null });
  return rest === "all" || nodes.includes(rest)
    ? right({ is: "dump", node: rest })
    : problem(`${unknownNode(rest, nodes)}, or all`);
}

function put(rest: string): Parsed {
  const match = /^(\S+)\s+(.+)$/.exec(rest);
  if (match === null) return usage("put");
  const [, key = "", value = ""] = match;
  return right({ is: "put", key, value: valueOf(value) });
}

function cas(rest: string): Parsed {
  const [key, from, to, ...more] = valuesIn(rest);
  if (key === undefined || from === undefined || to === undefined || more.length > 0) return usage("cas");
  return right({ is: "cas", key, from: valueOf(from), to: valueOf(to) });
}

function partition(rest: string, nodes: readonly string[]): Parsed {
  const named = rest.split("|").map((group) => group.split(/[\s,]+/).filter((name) => name !== ""));
  const names = named.flat();
  if (names.length === 0 || named.some((group) => group.length === 0)) return usage("partition");
  const unknown = names.find((name) => !nodes.includes(name));
  if (unknown !== undefined) return problem(unknownNode(unknown, nodes));
  if (new Set(names).size < names.length) return problem("a node is on one side only");
  const others = nodes.filter((name) => !names.includes(name));
  const groups = others.length === 0 ? named : [...named, others];
  return groups.length < 2
    ? problem("that cuts nobody off: all nodes are on one side")
    : right({ is: "partition", groups });
}

/** JSON where it is JSON, otherwise the text as it stands. */
function valueOf(text: string): Json {
  try {
    // Whatever parses is JSON.
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

/** Words apart by blanks; blanks inside of quotes, braces and brackets belong to the word. */
function valuesIn(text: string): readonly string[] {
  return text.match(/\{[^}]*\}|\[[^\]]*\]|"(?:[^"\\]|\\.)*"|\S+/g) ?? [];
}
