/** Clients with random transactions at the leader of a cluster under the scheduler, and a nemesis; all from a seed. */

import type { TxnEvent } from "../../../checker/isolation/history/events.js";
import { createCore } from "../../../src/replica/protocol/core.js";
import { draw } from "../../../src/replica/protocol/draw.js";
import type { Core, Members } from "../../../src/replica/protocol/protocol.js";
import { Simulation } from "../../../src/replica/protocol/simulate.js";
import type { Json, LeaderConfig, MicroOp, Reply, Request } from "../../../src/replica/wire.js";
import { RandomFaults } from "../../../src/hunt/random-faults.js";

export interface TxnRunOptions {
  readonly protocol: LeaderConfig;
  readonly seed: number;
  readonly workload: TxnWorkload;
  readonly durationMs?: number;
  /** false: messages are late, but nothing breaks. */
  readonly faults?: boolean;
  /** true: a transaction of one `r` or `w` is sent as a plain read or write. */
  readonly singles?: boolean;
  readonly createCore?: (members: Members) => Core;
}

export interface TxnWorkload {
  readonly keys: readonly string[];
  /** What a client asks next; `value` is another one each time. */
  readonly next: (pick: (label: string) => number, value: () => number) => readonly MicroOp[];
  /** One transaction before all others. */
  readonly first?: readonly MicroOp[];
}

export interface TxnRun {
  /** As a client's history has them; the last transaction reads all keys after all faults have ended. */
  readonly events: readonly TxnEvent[];
  /** What single nodes held, at random moments of the run, and then of each node in the end: key -> [value]. */
  readonly dumps: readonly Dump[];
  readonly lastDumps: readonly Dump[];
  readonly counts: { readonly [what: string]: number };
}

export type Dump = { readonly [key: string]: readonly Json[] };

const NODES = ["n1", "n2", "n3"];
const CLIENTS = 6;
const CLIENT_TIMEOUT_MS = 400;
const SETTLE_MS = 6000;

export function txnRun(options: TxnRunOptions): TxnRun {
  return new Run(options).run();
}

class Run {
  readonly #options: TxnRunOptions;
  readonly #sim: Simulation;
  readonly #durationMs: number;
  readonly #faults: RandomFaults;
  readonly #events: TxnEvent[] = [];
  readonly #dumps: Dump[] = [];
  readonly #counts: { [what: string]: number } = {};
  #draws = 0;
  #values = 0;
  #processes = 0;

  constructor(options: TxnRunOptions) {
    this.#options = options;
    this.#durationMs = options.durationMs ?? 800;
    const trouble = options.faults === false ? 0 : 0.1;
    this.#sim = new Simulation({
      seed: options.seed,
      nodes: NODES,
      createCore: options.createCore ?? ((members) => createCore(options.protocol, members)),
      latencyMs: [0.1, 10],
      lossRate: trouble * this.#draw("loss"),
      duplicateRate: trouble * this.#draw("duplicate"),
      diskMs: [0.1, 1],
      clockSkewMs: 0,
    });
    this.#faults = new RandomFaults({
      sim: this.#sim,
      nodes: NODES,
      durationMs: this.#durationMs,
      draw: (label) => this.#draw(label),
      count: (what) => this.#count(what),
    });
  }

  run(): TxnRun {
    const { workload, faults } = this.#options;
    if (workload.first !== undefined) this.#finish(workload.first);
    for (let client = 0; client < CLIENTS; client++) this.#client(this.#processes++);
    if (faults !== false) this.#faults.begin();
    this.#look();
    this.#sim.runUntil(this.#durationMs);
    this.#faults.repairAll();
    this.#sim.runUntil(this.#sim.nowMs + SETTLE_MS);
    this.#finish(workload.keys.map((key) => ["r", key, null]));
    const lastDumps = NODES.map((node) => this.#dumpOf(this.#ask(node, { op: "dump" })));
    return { events: this.#events, dumps: this.#dumps, lastDumps, counts: this.#counts };
  }

  #client(process: number): void {
    if (this.#sim.nowMs >= this.#durationMs) return;
    const again = (next: number): void => this.#sim.after(8 * this.#draw("think"), () => this.#client(next));
    if (!this.#sim.isUp(this.#options.protocol.leader)) return again(process);
    const pick = (label: string): number => this.#draw(label);
    const ops = this.#options.workload.next(pick, () => ++this.#values);
    let open = true;
    const end = (reply: Reply | null): void => {
      if (!open) return;
      open = false;
      // H2 info-is-final: a process whose transaction has an unknown end is never seen again.
      again(this.#record(process, ops, reply) === "info" ? this.#processes++ : process);
    };
    this.#event(process, "invoke", ops);
    const single = this.#options.singles === true ? singleOf(ops) : null;
    if (single === null) this.#sim.request(this.#options.protocol.leader, { op: "txn", ops }, end);
    else this.#sim.request(this.#options.protocol.leader, single, (reply) => end(asTxn(ops, reply)));
    this.#sim.after(CLIENT_TIMEOUT_MS, () => end(null));
  }

  #record(process: number, ops: readonly MicroOp[], reply: Reply | null): string {
    const name = reply === null ? "timeout" : reply.ok ? "ok" : reply.error;
    this.#count(name);
    const type = name === "ok" ? "ok" : name === "timeout" || name === "partial" ? "info" : "fail";
    this.#event(process, type, reply?.ok ? reply.value : ops);
    return type;
  }

  #event(process: number, type: string, value: Json): void {
    this.#events.push({ index: this.#events.length, time: this.#sim.nowMs * 1e6, process, type, f: "txn", value });
  }

  /** What a node holds, now and again. */
  #look(): void {
    if (this.#sim.nowMs >= this.#durationMs) return;
    const node = NODES[Math.floor(NODES.length * this.#draw("looked at"))]!;
    if (this.#sim.isUp(node)) {
      this.#sim.request(node, { op: "dump" }, (reply) => void this.#dumps.push(this.#dumpOf(reply)));
    }
    this.#sim.after(15 * this.#draw("look"), () => this.#look());
  }

  #finish(ops: readonly MicroOp[]): void {
    const process = this.#processes++;
    this.#event(process, "invoke", ops);
    this.#record(process, ops, this.#ask(this.#options.protocol.leader, { op: "txn", ops }));
  }

  #ask(node: string, request: Request): Reply | null {
    let answer: Reply | null = null;
    this.#sim.request(node, request, (reply) => (answer = reply));
    this.#sim.runUntil(this.#sim.nowMs + CLIENT_TIMEOUT_MS);
    return answer;
  }

  #dumpOf(reply: Reply | null): Dump {
    if (!reply?.ok) throw new Error("a node does not dump");
    return reply.value as Dump;
  }

  #count(what: string): void {
    this.#counts[what] = (this.#counts[what] ?? 0) + 1;
  }

  #draw(label: string): number {
    return draw(this.#options.seed, this.#draws++, `test ${label}`);
  }
}

/** Of each transaction that put elements into several lists: in this dump all of them, or none. */
export function isWhole(events: readonly TxnEvent[], dump: Dump): boolean {
  return events
    .filter(({ type }) => type === "invoke")
    .map(({ value }) => (value as [string, string, Json][]).filter(([f]) => f === "append"))
    .every((appends) => {
      const there = appends.filter(([, key, value]) => (dump[key]?.[0] as Json[] | undefined)?.includes(value));
      return there.length === 0 || there.length === appends.length;
    });
}

function singleOf(ops: readonly MicroOp[]): Request | null {
  const [op, ...others] = ops;
  if (others.length > 0 || (op?.[0] !== "r" && op?.[0] !== "w")) return null;
  const [f, key, value] = op;
  return f === "r" ? { op: "read", key } : { op: "write", key, value };
}

function asTxn(ops: readonly MicroOp[], reply: Reply): Reply {
  if (!reply.ok) return reply;
  return { ok: true, value: ops.map((op) => (op[0] === "r" ? ["r", op[1], reply.value] : op)) };
}

/** Reads and appends, one to four of them, on few keys. */
export function listAppend(keys: readonly string[]): TxnWorkload {
  return workload(keys, (key, isRead, value) => (isRead ? ["r", key, null] : ["append", key, value()]));
}

/** Reads and writes. */
export function readWrite(keys: readonly string[]): TxnWorkload {
  return workload(keys, (key, isRead, value) => (isRead ? ["r", key, null] : ["w", key, value()]));
}

function workload(
  keys: readonly string[],
  op: (key: string, isRead: boolean, value: () => number) => MicroOp,
): TxnWorkload {
  return {
    keys,
    next: (pick, value) => {
      const length = 1 + Math.floor(4 * pick("length"));
      return Array.from({ length }, () => op(keys[Math.floor(keys.length * pick("key"))]!, pick("f") < 0.5, value));
    },
  };
}
