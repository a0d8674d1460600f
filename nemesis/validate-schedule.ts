/** A schedule that was read from a file: untrusted JSON -> faults, or every problem with its place. */

import { CLIENTS, type Fault, FAULT_KINDS, type Grudge, PARTITION_SHAPES, type TimedFault, type Who } from "./fault.js";
import type { Schedule } from "./schedule.js";

/**
 * Takes a list of faults, or an object whose `faults` is one (as in `faults.json`). Missing ids become f1, f2, ... in
 * order of time; the faults come back in that order. With `nodes` the names must be among them.
 */
export function validateSchedule(json: unknown, nodes?: readonly string[]): Schedule {
  const list = isRecord(json) ? json["faults"] : json;
  if (!Array.isArray(list)) return { ok: false, problems: ["a schedule is a list of faults, or { faults: [...] }"] };
  const reader = new Reader(nodes ?? null);
  const read = list.map((item: unknown, i) => reader.timed(item, `faults[${i}]`));
  const faults = read.filter((fault) => fault !== null).sort((a, b) => a.atMs - b.atMs);
  const named = faults.map((fault, i) => ({ ...fault, id: fault.id ?? `f${i + 1}` }));
  const seen = new Set<string>();
  for (const { id } of named) {
    if (seen.has(id)) reader.problems.push(`id: "${id}" is there twice`);
    seen.add(id);
  }
  return reader.problems.length > 0 ? { ok: false, problems: reader.problems } : { ok: true, faults: named };
}

type Unnamed = Omit<TimedFault, "id"> & { readonly id: string | null };

/** Reads what it can and keeps every problem, so that one pass shows all of them. */
class Reader {
  readonly problems: string[] = [];
  readonly #nodes: readonly string[] | null;

  constructor(nodes: readonly string[] | null) {
    this.#nodes = nodes;
  }

  timed(json: unknown, at: string): Unnamed | null {
    if (!isRecord(json)) return this.#wrong(at, json, "an object");
    const id = json["id"] === undefined ? null : this.#text(json["id"], `${at}.id`);
    const atMs = this.#ms(json["atMs"], `${at}.atMs`);
    const forMs = this.#ms(json["forMs"], `${at}.forMs`);
    const fault = this.#fault(json["fault"], `${at}.fault`);
    return atMs === null || forMs === null || fault === null ? null : { id, atMs, forMs, fault };
  }

  #fault(json: unknown, at: string): Fault | null {
    if (!isRecord(json)) return this.#wrong(at, json, "an object");
    const f = FAULT_KINDS.find((kind) => kind === json["f"]);
    if (f === undefined) return this.#wrong(`${at}.f`, json["f"], `one of ${FAULT_KINDS.join(", ")}`);
    if (f === "partition") return this.#partition(json, at);
    if (f === "delay") return this.#delay(json, at);
    if (f !== "kill" && f !== "pause") return this.#wrong(`${at}.f`, f, "a fault that a file can hold yet");
    const who = this.#who(json["who"], `${at}.who`);
    return who === null ? null : { f, who };
  }

  #partition(json: Fields, at: string): Fault | null {
    const shape = PARTITION_SHAPES.find((name) => name === json["shape"]);
    if (shape === undefined) this.#wrong(`${at}.shape`, json["shape"], `one of ${PARTITION_SHAPES.join(", ")}`);
    const grudge = this.#grudge(json["grudge"], `${at}.grudge`);
    return shape === undefined || grudge === null ? null : { f: "partition", shape, grudge };
  }

  #delay(json: Fields, at: string): Fault | null {
    const links = this.#list(json["links"], `${at}.links`, (link, place) => this.#link(link, place));
    const latencyMs = this.#ms(json["latencyMs"], `${at}.latencyMs`);
    const jitterMs = this.#ms(json["jitterMs"], `${at}.jitterMs`);
    return links === null || latencyMs === null || jitterMs === null
      ? null
      : { f: "delay", links, latencyMs, jitterMs };
  }

  #who(json: unknown, at: string): Who | null {
    if (json === "leader") return json;
    return this.#list(json, at, (name, place) => this.#node(name, place, false));
  }

  #grudge(json: unknown, at: string): Grudge | "isolate-leader" | null {
    if (json === "isolate-leader") return json;
    if (!isRecord(json)) return this.#wrong(at, json, `"isolate-leader" or { receiver: [sender, ...] }`);
    const entries: [string, readonly string[]][] = [];
    let whole = true;
    for (const [receiver, list] of Object.entries(json)) {
      const place = `${at}.${receiver}`;
      const name = this.#node(receiver, place, true);
      const senders = this.#list(list, place, (sender, where) => this.#node(sender, where, true));
      if (senders?.includes(receiver)) this.problems.push(`${place}: a node always hears itself`);
      if (name === null || senders === null) whole = false;
      else entries.push([name, senders]);
    }
    if (Object.keys(json).length === 0) this.problems.push(`${at}: cuts nothing`);
    return whole ? Object.fromEntries(entries) : null;
  }

  #link(json: unknown, at: string): { from: string; to: string } | null {
    if (!isRecord(json)) return this.#wrong(at, json, "{ from, to }");
    const from = this.#node(json["from"], `${at}.from`, true);
    const to = this.#node(json["to"], `${at}.to`, true);
    if (from !== null && from === to) this.problems.push(`${at}: "${from}" has no link to itself`);
    return from === null || to === null ? null : { from, to };
  }

  #list<T>(json: unknown, at: string, read: (item: unknown, at: string) => T | null): T[] | null {
    if (!Array.isArray(json) || json.length === 0) return this.#wrong(at, json, "a list with something in it");
    const items = json.map((item: unknown, i) => read(item, `${at}[${i}]`)).filter((item) => item !== null);
    if (new Set(items.map((item) => JSON.stringify(item))).size !== items.length)
      this.problems.push(`${at}: an entry is there twice`);
    return items.length === json.length ? items : null;
  }

  #node(json: unknown, at: string, clients: boolean): string | null {
    const name = this.#text(json, at);
    if (name === null || this.#nodes === null || this.#nodes.includes(name) || (clients && name === CLIENTS))
      return name;
    return this.#wrong(at, json, `one of ${this.#nodes.join(", ")}`);
  }

  #text(json: unknown, at: string): string | null {
    return typeof json === "string" && json !== "" ? json : this.#wrong(at, json, "a name");
  }

  #ms(json: unknown, at: string): number | null {
    const fits = typeof json === "number" && Number.isFinite(json) && json >= 0;
    return fits ? json : this.#wrong(at, json, "a number of milliseconds, 0 or more");
  }

  #wrong(at: string, value: unknown, expected: string): null {
    this.problems.push(`${at}: ${value === undefined ? "nothing" : JSON.stringify(value)} is not ${expected}`);
    return null;
  }
}

type Fields = { readonly [name: string]: unknown };

const isRecord = (json: unknown): json is Fields => typeof json === "object" && json !== null && !Array.isArray(json);
