/**
 * A run in progress, as far as its files tell: its history is read as it grows, and nothing else knows that somebody
 * looks. The run's folder is the only thing that this shares with it.
 */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { type FaultEvent, isFault, type Json } from "../../checker/history/event.js";
import { Pairing } from "../../checker/history/pair.js";
import { isRawEvent, parseEvent } from "../../checker/history/parse.js";
import { OnlineRegister } from "../../checker/online/online.js";
import { checkStaleness } from "../../checker/staleness/staleness.js";
import { FILES } from "../archive/archive.js";
import type { RunConfig } from "../config/config.js";
import { describeDone, describeRecord } from "../report/fault-words.js";
import type { Live, LiveFault, LiveNode } from "../report/live.js";
import { cut } from "../report/words.js";
import { isRegister } from "../workload/options.js";
import { lastLineOf, Tail } from "./tail.js";

/** Of longer histories the stale reads are counted at the end only. */
const COUNTED_EVENTS_MAX = 300_000;
const RECENT_S = 5;

export class LiveRun {
  readonly #dir: string;
  readonly #config: RunConfig;
  readonly #tail: Tail;
  readonly #pairing = new Pairing();
  readonly #online: OnlineRegister | null;
  readonly #counts = { ok: 0, fail: 0, info: 0, invoke: 0 };
  readonly #perSecond = { ok: [] as number[], fail: [] as number[], info: [] as number[] };
  readonly #ends = new Map<string, FaultEvent>();
  readonly #begins: FaultEvent[] = [];
  readonly #answers = new Map<string, number[]>();
  #events = 0;
  #lastNs = 0;
  #dumps = false;
  #violation: string | null = null;
  #stale: Live["stale"] = null;
  /** Counting takes longer the longer the history is: the next time waits ten times as long as the last one took. */
  #countAfterMs = 0;

  constructor(dir: string, config: RunConfig) {
    this.#dir = dir;
    this.#config = config;
    this.#tail = new Tail(join(dir, FILES.history));
    this.#online = isRegister(config.workload) ? new OnlineRegister() : null;
  }

  /** Reads on, and says how things stand. */
  async look(nowMs: number): Promise<Live> {
    for (const line of await this.#tail.lines()) this.#take(line);
    this.#countStale(nowMs);
    const { ok, fail, info, invoke } = this.#counts;
    return {
      events: this.#events,
      seconds: this.#lastNs / 1e9,
      limitSeconds: this.#config.timeLimitMs / 1000,
      counts: { ok, fail, info, open: Math.max(0, invoke - ok - fail - info) },
      perSecond: this.#perSecond,
      faults: this.#begins.map((begin) => this.#faultOf(begin)),
      nodes: await Promise.all(this.#config.nodes.map((name) => this.#nodeOf(name))),
      stale: this.#stale,
      violation: this.#violation,
      phase: this.#phase(),
    };
  }

  #phase(): Live["phase"] {
    if (existsSync(join(this.#dir, FILES.verdict))) return "over";
    if (this.#dumps) return "checking";
    return this.#lastNs / 1e6 < this.#config.timeLimitMs ? "running" : "healed";
  }

  #take(line: string): void {
    const raw = rawOf(line);
    if (raw === null) return;
    const expected = { index: this.#events, hasIndex: true, dense: true, hasTime: true, time: this.#lastNs };
    const parsed = parseEvent(raw, expected);
    this.#events++;
    // A line that is no event is for the check at the end to complain about.
    if (parsed.is !== "event") return;
    const { event } = parsed;
    this.#lastNs = Math.max(this.#lastNs, event.time);
    if (this.#pairing.add(event) !== null) return;
    if (isFault(event)) {
      if (event.phase === "begin") this.#begins.push(event);
      else this.#ends.set(event.fault, event);
      return;
    }
    if (event.f === "dump") {
      this.#dumps = true;
      return;
    }
    this.#counts[event.type]++;
    if (event.type !== "invoke") {
      const seconds = this.#perSecond[event.type];
      const at = Math.min(100_000, Math.floor(event.time / 1e9));
      for (const each of Object.values(this.#perSecond)) while (each.length <= at) each.push(0);
      seconds[at] = (seconds[at] ?? 0) + 1;
    }
    if (event.type === "ok" && event.node !== undefined) {
      const times = this.#answers.get(event.node) ?? [];
      times.push(event.time);
      this.#answers.set(event.node, times);
    }
    this.#violation ??= this.#online?.push(event)?.because ?? null;
  }

  #countStale(nowMs: number): void {
    if (this.#online === null || this.#events > COUNTED_EVENTS_MAX) {
      this.#stale = null;
      return;
    }
    if (nowMs < this.#countAfterMs) return;
    const began = process.cpuUsage();
    const { details } = checkStaleness(this.#pairing.history());
    const { user, system } = process.cpuUsage(began);
    this.#countAfterMs = nowMs + (user + system) / 100;
    this.#stale = { stale: details.stale, reads: details.reads };
  }

  #faultOf(begin: FaultEvent): LiveFault {
    const end = this.#ends.get(begin.fault);
    return {
      id: cut(begin.fault, 20),
      kind: cut(begin.f, 30),
      from: begin.time / 1e9,
      to: end === undefined ? null : end.time / 1e9,
      what: cut(describeDone(begin.f, begin.value) || describeRecord(begin.value), 300),
    };
  }

  async #nodeOf(name: string): Promise<LiveNode> {
    const active = this.#begins.filter((begin) => !this.#ends.has(begin.fault) && touches(begin.value, name));
    const times = (this.#answers.get(name) ?? []).filter((time) => time > this.#lastNs - RECENT_S * 1e9);
    this.#answers.set(name, times);
    const said = await lastLineOf(join(this.#dir, "logs", `${name}.log`));
    return {
      name: cut(name, 60),
      trouble: active.map(({ f, fault }) => `${cut(f, 30)} (${cut(fault, 20)})`).join(", "),
      answers: times.length,
      said: cut(said === null ? "" : wordsOf(said), 160),
    };
  }
}

/** Whether what was done names that node: as one of its nodes, or as an end of one of its links. */
const touches = (done: Json, name: string): boolean =>
  done === name ||
  (Array.isArray(done)
    ? done.some((each: Json) => touches(each, name))
    : done !== null &&
      typeof done === "object" &&
      Object.entries(done).some(([key, each]) => key === name || touches(each, name)));

const rawOf = (line: string): Parameters<typeof parseEvent>[0] | null => {
  try {
    const parsed: unknown = JSON.parse(line);
    return isRawEvent(parsed) ? parsed : null;
  } catch {
    return null;
  }
};

/** A line of pino's, or anything else as it is. */
const wordsOf = (line: string): string => {
  const raw = rawOf(line);
  const message = raw?.["msg"];
  return typeof message === "string" ? message : line;
};
