/**
 * A raft cluster under the scheduler, with clients that look for the leader and ask again, and a nemesis; all from a
 * seed.
 */

import type { BugName } from "../../../src/replica/protocol/bugs.js";
import { createCore } from "../../../src/replica/protocol/core.js";
import { draw } from "../../../src/replica/protocol/draw.js";
import { Simulation, type SimulationOptions } from "../../../src/replica/protocol/simulate.js";
import type { Json, RaftConfig, Reply, Request } from "../../../src/replica/wire.js";
import type { RegisterOp } from "./linearizable.js";
import { RandomFaults } from "./random-faults.js";

export interface RaftRunOptions {
  readonly protocol: RaftConfig;
  readonly seed: number;
  readonly nodes?: number;
  readonly durationMs?: number;
  readonly network?: Partial<SimulationOptions>;
  readonly bug?: BugName;
  /** Mean time between two changes of who votes, ms; absent: none. */
  readonly changeEveryMs?: number;
  /** Mean time between two jumps of a node's wall clock, ms; absent: none. */
  readonly jumpEveryMs?: number;
  /** Mean time between two faults, ms. */
  readonly faultEveryMs?: number;
  readonly faultForMs?: number;
  readonly faults?: readonly string[];
  /** How long a client goes on asking, and how long it rests at most between two operations, ms. */
  readonly clientTimeoutMs?: number;
  readonly thinkMs?: number;
  /** How many keys there are: with many, few are overwritten, and what went wrong stays to be seen. */
  readonly keys?: number;
  readonly trace?: (line: string) => void;
}

export interface RaftRun {
  readonly operations: readonly RegisterOp[];
  /** Of each node, after all faults ended: key -> values. */
  readonly dumps: readonly { readonly [key: string]: readonly Json[] }[];
  readonly counts: { readonly [what: string]: number };
  /** After healing, could all of them be read and written? */
  readonly progressed: boolean;
}

/** Of all keys, those that are read and written again in the end. */
const KEYS_LAST = 2;
const CLIENTS = 4;
const CLIENT_TIMEOUT_MS = 400;
const ATTEMPT_MS = 100;
const SETTLE_MS = 2500;
const FINAL_MS = 3000;

interface Client {
  readonly name: string;
  seq: number;
  /** Who led when it last heard. */
  guess: string;
}

export function raftRun(options: RaftRunOptions): RaftRun {
  return new Run(options).run();
}

class Run {
  readonly #options: RaftRunOptions;
  readonly #sim: Simulation;
  readonly #nodes: readonly string[];
  readonly #operations: RegisterOp[] = [];
  readonly #counts: { [what: string]: number } = {};
  readonly #durationMs: number;
  readonly #keys: readonly string[];
  readonly #faults: RandomFaults;
  #draws = 0;
  #values = 0;

  constructor(options: RaftRunOptions) {
    this.#options = options;
    this.#nodes = Array.from({ length: options.nodes ?? 3 }, (_, i) => `n${i + 1}`);
    this.#durationMs = options.durationMs ?? 2000;
    this.#keys = Array.from({ length: options.keys ?? KEYS_LAST }, (_, i) => `k${i}`);
    this.#sim = new Simulation({
      seed: options.seed,
      nodes: this.#nodes,
      createCore: (members) =>
        createCore(options.protocol, options.bug === undefined ? members : { ...members, bug: options.bug }),
      latencyMs: [0.1, 10],
      lossRate: 0.1 * this.#draw("loss"),
      duplicateRate: 0.1 * this.#draw("duplicate"),
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
      ...(options.faultEveryMs === undefined ? {} : { everyMs: options.faultEveryMs }),
      ...(options.faultForMs === undefined ? {} : { forMs: options.faultForMs }),
      ...(options.faults === undefined ? {} : { faults: options.faults }),
    });
  }

  run(): RaftRun {
    // The first leader comes in peace; all others do not.
    this.#sim.runUntil(this.#options.protocol.electionTimeoutMs[1] * this.#draw("calm") * 2);
    for (let i = 0; i < CLIENTS; i++) {
      this.#client({ name: `c${i}`, seq: 0, guess: this.#pick("home", this.#nodes) });
    }
    this.#faults.begin();
    const { changeEveryMs, jumpEveryMs } = this.#options;
    if (changeEveryMs !== undefined) this.#every(changeEveryMs, "change", () => this.#changeVoters());
    if (jumpEveryMs !== undefined) this.#every(jumpEveryMs, "jump", () => this.#jump());
    this.#sim.runUntil(this.#durationMs);
    this.#faults.repairAll();
    this.#sim.stopLosing();
    this.#sim.runUntil(this.#sim.nowMs + SETTLE_MS);
    const progressed = this.#final();
    // A heartbeat or two, so that all know what is committed.
    this.#sim.runUntil(this.#sim.nowMs + 500);
    const dumps = this.#nodes.map((node) => {
      let dump: Json = {};
      this.#sim.request(node, { op: "dump" }, (reply) => (dump = reply.ok ? reply.value : {}));
      this.#sim.runUntil(this.#sim.nowMs + 50);
      return dump as RaftRun["dumps"][number];
    });
    return { operations: this.#operations, dumps, counts: this.#counts, progressed };
  }

  #client(client: Client): void {
    if (this.#sim.nowMs >= this.#durationMs) return;
    const { thinkMs = 10, clientTimeoutMs = CLIENT_TIMEOUT_MS } = this.#options;
    const again = (): void => this.#sim.after(thinkMs * this.#draw("think"), () => this.#client(client));
    this.#invoke(client, this.#someRequest(client), clientTimeoutMs, again);
  }

  /** One operation: at the leader, wherever that is, again and again until somebody answers or the time is up. */
  #invoke(client: Client, request: ClientRequest, timeoutMs: number, done: (ok: boolean) => void): void {
    const invokedMs = this.#sim.nowMs;
    let isOpen = true;
    let attempts = 0;
    let isSent = false;
    const end = (reply: Reply | null): void => {
      if (!isOpen) return;
      isOpen = false;
      this.#record(request, reply, invokedMs, isSent);
      done(reply?.ok === true);
    };
    const attempt = (): void => {
      if (!isOpen) return;
      const number = ++attempts;
      const next = (guess: string | undefined): void => {
        if (number !== attempts) return;
        client.guess = guess ?? this.#pick("guess", this.#nodes);
        this.#sim.after(5 + 10 * this.#draw("backoff"), attempt);
        attempts++;
      };
      if (!this.#sim.isUp(client.guess)) return next(undefined);
      this.#sim.request(client.guess, request, (reply) => {
        if (reply.ok || reply.error === "mismatch") end(reply);
        else {
          this.#count(`${request.op} ${reply.error}`);
          if (reply.error === "partial") isSent = true;
          next(reply.error === "not-leader" ? reply.leader : undefined);
        }
      });
      this.#sim.after(ATTEMPT_MS, () => {
        if (number !== attempts) return;
        isSent = true;
        next(undefined);
      });
    };
    attempt();
    this.#sim.after(timeoutMs, () => {
      // An attempt may be on its way.
      isSent = true;
      end(null);
    });
  }

  #record(request: ClientRequest, reply: Reply | null, invokedMs: number, isSent: boolean): void {
    const completedMs = this.#sim.nowMs;
    const name = reply === null ? "timeout" : reply.ok ? "ok" : reply.error;
    this.#count(`${request.op} ${name}`);
    if (!isSent && reply === null) return;
    const { key } = request;
    const type = name === "ok" || name === "mismatch" ? name : "info";
    const times = { type, key, invokedMs, completedMs } as const;
    if (request.op === "read") {
      this.#operations.push({ f: "read", value: reply?.ok ? (reply.value as number | null) : null, ...times });
    } else if (request.op === "write") this.#operations.push({ f: "write", value: request.value, ...times });
    else this.#operations.push({ f: "cas", value: request.to, from: request.from, ...times });
  }

  #someRequest(client: Client): ClientRequest {
    const key = this.#pick("key", this.#keys);
    const f = this.#draw("f");
    if (f < 0.5) return { op: "read", key };
    const session = { client: client.name, seq: ++client.seq };
    if (f < 0.75) return { op: "write", key, value: ++this.#values, session };
    // One of the latest values, so that a good part of them succeeds.
    const back = Math.floor(4 * this.#draw("from"));
    return { op: "cas", key, from: Math.max(1, this.#values - back), to: ++this.#values, session };
  }

  /** Some keys are read, written and read again by somebody new. */
  #final(): boolean {
    let done = 0;
    const client: Client = { name: "last", seq: 0, guess: this.#nodes[0]! };
    const keys = this.#keys.slice(0, KEYS_LAST);
    for (const key of keys) {
      const session = { client: client.name, seq: ++client.seq };
      const write: ClientRequest = { op: "write", key, value: ++this.#values, session };
      for (const request of [{ op: "read", key } as const, write, { op: "read", key } as const]) {
        const wait = { isOver: false };
        this.#invoke(client, request, FINAL_MS, (ok) => {
          wait.isOver = true;
          if (ok) done++;
        });
        for (let waits = 0; waits < FINAL_MS / 10 && !wait.isOver; waits++) this.#sim.runUntil(this.#sim.nowMs + 10.1);
      }
    }
    return done === 3 * keys.length;
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

type ClientRequest = Request &
  (
    | { readonly op: "read"; readonly key: string }
    | { readonly op: "write"; readonly key: string; readonly value: number }
    | { readonly op: "cas"; readonly key: string; readonly from: number; readonly to: number }
  );
