/**
 * A leaderless cluster under the scheduler, with clients that read, write and delete as kvtest's own do, and the faults
 * that a test chooses. What comes out is a history, for the real checkers.
 */

import { type Seeds, sorted } from "./seeds.js";
import { checkConvergence, checkStaleness, type HistoryEvent, Pairing } from "../../../checker/index.js";
import type { BugName } from "../../../src/replica/protocol/bugs.js";
import { createCore } from "../../../src/replica/protocol/core.js";
import { draw } from "../../../src/replica/protocol/draw.js";
import { Simulation, type SimulationOptions } from "../../../src/replica/protocol/simulate.js";
import type { Json, QuorumConfig, Reply, Request } from "../../../src/replica/wire.js";

export type Breakage = "kill" | "kill between effects" | "pause" | "cut" | "isolate" | "heal";
export const ALL_FAULTS: readonly Breakage[] = ["kill", "kill between effects", "pause", "cut", "isolate", "heal"];
export const WITHOUT_KILLS: readonly Breakage[] = ["pause", "cut", "isolate", "heal"];

export interface DynamoRunOptions {
  readonly protocol: QuorumConfig;
  readonly seed: number;
  readonly nodes?: number;
  readonly keys?: number;
  /** After so long other keys take the place of these; default: never. */
  readonly keyLifeMs?: number;
  readonly clients?: number;
  /** Parts of the operations; the others read. */
  readonly writes?: number;
  readonly deletes?: number;
  readonly cas?: number;
  /** A client asks this node only; default: any. */
  readonly homes?: readonly string[];
  readonly faults?: readonly Breakage[];
  readonly everyMs?: number;
  readonly durationMs?: number;
  readonly settleMs?: number;
  /** Every key is read at every node in the end, which repairs what read repair can. */
  readonly finalReads?: boolean;
  readonly network?: Partial<SimulationOptions>;
  readonly bug?: BugName;
  /** Called once the cluster is up, for a test to do something of its own. */
  readonly also?: (sim: Simulation) => void;
}

export interface DynamoRun {
  readonly events: readonly HistoryEvent[];
  readonly counts: { readonly [what: string]: number };
  readonly healths: readonly Json[];
}

const CLIENT_TIMEOUT_MS = 300;
/** Rounds of reads in the end: a repair can be lost. */
const FINAL_ROUNDS = 3;

class Dynamo {
  readonly #options: DynamoRunOptions;
  readonly #sim: Simulation;
  readonly #nodes: readonly string[];
  readonly #keys = new Set<string>();
  readonly #durationMs: number;
  readonly #events: HistoryEvent[] = [];
  readonly #counts: { [what: string]: number } = {};
  #draws = 0;
  #values = 0;
  #processes = 0;

  constructor(options: DynamoRunOptions) {
    this.#options = options;
    this.#nodes = Array.from({ length: options.nodes ?? 5 }, (_, i) => `n${i + 1}`);
    this.#durationMs = options.durationMs ?? 1500;
    const trouble = options.faults === undefined ? 0 : 0.1;
    this.#sim = new Simulation({
      seed: options.seed,
      nodes: this.#nodes,
      createCore: (members) =>
        createCore(options.protocol, options.bug === undefined ? members : { ...members, bug: options.bug }),
      latencyMs: [0.1, 10],
      lossRate: trouble * this.#draw("loss"),
      duplicateRate: trouble * this.#draw("duplicate"),
      diskMs: [0.1, 3],
      clockSkewMs: 0,
      ...options.network,
    });
  }

  run(): DynamoRun {
    const { clients = 4, faults, settleMs = 4000, finalReads = false, also } = this.#options;
    also?.(this.#sim);
    for (let client = 0; client < clients; client++) this.#client(this.#processes++, new Map());
    if (faults !== undefined) this.#break(faults);
    this.#sim.runUntil(this.#durationMs);
    this.#repairAll();
    this.#sim.runUntil(this.#sim.nowMs + settleMs);
    if (finalReads) this.#readAll();
    for (const node of this.#nodes) this.#look(node);
    const healths = this.#nodes.map((node) => {
      const reply = this.#ask(node, { op: "health" });
      return reply?.ok === true ? reply.value : null;
    });
    return { events: this.#events, counts: this.#counts, healths };
  }

  #client(process: number, contexts: Map<string, Json>): void {
    if (this.#sim.nowMs >= this.#durationMs) return;
    const node = this.#pick("node", this.#options.homes ?? this.#nodes);
    if (!this.#sim.isUp(node)) {
      this.#sim.after(10, () => this.#client(process, contexts));
      return;
    }
    const request = this.#someRequest(contexts);
    this.#record(process, "invoke", request, node);
    let open = true;
    const end = (reply: Reply | null): void => {
      if (!open) return;
      open = false;
      const type = this.#complete(process, request, reply, node);
      if (reply?.ok === true && reply.context !== undefined) contexts.set(request.key, reply.context);
      const next = type === "info" ? this.#processes++ : process;
      this.#sim.after(10 * this.#draw("think"), () => this.#client(next, type === "info" ? new Map() : contexts));
    };
    this.#sim.request(node, request, end);
    this.#sim.after(CLIENT_TIMEOUT_MS, () => end(null));
  }

  #someRequest(contexts: ReadonlyMap<string, Json>): Asked {
    const { writes = 0.5, deletes = 0, cas = 0 } = this.#options;
    const { keys = 6, keyLifeMs = Number.POSITIVE_INFINITY } = this.#options;
    const key = `k${Math.floor(keys * this.#draw("key"))}-${Math.floor(this.#sim.nowMs / keyLifeMs)}`;
    this.#keys.add(key);
    const f = this.#draw("f");
    if (f < writes) {
      const context = contexts.get(key);
      const write = { op: "write", key, value: ++this.#values } as const;
      return context === undefined ? write : { ...write, context };
    }
    if (f < writes + deletes) return { op: "write", key, value: null, delete: true };
    if (f < writes + deletes + cas) {
      const back = Math.floor(4 * this.#draw("from"));
      return { op: "cas", key, from: Math.max(1, this.#values - back), to: ++this.#values };
    }
    return { op: "read", key };
  }

  #record(process: number, type: "invoke" | "ok" | "fail" | "info", request: Asked | Look, node: string, value?: Json) {
    const given = request.op === "write" ? request.value : request.op === "cas" ? [request.from, request.to] : null;
    this.#events.push({
      index: this.#events.length,
      time: Math.round(this.#sim.nowMs * 1e6),
      process,
      type,
      f: request.op,
      key: request.op === "dump" ? null : request.key,
      value: value ?? given,
      node,
    });
  }

  #complete(process: number, request: Asked | Look, reply: Reply | null, node: string): "ok" | "fail" | "info" {
    const name = reply === null ? "timeout" : reply.ok ? "ok" : reply.error;
    const what = request.op === "write" && request.delete === true ? "delete" : request.op;
    this.#counts[`${what} ${name}`] = (this.#counts[`${what} ${name}`] ?? 0) + 1;
    if (reply?.ok === true) {
      const reads = request.op === "read" || request.op === "dump";
      if (reply.siblings !== undefined) this.#counts["siblings"] = (this.#counts["siblings"] ?? 0) + 1;
      this.#record(process, "ok", request, node, reads ? reply.value : undefined);
      return "ok";
    }
    const never = request.op === "read" || request.op === "dump" || ["mismatch", "no-quorum"].includes(name);
    this.#record(process, never ? "fail" : "info", request, node);
    return never ? "fail" : "info";
  }

  #break(faults: readonly Breakage[]): void {
    const sim = this.#sim;
    if (sim.nowMs >= this.#durationMs) return;
    const node = this.#pick("victim", this.#nodes);
    const forMs = 30 + 300 * this.#draw("for");
    const fault = this.#pick("fault", faults);
    this.#counts[fault] = (this.#counts[fault] ?? 0) + 1;
    if (fault === "kill" || fault === "kill between effects") {
      if (fault === "kill") sim.crash(node);
      else sim.crashAfterEffects(node, Math.floor(8 * this.#draw("fuse")));
      const restart = (): void => {
        if (sim.nowMs >= this.#durationMs) return;
        if (sim.isUp(node)) sim.after(20, restart);
        else sim.start(node);
      };
      sim.after(forMs, restart);
    } else if (fault === "pause") {
      sim.pause(node);
      sim.after(forMs, () => sim.resume(node));
    } else if (fault === "cut") sim.cut(node, this.#pick("other", this.#nodes));
    else if (fault === "heal") sim.heal();
    else {
      for (const far of this.#nodes) {
        sim.cut(node, far);
        sim.cut(far, node);
      }
    }
    const { everyMs = 95 } = this.#options;
    sim.after(everyMs * (0.2 + 1.6 * this.#draw("pause")), () => this.#break(faults));
  }

  #repairAll(): void {
    this.#sim.heal();
    for (const node of this.#nodes) {
      this.#sim.resume(node);
      this.#sim.crashAfterEffects(node, Number.POSITIVE_INFINITY);
      this.#sim.start(node);
    }
  }

  #readAll(): void {
    for (let round = 0; round < FINAL_ROUNDS; round++) {
      for (const node of this.#nodes) {
        for (const key of this.#keys) {
          const process = this.#processes++;
          this.#record(process, "invoke", { op: "read", key }, node);
          this.#complete(process, { op: "read", key }, this.#ask(node, { op: "read", key }), node);
        }
      }
    }
  }

  #look(node: string): void {
    const process = this.#processes++;
    this.#record(process, "invoke", { op: "dump" }, node);
    this.#complete(process, { op: "dump" }, this.#ask(node, { op: "dump" }), node);
  }

  #ask(node: string, request: Request): Reply | null {
    const answers: Reply[] = [];
    this.#sim.request(node, request, (reply) => answers.push(reply));
    for (let waited = 0; waited < CLIENT_TIMEOUT_MS && answers.length === 0; waited += 5) {
      this.#sim.runUntil(this.#sim.nowMs + 5);
    }
    return answers[0] ?? null;
  }

  #pick<T>(label: string, from: readonly T[]): T {
    return from[Math.floor(from.length * this.#draw(label))]!;
  }

  #draw(label: string): number {
    return draw(this.#options.seed, this.#draws++, `dynamo ${label}`);
  }
}

type Asked = Extract<Request, { readonly op: "read" | "write" | "cas" }>;
type Look = { readonly op: "dump" };

export const dynamoRun = (options: DynamoRunOptions): DynamoRun => new Dynamo(options).run();

function historyOf({ events }: DynamoRun) {
  const pairing = new Pairing();
  for (const event of events) {
    const problem = pairing.add(event);
    if (problem !== null) throw new Error(problem);
  }
  return pairing.history();
}

/** Do the replicas of every key agree, is no acknowledged write lost, did nothing come from nowhere? */
export function converges(run: DynamoRun, replicas?: number): boolean {
  const options = { patienceMs: 0, ...(replicas === undefined ? {} : { replicas }) };
  return checkConvergence(historyOf(run), options).valid === "valid";
}

/** Does every read return a value that was not already replaced when it began? */
export const fresh = (run: DynamoRun): boolean => checkStaleness(historyOf(run)).valid === "valid";

/**
 * Does every read see the acknowledged writes that ended before it began, or what may be newer? Less than fresh: a write
 * that nobody acknowledged may be seen by one read and missed by the next. For runs without deletes and cas.
 */
export function seesAcknowledged(run: DynamoRun): boolean {
  const { operations } = historyOf(run);
  const writes = operations.filter(({ f, type }) => f === "write" && type !== "fail");
  const endOf = (key: string | null, value: Json): number => {
    if (value === null) return -1;
    const write = writes.find((each) => each.key === key && each.value === value);
    return write?.type === "ok" && write.completed !== null ? write.completed : Number.POSITIVE_INFINITY;
  };
  return operations.every((read) => {
    if (read.f !== "read" || read.type !== "ok") return true;
    const end = endOf(read.key, read.result);
    const missed = (write: (typeof writes)[number]): boolean =>
      write.key === read.key && write.type === "ok" && (write.completed ?? 0) < read.invoked && end < write.invoked;
    return !writes.some(missed);
  });
}

/** The first seed that gives a run without the property; null: none of so many. */
export function caughtAt(
  runs: number,
  options: Omit<DynamoRunOptions, "seed">,
  holds: (run: DynamoRun) => boolean,
): number | null {
  for (let seed = 1; seed <= runs; seed++) if (!holds(dynamoRun({ ...options, seed }))) return seed;
  return null;
}

/** Which seeds give a run that has a property. */
export const seedsWhere = (
  runs: number,
  options: Omit<DynamoRunOptions, "seed">,
  holds: (run: DynamoRun) => boolean,
): Seeds => sorted(runs, (seed) => dynamoRun({ ...options, seed }), holds);
