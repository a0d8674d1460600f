/**
 * A cluster of the reference store under the deterministic scheduler: clients, faults and delays are drawn from one
 * seed, so that what a seed shows it shows again. Its history has the form of any other, for the same checkers.
 */

import type { HistoryEvent, OpEvent } from "../../checker/index.js";
import type { BugName } from "../replica/protocol/bugs.js";
import { createCore } from "../replica/protocol/core.js";
import { draw } from "../replica/protocol/draw.js";
import { Simulation, type SimulationOptions } from "../replica/protocol/simulate.js";
import type { Json, ProtocolConfig, Reply, Request } from "../replica/wire.js";
import { type FaultsRecipe, RandomFaults } from "./random-faults.js";
import { type ClientRequest, readCompletion, SimulatedClients } from "./simulated-clients.js";

/** What runs, and what breaks; all but the seed. */
export interface Recipe {
  readonly protocol: ProtocolConfig;
  /** How many; default 3. */
  readonly nodes?: number;
  /** How many keys the clients use: few, and operations meet; many, and what is lost is not written over. Default 2. */
  readonly keys?: number;
  /** How long the clients run, in virtual ms; default 1500. */
  readonly durationMs?: number;
  /** Of a client: how long it waits for one operation, and how long it rests at most before the next, ms. */
  readonly clientTimeoutMs?: number;
  readonly thinkMs?: number;
  /** "none": messages are late, but nothing breaks. */
  readonly faults?: FaultsRecipe | "none";
  readonly network?: Partial<SimulationOptions>;
  /** Mean time between two changes of who votes (raft), ms; absent: none. */
  readonly changeEveryMs?: number;
  /** Mean time between two jumps of a node's wall clock, ms; absent: none. */
  readonly jumpEveryMs?: number;
}

export interface SimulatedOptions extends Recipe {
  readonly seed: number;
  readonly bug?: BugName;
  readonly trace?: (line: string) => void;
}

export interface SimulatedRun {
  readonly events: readonly HistoryEvent[];
  /** Of each node, after all faults ended: key -> values. */
  readonly dumps: readonly { readonly [key: string]: readonly Json[] }[];
  /** Operations and their answers ("write partial"), faults, changes. */
  readonly counts: { readonly [what: string]: number };
  /** After healing, could whatever was tried be read and written? */
  readonly progressed: boolean;
}

const CLIENTS = 4;
/** Longer than anything that replicas do by themselves takes. */
const SETTLE_MS = 3000;
/** After the last operations, until what they repaired is repaired, and all know what is committed. */
const REPAIRED_MS = 500;
const ANSWER_MS = 300;
const LAST_MS = 3000;

export const simulate = (options: SimulatedOptions): SimulatedRun => new Simulated(options).run();

class Simulated {
  readonly #options: SimulatedOptions;
  readonly #sim: Simulation;
  readonly #nodes: readonly string[];
  readonly #keys: readonly string[];
  readonly #durationMs: number;
  readonly #events: HistoryEvent[] = [];
  readonly #counts: { [what: string]: number } = {};
  readonly #faults: RandomFaults | null;
  readonly #clients: SimulatedClients;
  #draws = 0;
  #values = 0;
  #faultIds = 0;

  constructor(options: SimulatedOptions) {
    this.#options = options;
    const { protocol, seed, bug, trace, nodes = 3, keys = 2, durationMs = 1500, faults = {} } = options;
    this.#nodes = Array.from({ length: nodes }, (_, i) => `n${i + 1}`);
    this.#keys = Array.from({ length: keys }, (_, i) => `k${i}`);
    this.#durationMs = durationMs;
    const trouble = faults === "none" ? 0 : 0.1;
    this.#sim = new Simulation({
      seed,
      nodes: this.#nodes,
      createCore: (members) => createCore(protocol, bug === undefined ? members : { ...members, bug }),
      latencyMs: [0.1, 10],
      lossRate: trouble * this.#draw("loss"),
      duplicateRate: trouble * this.#draw("duplicate"),
      diskMs: [0.1, 3],
      clockSkewMs: 0,
      ...(trace === undefined ? {} : { trace }),
      ...options.network,
    });
    const world = {
      sim: this.#sim,
      nodes: this.#nodes,
      draw: (label: string) => this.#draw(label),
      count: (what: string) => this.#count(what),
    };
    const began = this.#faultBegan.bind(this);
    this.#faults = faults === "none" ? null : new RandomFaults({ ...world, ...faults, durationMs, began });
    this.#clients = new SimulatedClients({ ...world, protocol, tell: (event) => this.#tell(event) });
  }

  run(): SimulatedRun {
    const { protocol, changeEveryMs, jumpEveryMs, clientTimeoutMs, thinkMs = 10 } = this.#options;
    // The first leader is elected in peace; all others are not.
    if (protocol.mode === "raft") this.#sim.runUntil(2 * protocol.electionTimeoutMs[1] * this.#draw("calm"));
    this.#clients.begin(CLIENTS, {
      untilMs: this.#durationMs,
      timeoutMs: clientTimeoutMs ?? (protocol.mode === "raft" ? 400 : 300),
      thinkMs,
      next: () => this.#someRequest(),
    });
    this.#faults?.begin();
    if (changeEveryMs !== undefined) this.#every(changeEveryMs, "change", () => this.#changeVoters());
    if (jumpEveryMs !== undefined) this.#every(jumpEveryMs, "jump", () => this.#jump());
    this.#sim.runUntil(this.#durationMs);
    this.#faults?.repairAll();
    this.#sim.stopLosing();
    this.#sim.runUntil(this.#sim.nowMs + SETTLE_MS);
    const progressed = this.#readAndWrite();
    this.#sim.runUntil(this.#sim.nowMs + REPAIRED_MS);
    const dumps = this.#askAtLast(this.#nodes.map((node) => ({ node, request: { op: "dump" } })));
    // What every core answers to `dump`.
    const states = dumps.map((reply) => (reply?.ok === true ? reply.value : {}) as SimulatedRun["dumps"][number]);
    return { events: this.#events, dumps: states, counts: this.#counts, progressed };
  }

  #someRequest(): ClientRequest {
    const { protocol } = this.#options;
    const key = this.#pick("key", this.#keys);
    const f = this.#draw("f");
    if (f < 0.5) return { op: "read", key };
    if (f < 0.8 || protocol.mode === "abd") return { op: "write", key, value: ++this.#values };
    // One of the latest values, so that a good part of them succeeds.
    const back = Math.floor(4 * this.#draw("from"));
    return { op: "cas", key, from: Math.max(1, this.#values - back), to: ++this.#values };
  }

  /** All keys, where anybody answers at every node at once; a key that nothing was done to, so that nothing is mended. */
  #readAndWrite(): boolean {
    const reads = this.#keys.map((key) => ({ op: "read", key }) as const);
    const { protocol } = this.#options;
    if (protocol.mode === "raft" || protocol.mode === "leader") {
      const last: ClientRequest[] = [
        { op: "write", key: "last", value: ++this.#values },
        { op: "read", key: "last" },
      ];
      const requests = [...reads.slice(0, 2), ...last];
      return this.#clients.inTurn(requests, LAST_MS) === requests.length;
    }
    const answers = this.#askAtLast(this.#nodes.flatMap((node) => reads.map((request) => ({ node, request }))));
    return answers.every((reply) => reply?.ok === true);
  }

  /** All at once; in the order in which they are asked, the answers. */
  #askAtLast(
    asked: readonly { readonly node: string; readonly request: Request & { readonly op: "read" | "dump" } }[],
  ): readonly (Reply | undefined)[] {
    const answers = new Map<number, Reply>();
    const open = asked.map(({ node, request }) => {
      const process = this.#clients.process();
      const spoken = { process, f: request.op, key: request.op === "read" ? request.key : null, node };
      this.#tell({ ...spoken, type: "invoke", value: null });
      this.#sim.request(node, request, (reply) => void answers.set(process, reply));
      return spoken;
    });
    this.#sim.runUntil(this.#sim.nowMs + ANSWER_MS);
    return open.map((spoken) => {
      const reply = answers.get(spoken.process);
      this.#tell({ ...spoken, ...readCompletion(reply ?? "timeout") });
      return reply;
    });
  }

  #changeVoters(): void {
    const change = this.#draw("add") < 0.5 ? "add" : "remove";
    const request: Request = { op: "voters", change, node: this.#pick("voter", this.#nodes) };
    for (const node of this.#nodes) {
      if (!this.#sim.isUp(node)) continue;
      this.#sim.request(node, request, (reply) => this.#count(`${change} ${reply.ok ? "ok" : reply.error}`));
    }
  }

  #jump(): void {
    this.#count("jump");
    this.#sim.jumpClock(this.#pick("clock", this.#nodes), 2000 * this.#draw("by") - 1000);
  }

  #every(meanMs: number, label: string, action: () => void): void {
    this.#sim.after(2 * meanMs * this.#draw(`${label} when`), () => {
      if (this.#sim.nowMs >= this.#durationMs) return;
      action();
      this.#every(meanMs, label, action);
    });
  }

  #faultBegan(f: string, nodes: readonly string[]): () => void {
    const fault = `f${this.#faultIds++}`;
    const tell = (phase: "begin" | "end"): void => {
      const common = { index: this.#events.length, time: this.#timeNs(), process: "nemesis", type: "info" } as const;
      this.#events.push({ ...common, f, phase, fault, value: { nodes } });
    };
    tell("begin");
    return () => tell("end");
  }

  #tell(event: Omit<OpEvent, "index" | "time">): void {
    this.#events.push({ index: this.#events.length, time: this.#timeNs(), ...event });
  }

  #timeNs(): number {
    return Math.round(this.#sim.nowMs * 1e6);
  }

  #count(what: string): void {
    this.#counts[what] = (this.#counts[what] ?? 0) + 1;
  }

  #pick<T>(label: string, from: readonly T[]): T {
    const picked = from[Math.floor(from.length * this.#draw(label))];
    if (picked === undefined) throw new Error(`nothing to pick for ${label}`);
    return picked;
  }

  #draw(label: string): number {
    return draw(this.#options.seed, this.#draws++, `client ${label}`);
  }
}
