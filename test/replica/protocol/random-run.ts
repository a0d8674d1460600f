/** A cluster under the scheduler, with clients and a nemesis that are drawn from a seed. */

import type { BugName } from "../../../src/replica/protocol/bugs.js";
import { createCore } from "../../../src/replica/protocol/core.js";
import { draw } from "../../../src/replica/protocol/draw.js";
import { Simulation, type SimulationOptions } from "../../../src/replica/protocol/simulate.js";
import type { Json, ProtocolConfig, Reply, Request } from "../../../src/replica/wire.js";
import type { RegisterOp } from "./linearizable.js";
import { RandomFaults } from "./random-faults.js";

export interface RandomRunOptions {
  readonly protocol: ProtocolConfig;
  readonly seed: number;
  readonly nodes?: number;
  readonly durationMs?: number;
  /** false: messages are late, but nothing breaks. */
  readonly faults?: boolean;
  readonly network?: Partial<SimulationOptions>;
  /** Kinds of faults to draw from; default: the usual ones. */
  readonly kinds?: readonly string[];
  /** Planted into every node. */
  readonly bug?: BugName;
  readonly trace?: (line: string) => void;
}

export interface RandomRun {
  readonly operations: readonly RegisterOp[];
  /** Of each node, after all faults ended and every key was read at every node: key -> values. */
  readonly dumps: readonly { readonly [key: string]: readonly Json[] }[];
  readonly counts: { readonly [what: string]: number };
  /** Final reads: every key at every node that would answer. */
  readonly finalReads: readonly Reply[];
}

const KEYS = ["x", "y"];
const CLIENTS = 4;
const CLIENT_TIMEOUT_MS = 300;
/** Enough for the slowest resend of the leader, some of them lost. */
const SETTLE_MS = 6000;

/** Do all replicas hold the same? */
export function agree({ dumps }: RandomRun): boolean {
  const texts = dumps.map((dump) => JSON.stringify(Object.entries(dump).sort(([a], [b]) => (a < b ? -1 : 1))));
  return new Set(texts).size === 1;
}

export function randomRun(options: RandomRunOptions): RandomRun {
  return new Run(options).run();
}

class Run {
  readonly #options: RandomRunOptions;
  readonly #sim: Simulation;
  readonly #nodes: readonly string[];
  readonly #operations: RegisterOp[] = [];
  readonly #counts: { [what: string]: number } = {};
  readonly #durationMs: number;
  readonly #faults: RandomFaults;
  #draws = 0;
  #values = 0;
  /** Who leads, as somebody last told. */
  #leader: string;

  constructor(options: RandomRunOptions) {
    this.#options = options;
    this.#nodes = Array.from({ length: options.nodes ?? 3 }, (_, i) => `n${i + 1}`);
    this.#durationMs = options.durationMs ?? 1500;
    this.#leader = options.protocol.mode === "leader" ? options.protocol.leader : "n1";
    const trouble = options.faults === false ? 0 : 0.1;
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
      ...(options.trace === undefined ? {} : { trace: options.trace }),
      ...options.network,
    });
    this.#faults = new RandomFaults({
      sim: this.#sim,
      nodes: this.#nodes,
      durationMs: this.#durationMs,
      draw: (label) => this.#draw(label),
      count: (what) => this.#count(what),
      ...(options.kinds === undefined ? {} : { faults: options.kinds }),
    });
  }

  run(): RandomRun {
    for (let client = 0; client < CLIENTS; client++) this.#client();
    if (this.#options.faults !== false) this.#faults.begin();
    this.#sim.runUntil(this.#durationMs);
    this.#faults.repairAll();
    this.#settle();
    const finalReads = this.#finalReads();
    const dumps = this.#nodes.map((node) => {
      const reply = this.#ask(node, { op: "dump" });
      if (!reply?.ok) throw new Error(`${node} does not dump`);
      return reply.value as RandomRun["dumps"][number];
    });
    return { operations: this.#operations, dumps, counts: this.#counts, finalReads };
  }

  #client(): void {
    if (this.#sim.nowMs >= this.#durationMs) return;
    const again = (): void => this.#sim.after(10 * this.#draw("think"), () => this.#client());
    const node = this.#someNode();
    const request = this.#someRequest();
    if (!this.#sim.isUp(node)) {
      this.#count("refused");
      this.#sim.after(10, () => this.#client());
      return;
    }
    const invokedMs = this.#sim.nowMs;
    let open = true;
    const end = (reply: Reply | null): void => {
      if (!open) return;
      open = false;
      this.#record(request, reply, invokedMs);
      again();
    };
    this.#sim.request(node, request, end);
    this.#sim.after(CLIENT_TIMEOUT_MS, () => end(null));
  }

  #record(request: ClientRequest, reply: Reply | null, invokedMs: number): void {
    const completedMs = this.#sim.nowMs;
    const name = reply === null ? "timeout" : reply.ok ? "ok" : reply.error;
    this.#count(`${request.op} ${name}`);
    if (reply?.ok === false && reply.leader !== undefined) this.#leader = reply.leader;
    if (name === "not-leader" || name === "no-quorum") return;
    const { key } = request;
    const type = name === "ok" || name === "mismatch" ? name : "info";
    const times = { type, key, invokedMs, completedMs } as const;
    if (request.op === "read") {
      const value = reply?.ok ? (reply.value as number | null) : null;
      this.#operations.push({ f: "read", value, ...times });
    } else if (request.op === "write") this.#operations.push({ f: "write", value: request.value, ...times });
    else this.#operations.push({ f: "cas", value: request.to, from: request.from, ...times });
  }

  #someNode(): string {
    const { protocol } = this.#options;
    const leaderAsked = this.#draw("leader") < 0.7;
    const isFixed = protocol.mode === "leader" && protocol.failover === undefined;
    if (protocol.mode === "leader" && (leaderAsked || (isFixed && protocol.readFrom === "leader"))) return this.#leader;
    return this.#pick("node", this.#nodes);
  }

  #someRequest(): ClientRequest {
    const key = this.#pick("key", KEYS);
    const f = this.#draw("f");
    if (f < 0.5) return { op: "read", key };
    if (f < 0.8 || this.#options.protocol.mode === "abd") return { op: "write", key, value: ++this.#values };
    // One of the latest values, so that a good part of them succeeds.
    const back = Math.floor(4 * this.#draw("from"));
    return { op: "cas", key, from: Math.max(1, this.#values - back), to: ++this.#values };
  }

  #settle(): void {
    this.#sim.runUntil(this.#sim.nowMs + SETTLE_MS);
  }

  /** Thrice, for a repair can be lost. */
  #finalReads(): Reply[] {
    const replies: Reply[] = [];
    for (let round = 0; round < 3; round++) {
      for (const node of this.#nodes) {
        for (const key of KEYS) {
          const invokedMs = this.#sim.nowMs;
          const request = { op: "read", key } as const;
          const reply = this.#ask(node, request);
          this.#record(request, reply, invokedMs);
          if (reply !== null) replies.push(reply);
          this.#sim.runUntil(this.#sim.nowMs + 100);
        }
      }
    }
    return replies;
  }

  #ask(node: string, request: Request): Reply | null {
    let answer: Reply | null = null;
    this.#sim.request(node, request, (reply) => (answer = reply));
    this.#sim.runUntil(this.#sim.nowMs + CLIENT_TIMEOUT_MS);
    return answer;
  }

  #count(what: string): void {
    this.#counts[what] = (this.#counts[what] ?? 0) + 1;
  }

  #pick<T>(label: string, from: readonly T[]): T {
    return from[Math.floor(from.length * this.#draw(label))]!;
  }

  #draw(label: string): number {
    return draw(this.#options.seed, this.#draws++, `test ${label}`);
  }
}

type ClientRequest =
  | { readonly op: "read"; readonly key: string }
  | { readonly op: "write"; readonly key: string; readonly value: number }
  | { readonly op: "cas"; readonly key: string; readonly from: number; readonly to: number };
