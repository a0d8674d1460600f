/**
 * Schedules by hand: text, YAML or JSON -> timed faults, or every problem with its line. Pure.
 *
 *     at 2s partition n1 | n2,n3; at 5s heal      # text: statements, one a line or with ; between them
 *     at 6s kill leader for 2s
 *
 *     - at 2s partition n1 | n2,n3 for 3s         # YAML: a list of statements,
 *     - { at: 6s, for: 2s, kill: leader }         # of fields,
 *     - { atMs: 8000, forMs: 500, fault: { f: pause, who: [n2] } }   # or of faults as they are saved
 */

import { isMap, isNode, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import { type Fault, type FaultKind, FAULT_KINDS, type NodeName, type TimedFault } from "./fault.js";
import type { Problem } from "./json-reader.js";
import { faultOf, msOf } from "./script-words.js";
import { numbered, readFault, readTimedFault, twice, type Unnamed } from "./validate-schedule.js";

export interface ScriptOptions {
  readonly nodes: readonly NodeName[];
  /** Length of the run: faults that nothing ends last as long. Without it each needs an end. */
  readonly durationMs?: number;
  /** For words that leave open who is meant: a shape, `one`, `minority`. Default 0. */
  readonly seed?: number;
}

export interface ScriptProblem {
  /** From 1. */
  readonly line: number;
  readonly text: string;
}

export type Script =
  | { readonly ok: true; readonly faults: readonly TimedFault[] }
  | { readonly ok: false; readonly problems: readonly ScriptProblem[] };

export function readScript(text: string, options: ScriptOptions): Script {
  const reader = new ScriptReader(options);
  // A first word `at` is no YAML that anyone would mean: there it would be one long string.
  if (/^\s*(#.*\s*)*at\s/i.test(text)) {
    for (const [i, line] of text.split("\n").entries()) reader.statements(line.replace(/(^|\s)#.*$/, ""), i + 1);
  } else readYaml(text, reader);
  return reader.end();
}

function readYaml(text: string, reader: ScriptReader): void {
  const lines = new LineCounter();
  const lineOf = (node: unknown): number => (isNode(node) && node.range ? lines.linePos(node.range[0]).line : 1);
  const document = parseDocument(text, { lineCounter: lines });
  for (const { linePos, message } of document.errors)
    reader.tell(linePos?.[0].line ?? 1, (message.split("\n")[0] ?? message).replace(/ at line \d+.*$/, ""));
  if (document.errors.length > 0) return;
  const top = document.contents;
  const list = isMap(top) ? top.get("faults", true) : top;
  if (!isSeq(list)) {
    reader.tell(
      lineOf(list ?? top),
      'expected statements such as "at 2s kill leader", a list of faults, or { faults: [...] }',
    );
    return;
  }
  for (const item of list.items) {
    const line = lineOf(item);
    if (isScalar(item) && typeof item.value === "string") reader.statements(item.value, line);
    else if (isMap(item)) reader.fields(item.toJSON(), line, (at) => lineOf(nodeAt(item, at)));
    else reader.tell(line, 'expected "at 2s kill leader", or { at: 2s, kill: leader }');
  }
}

/** The innermost node that there is on the way of `item.fault.who[0]`. */
function nodeAt(item: Node, at: string): unknown {
  let node: unknown = item;
  for (const name of at.split(/[.[\]]+/).slice(1)) {
    const inner: unknown = isMap(node) ? node.get(name, true) : isSeq(node) ? node.get(Number(name), true) : undefined;
    if (!isNode(inner)) return node;
    node = inner;
  }
  return node;
}

/** A fault with no end so far. */
type Open = Unnamed & { readonly line: number; readonly endMs: number | null };

interface Ending {
  readonly atMs: number;
  readonly line: number;
  /** What is ended: everything, a kind, or what befell these nodes. */
  readonly kind: FaultKind | null;
  readonly nodes: readonly NodeName[] | null;
  readonly words: string;
}

class ScriptReader {
  readonly #options: ScriptOptions;
  readonly #problems: ScriptProblem[] = [];
  readonly #begun: Open[] = [];
  readonly #endings: Ending[] = [];

  constructor(options: ScriptOptions) {
    this.#options = options;
  }

  tell(line: number, text: string): void {
    this.#problems.push({ line, text });
  }

  statements(text: string, line: number): void {
    for (const statement of text.split(";").map((part) => part.trim()))
      if (statement !== "") this.#statement(statement, line);
  }

  /** { at, for, after, kill: leader } or { id, atMs, forMs, fault }. */
  fields(json: unknown, line: number, lineAt: (at: string) => number): void {
    const fields = json as { readonly [name: string]: unknown };
    if ("atMs" in fields || "fault" in fields) {
      const problems: Problem[] = [];
      const read = readTimedFault(json, "fault", { problems, nodes: this.#options.nodes });
      for (const { at, text } of problems) this.tell(lineAt(at), `${at.replace(/^fault\.?/, "") || "fault"}: ${text}`);
      if (read !== null) this.#begin(read, read.atMs + read.forMs, line);
      return;
    }
    const { at, for: lasting, after, ...acts } = fields;
    const [[verb, rest] = ["", ""], ...more] = Object.entries(acts);
    if (more.length > 0 || verb === "") {
      this.tell(line, `expected one fault beside at and for, got ${Object.keys(acts).join(", ") || "none"}`);
      return;
    }
    const waits = after === undefined ? "" : `after ${wordsOf(after)} `;
    const ends = lasting === undefined ? "" : ` for ${wordsOf(lasting)}`;
    this.#statement(`at ${wordsOf(at)} ${waits}${verb} ${wordsOf(rest)}${ends}`, line);
  }

  #statement(text: string, line: number): void {
    const match = /^at\s+(\S+)\s+(after\s+election\s+)?(\S+)(.*?)(?:\s+for\s+(\S+))?$/is.exec(text);
    const [, when = "", waits, verb = "", rest = "", lasting] = match ?? [];
    if (match === null) {
      this.tell(line, `"${text}": expected at TIME FAULT, such as "at 2s kill leader for 1s"`);
      return;
    }
    const [atMs, forMs] = [this.#time(when, line), lasting === undefined ? null : this.#time(lasting, line)];
    if (atMs === null || (lasting !== undefined && forMs === null)) return;
    if (ENDS.has(verb)) {
      if (forMs !== null) this.tell(line, `"${verb}" is done at once, it has no "for"`);
      this.#ending(verb, rest.trim(), atMs, line);
      return;
    }
    const index = this.#begun.length;
    const said = faultOf(verb, rest, { nodes: this.#options.nodes, seed: this.#options.seed ?? 0, index });
    if ("problem" in said) {
      this.tell(line, said.problem);
      return;
    }
    const fault = this.#checked(said.fault, line);
    if (fault === null) return;
    const after = waits === undefined ? {} : ({ after: "election" } as const);
    // Nothing is put back at the end of a promotion, so it needs none.
    const lastsMs = forMs ?? (fault.f === "promote" ? 0 : null);
    this.#begin({ id: null, atMs, forMs: 0, ...after, fault }, lastsMs === null ? null : atMs + lastsMs, line);
  }

  #checked(json: object, line: number): Fault | null {
    const problems: Problem[] = [];
    const fault = readFault(json, "fault", { problems, nodes: this.#options.nodes });
    for (const { at, text } of problems) this.tell(line, `${at.replace(/^fault\.?/, "") || "fault"}: ${text}`);
    return problems.length > 0 ? null : fault;
  }

  #begin(fault: Unnamed, endMs: number | null, line: number): void {
    const { durationMs } = this.#options;
    if (durationMs !== undefined && fault.atMs >= durationMs)
      this.tell(line, `begins at ${fault.atMs} ms, when the run of ${durationMs} ms is over`);
    this.#begun.push({ ...fault, line, endMs });
  }

  #ending(verb: string, rest: string, atMs: number, line: number): void {
    const kind = verb === "heal" ? (FAULT_KINDS.find((one) => one === rest) ?? null) : (ENDS.get(verb) ?? null);
    const names =
      kind !== null && verb === "heal" ? [] : rest.split(/[\s,]+/).filter((name) => name !== "" && name !== "all");
    const unknown = names.filter((name) => !this.#options.nodes.includes(name));
    if (unknown.length > 0)
      this.tell(
        line,
        `${verb} ${rest}: expected some of ${this.#options.nodes.join(", ")}${verb === "heal" ? ", or a kind of fault" : ""}`,
      );
    this.#endings.push({ atMs, line, kind, nodes: names.length === 0 ? null : names, words: `${verb} ${rest}`.trim() });
  }

  #time(text: string, line: number): number | null {
    const ms = msOf(text);
    if (ms === null) this.tell(line, `"${text}" is no time; expected 2s, 500ms or 1m`);
    return ms;
  }

  /** Gives every fault its end, which may be said by a later line. */
  end(): Script {
    const ended = new Map<Open, number>();
    for (const ending of this.#endings.toSorted((a, b) => a.atMs - b.atMs)) {
      const meant = this.#begun.filter((fault) => !ended.has(fault) && fault.endMs === null && isMeant(ending, fault));
      if (meant.length === 0) this.tell(ending.line, `"${ending.words}" ends nothing: no fault is open then`);
      for (const fault of meant) ended.set(fault, ending.atMs);
    }
    const { durationMs } = this.#options;
    const faults = this.#begun.map(({ line, endMs, ...fault }, i) => {
      const at = this.#begun[i];
      const end = endMs ?? (at === undefined ? undefined : ended.get(at)) ?? durationMs;
      if (end === undefined) this.tell(line, `${fault.fault.f} has no end; say "for 2s", or heal it later`);
      return { ...fault, forMs: Math.max(0, (end ?? fault.atMs) - fault.atMs) };
    });
    const named = numbered(faults);
    for (const id of twice(named.map(({ id }) => id))) this.tell(1, `two faults are called ${id}`);
    return this.#problems.length > 0
      ? { ok: false, problems: this.#problems.toSorted((a, b) => a.line - b.line) }
      : { ok: true, faults: named };
  }
}

/** A field as it would stand in a statement. */
const wordsOf = (json: unknown): string =>
  json === null || json === undefined
    ? ""
    : Array.isArray(json)
      ? json.join(",")
      : typeof json === "string" || typeof json === "number"
        ? String(json)
        : JSON.stringify(json);

/** Words that end faults, and the kind that they end; null: all that is open, or what is named. */
const ENDS: ReadonlyMap<string, FaultKind | null> = new Map([
  ["heal", null],
  ["start", "kill"],
  ["resume", "pause"],
]);

function isMeant({ atMs, kind, nodes }: Ending, { atMs: begun, fault }: Open): boolean {
  if (begun >= atMs || (kind !== null && fault.f !== kind)) return false;
  return (
    nodes === null || ("who" in fault && fault.who !== "leader" && fault.who.every((node) => nodes.includes(node)))
  );
}
