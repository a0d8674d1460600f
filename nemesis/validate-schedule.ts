/** A schedule that was read from a file: untrusted JSON -> faults, or every problem with its place. */

import {
  type AnyShape,
  CLIENTS,
  CUT_MODES,
  type Damage,
  type DiskTrouble,
  DISTRIBUTIONS,
  type Fault,
  FAULT_KINDS,
  type FaultKind,
  type Flap,
  type Grudge,
  type LinkName,
  type PacketEffects,
  PARTITION_SHAPES,
  type Skew,
  type TimedFault,
  type Who,
} from "./fault.js";
import { type Fields, isRecord, JsonReader, type Problem } from "./json-reader.js";
import type { Schedule } from "./schedule.js";

/**
 * Takes a list of faults, or an object whose `faults` is one (as in `faults.json`). Missing ids become f1, f2, ... in
 * order of time; the faults come back in that order. With `nodes` the names must be among them.
 */
export function validateSchedule(json: unknown, nodes?: readonly string[]): Schedule {
  const list = isRecord(json) ? json["faults"] : json;
  if (!Array.isArray(list)) return { ok: false, problems: ["a schedule is a list of faults, or { faults: [...] }"] };
  const problems: Problem[] = [];
  const read = list.map((item: unknown, i) => readTimedFault(item, `faults[${i}]`, { problems, nodes: nodes ?? null }));
  const named = numbered(read.filter((fault) => fault !== null));
  for (const id of twice(named.map(({ id }) => id))) problems.push({ at: "id", text: `"${id}" is there twice` });
  return problems.length > 0
    ? { ok: false, problems: problems.map(({ at, text }) => `${at}: ${text}`) }
    : { ok: true, faults: named };
}

export type Unnamed = Omit<TimedFault, "id"> & { readonly id: string | null };

/** In order of time; those without a name are called by their place in it. */
export const numbered = (faults: readonly Unnamed[]): readonly TimedFault[] =>
  faults.toSorted((a, b) => a.atMs - b.atMs).map((fault, i) => ({ ...fault, id: fault.id ?? `f${i + 1}` }));

export const twice = (names: readonly string[]): ReadonlySet<string> =>
  new Set(names.filter((name, i) => names.indexOf(name) !== i));

interface Reading {
  readonly problems: Problem[];
  /** Names that nodes may have; null: any. */
  readonly nodes: readonly string[] | null;
}

export function readTimedFault(json: unknown, at: string, reading: Reading): Unnamed | null {
  const reader = new FaultReader(reading);
  if (!isRecord(json)) return reader.wrong(at, json, "an object");
  const id = json["id"] === undefined ? null : reader.text(json["id"], `${at}.id`);
  const atMs = reader.ms(json["atMs"], `${at}.atMs`);
  const forMs = reader.ms(json["forMs"], `${at}.forMs`);
  const after = reader.optional(json["after"], (text) => reader.oneOf(["election"], text, `${at}.after`));
  const fault = reader.fault(json["fault"], `${at}.fault`);
  if (atMs === null || forMs === null || fault === null || after === null) return null;
  return { id, atMs, forMs, ...after("after"), fault };
}

/** A fault alone, as `fault` of a saved one. */
export const readFault = (json: unknown, at: string, reading: Reading): Fault | null =>
  new FaultReader(reading).fault(json, at);

const SHAPES: readonly AnyShape[] = [...PARTITION_SHAPES, "by-hand"];

type ReadOf<K extends FaultKind> = (json: Fields, at: string) => Extract<Fault, { readonly f: K }> | null;

class FaultReader extends JsonReader {
  readonly #nodes: readonly string[] | null;

  constructor({ problems, nodes }: Reading) {
    super(problems);
    this.#nodes = nodes;
  }

  fault(json: unknown, at: string): Fault | null {
    if (!isRecord(json)) return this.wrong(at, json, "an object");
    const f = FAULT_KINDS.find((kind) => kind === json["f"]);
    if (f === undefined) return this.wrong(`${at}.f`, json["f"], `one of ${FAULT_KINDS.join(", ")}`);
    const known = FIELDS[f];
    for (const name of Object.keys(json))
      if (name !== "f" && !known.includes(name))
        this.tell(`${at}.${name}`, `${f} has no such field, only ${known.join(", ")}`);
    return this.#readers[f](json, at);
  }

  readonly #readers: { readonly [K in FaultKind]: ReadOf<K> } = {
    partition: (json, at) => {
      const shape = SHAPES.find((name) => name === json["shape"]);
      if (shape === undefined) this.wrong(`${at}.shape`, json["shape"], `one of ${SHAPES.join(", ")}`);
      const grudge = this.#grudge(json["grudge"], `${at}.grudge`);
      const mode = this.optional(json["mode"], (text) => this.oneOf(CUT_MODES, text, `${at}.mode`));
      const flap = this.#flap(json, at);
      if (shape === undefined || grudge === null || mode === null || flap === null) return null;
      return { f: "partition", shape, grudge, ...mode("mode"), ...flap("flap") };
    },
    kill: (json, at) => {
      const [who, signal] = [this.#who(json, at), this.#signal(json, at)];
      return who === null || signal === null ? null : { f: "kill", who, ...signal("signal") };
    },
    pause: (json, at) => {
      const [who, flap] = [this.#who(json, at), this.#flap(json, at)];
      return who === null || flap === null ? null : { f: "pause", who, ...flap("flap") };
    },
    delay: (json, at) => {
      const links = this.#links(json, at);
      const latencyMs = this.ms(json["latencyMs"], `${at}.latencyMs`);
      const jitterMs = this.ms(json["jitterMs"], `${at}.jitterMs`);
      const distribution = this.optional(json["distribution"], (text) =>
        this.oneOf(DISTRIBUTIONS, text, `${at}.distribution`),
      );
      return links === null || latencyMs === null || jitterMs === null || distribution === null
        ? null
        : { f: "delay", links, latencyMs, jitterMs, ...distribution("distribution") };
    },
    bandwidth: (json, at) => {
      const links = this.#links(json, at);
      const bytesPerSecond = this.number(json["bytesPerSecond"], `${at}.bytesPerSecond`, { above: 0 });
      return links === null || bytesPerSecond === null ? null : { f: "bandwidth", links, bytesPerSecond };
    },
    "slow-close": (json, at) => {
      const [links, delayMs] = [this.#links(json, at), this.ms(json["delayMs"], `${at}.delayMs`)];
      return links === null || delayMs === null ? null : { f: "slow-close", links, delayMs };
    },
    corrupt: (json, at) => {
      const [links, probability] = [this.#links(json, at), this.share(json["probability"], `${at}.probability`)];
      return links === null || probability === null ? null : { f: "corrupt", links, probability };
    },
    packet: (json, at) => {
      const [links, effects] = [this.#links(json, at), this.#effects(json["effects"], `${at}.effects`)];
      return links === null || effects === null ? null : { f: "packet", links, effects };
    },
    "crash-loop": (json, at) => {
      const who = this.#who(json, at);
      const [upMs, downMs] = [this.ms(json["upMs"], `${at}.upMs`), this.ms(json["downMs"], `${at}.downMs`)];
      return who === null || upMs === null || downMs === null ? null : { f: "crash-loop", who, upMs, downMs };
    },
    rolling: (json, at) => {
      const who = this.#names(json["who"], `${at}.who`);
      const [downMs, gapMs] = [this.ms(json["downMs"], `${at}.downMs`), this.ms(json["gapMs"], `${at}.gapMs`)];
      const signal = this.#signal(json, at);
      return who === null || downMs === null || gapMs === null || signal === null
        ? null
        : { f: "rolling", who, downMs, gapMs, ...signal("signal") };
    },
    starve: (json, at) => {
      const who = this.#who(json, at);
      const cpuShare = this.number(json["cpuShare"], `${at}.cpuShare`, { above: 0, below: 1 });
      return who === null || cpuShare === null ? null : { f: "starve", who, cpuShare };
    },
    clock: (json, at) => {
      const [who, skew] = [this.#who(json, at), this.#skew(json["skew"], `${at}.skew`)];
      return who === null || skew === null ? null : { f: "clock", who, skew };
    },
    disk: (json, at) => {
      const [who, trouble] = [this.#who(json, at), this.#trouble(json["trouble"], `${at}.trouble`)];
      return who === null || trouble === null ? null : { f: "disk", who, trouble };
    },
    damage: (json, at) => {
      const [who, damage] = [this.#who(json, at), this.#damage(json["damage"], `${at}.damage`)];
      return who === null || damage === null ? null : { f: "damage", who, damage };
    },
    wipe: (json, at) => this.#only("wipe", json, at),
    remove: (json, at) => this.#only("remove", json, at),
    add: (json, at) => {
      // A node that is to be added is none of those that there are.
      const who = this.list(json["who"], `${at}.who`, (name, place) => this.text(name, place));
      return who === null ? null : { f: "add", who };
    },
    promote: (json, at) => {
      const who = this.#names(json["who"], `${at}.who`);
      return who === null ? null : { f: "promote", who };
    },
  };

  #only<K extends "wipe" | "remove">(f: K, json: Fields, at: string): { readonly f: K; readonly who: Who } | null {
    const who = this.#who(json, at);
    return who === null ? null : { f, who };
  }

  #who(json: Fields, at: string): Who | null {
    return json["who"] === "leader" ? "leader" : this.#names(json["who"], `${at}.who`);
  }

  #names(json: unknown, at: string): readonly string[] | null {
    return this.list(json, at, (name, place) => this.#node(name, place, false));
  }

  #signal(json: Fields, at: string) {
    return this.optional(json["signal"], (text) => this.oneOf(["SIGKILL", "SIGTERM"], text, `${at}.signal`));
  }

  #flap(json: Fields, at: string) {
    return this.optional(json["flap"], (flap) => this.#onOff(flap, `${at}.flap`));
  }

  #onOff(json: unknown, at: string): Flap | null {
    if (!isRecord(json)) return this.wrong(at, json, "{ onMs, offMs }");
    const above = { above: 0 };
    const [onMs, offMs] = [
      this.number(json["onMs"], `${at}.onMs`, above),
      this.number(json["offMs"], `${at}.offMs`, above),
    ];
    return onMs === null || offMs === null ? null : { onMs, offMs };
  }

  #effects(json: unknown, at: string): PacketEffects | null {
    const names = ["loss", "duplicate", "reorder"] as const;
    if (!isRecord(json) || !names.some((name) => json[name] !== undefined))
      return this.wrong(at, json, "some of { loss, duplicate, reorder }");
    const read = names.map(
      (name) => [name, this.optional(json[name], (share) => this.share(share, `${at}.${name}`))] as const,
    );
    if (read.some(([, share]) => share === null)) return null;
    return Object.assign({}, ...read.map(([name, share]) => share?.(name))) as PacketEffects;
  }

  #skew(json: unknown, at: string): Skew | null {
    const is = this.#is(json, at, ["bump", "strobe", "rate"] as const);
    if (is === null || !isRecord(json)) return null;
    if (is === "rate") {
      const rate = this.number(json["rate"], `${at}.rate`, { above: 0 });
      return rate === null ? null : { is, rate };
    }
    const offsetMs = this.number(json["offsetMs"], `${at}.offsetMs`, {});
    if (is === "bump") return offsetMs === null ? null : { is, offsetMs };
    const periodMs = this.number(json["periodMs"], `${at}.periodMs`, { above: 0 });
    return offsetMs === null || periodMs === null ? null : { is, offsetMs, periodMs };
  }

  #trouble(json: unknown, at: string): DiskTrouble | null {
    const is = this.#is(json, at, ["full", "read-only", "errors", "slow"] as const);
    if (is === null || !isRecord(json)) return null;
    if (is === "full" || is === "read-only") return { is };
    if (is === "slow") {
      const on = this.oneOf(["write", "fsync"] as const, json["on"], `${at}.on`);
      const delayMs = this.ms(json["delayMs"], `${at}.delayMs`);
      return on === null || delayMs === null ? null : { is, on, delayMs };
    }
    const on = this.oneOf(["read", "write", "fsync"] as const, json["on"], `${at}.on`);
    const probability = this.optional(json["probability"], (share) => this.share(share, `${at}.probability`));
    return on === null || probability === null ? null : { is, on, ...probability("probability") };
  }

  #damage(json: unknown, at: string): Damage | null {
    const is = this.#is(json, at, ["lose-unsynced", "torn", "flip", "truncate"] as const);
    if (is === null || !isRecord(json)) return null;
    if (is === "lose-unsynced" || is === "torn") return { is };
    if (is === "truncate") {
      const bytes = this.number(json["bytes"], `${at}.bytes`, { above: 0 });
      return bytes === null ? null : { is, bytes };
    }
    const bits = this.optional(json["bits"], (count) => this.number(count, `${at}.bits`, { above: 0 }));
    return bits === null ? null : { is, ...bits("bits") };
  }

  #is<const T extends string>(json: unknown, at: string, among: readonly T[]): T | null {
    return isRecord(json)
      ? this.oneOf(among, json["is"], `${at}.is`)
      : this.wrong(at, json, `{ is: ${among.join(" | ")}, ... }`);
  }

  #grudge(json: unknown, at: string): Grudge | "isolate-leader" | null {
    if (json === "isolate-leader") return json;
    if (!isRecord(json)) return this.wrong(at, json, `"isolate-leader" or { receiver: [sender, ...] }`);
    const entries: [string, readonly string[]][] = [];
    let whole = true;
    for (const [receiver, list] of Object.entries(json)) {
      const place = `${at}.${receiver}`;
      const name = this.#node(receiver, place, true);
      const senders = this.list(list, place, (sender, where) => this.#node(sender, where, true));
      if (senders?.includes(receiver)) this.tell(place, "a node always hears itself");
      if (name === null || senders === null) whole = false;
      else entries.push([name, senders]);
    }
    if (Object.keys(json).length === 0) this.tell(at, "cuts nothing");
    return whole ? Object.fromEntries(entries) : null;
  }

  #links(json: Fields, at: string): readonly LinkName[] | null {
    return this.list(json["links"], `${at}.links`, (link, place) => this.#link(link, place));
  }

  #link(json: unknown, at: string): LinkName | null {
    if (!isRecord(json)) return this.wrong(at, json, "{ from, to }");
    const from = this.#node(json["from"], `${at}.from`, true);
    const to = this.#node(json["to"], `${at}.to`, true);
    if (from !== null && from === to) this.tell(at, `"${from}" has no link to itself`);
    return from === null || to === null ? null : { from, to };
  }

  #node(json: unknown, at: string, clients: boolean): string | null {
    const name = this.text(json, at);
    if (name === null || this.#nodes === null || this.#nodes.includes(name) || (clients && name === CLIENTS))
      return name;
    return this.wrong(at, json, `one of ${this.#nodes.join(", ")}`);
  }
}

/** The fields of each kind beside `f`: another one is a slip of the pen, and would be ignored in silence. */
const FIELDS: { readonly [K in FaultKind]: readonly string[] } = {
  partition: ["shape", "grudge", "mode", "flap"],
  kill: ["who", "signal"],
  pause: ["who", "flap"],
  delay: ["links", "latencyMs", "jitterMs", "distribution"],
  bandwidth: ["links", "bytesPerSecond"],
  "slow-close": ["links", "delayMs"],
  corrupt: ["links", "probability"],
  packet: ["links", "effects"],
  "crash-loop": ["who", "upMs", "downMs"],
  rolling: ["who", "downMs", "gapMs", "signal"],
  starve: ["who", "cpuShare"],
  clock: ["who", "skew"],
  disk: ["who", "trouble"],
  damage: ["who", "damage"],
  wipe: ["who"],
  remove: ["who"],
  add: ["who"],
  promote: ["who"],
};
