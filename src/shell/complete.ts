/** What the Tab key may put at the end of a line. Pure. */

import { WORDS } from "./command.js";

export interface Known {
  readonly nodes: readonly string[];
  /** Keys that were asked for or seen. */
  readonly keys: Iterable<string>;
}

const OF_NODES: ReadonlySet<string> = new Set(["at", "kill", "start", "pause", "resume", "dump", "partition"]);
const OF_KEYS: ReadonlySet<string> = new Set(["get", "put", "cas", "del"]);

/** As readline wants it: the completions, and the part of the line that they replace. */
export function complete(line: string, { nodes, keys }: Known): [completions: string[], part: string] {
  const [name = "", ...rest] = line.trimStart().split(/\s+/);
  if (rest.length === 0) return [starting(name, Object.keys(WORDS)).map((word) => `${word} `), name];
  if (OF_NODES.has(name)) {
    // Of "n1,n" the last name is the one that is not finished.
    const part = rest.at(-1)?.split(/[,|]/).at(-1) ?? "";
    return [starting(part, name === "dump" ? [...nodes, "all"] : nodes), part];
  }
  const [key = ""] = rest;
  return rest.length === 1 && OF_KEYS.has(name) ? [starting(key, [...keys]), key] : [[], line];
}

const starting = (part: string, among: readonly string[]): string[] => among.filter((word) => word.startsWith(part));
