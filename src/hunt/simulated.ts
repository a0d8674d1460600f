/**
 * A history of the reference store under the deterministic scheduler: clients, faults and delays are drawn from one
 * seed, so that what a seed shows it shows again. In the form of any other history, for the same checkers.
 */

import type { FaultEvent, HistoryEvent, OpEvent } from "../../checker/index.js";
import type { BugName } from "../replica/protocol/bugs.js";
import { createCore } from "../replica/protocol/core.js";
import { draw } from "../replica/protocol/draw.js";
import { Simulation } from "../replica/protocol/simulate.js";
import type { ProtocolConfig, Reply, Request } from "../replica/wire.js";
import { outcomeOf } from "../client/outcome.js";

export interface SimulatedOptions {
  readonly protocol: ProtocolConfig;
  readonly seed: number;
  /** How many; default 3. */
  readonly nodes?: number;
  /** How many keys the clients use: few, and operations meet; many, and what is lost is not written over. Default 2. */
  readonly keys?: number;
  /** How long the clients run, in virtual ms; default 1500. */
  readonly durationMs?: number;
  readonly bug?: BugName;
}

const CLIENTS = 4;
const CLIENT_TIMEOUT_MS = 300;
/** Longer than anything that replicas do by themselves takes, with some messages lost. */
const SETTLE_MS = 3000;
/** After the last reads, until what they repaired is repaired. */
const REPAIRED_MS = 500;
/** Repairs are lost as other messages are. */
const FINAL_ROUNDS = 3;

type ClientRequest = Request & { readonly op: "read" | "write" | "cas" };

export const simulate = (options: SimulatedOptions): readonly HistoryEvent[] => new Simulated(options).run();

class Simulated {
  readonly #options: SimulatedOptions;
  readonly #sim: Simulation;
  readonly #nodes: readonly string[];
  readonly #keys: readonly string[];
  readonly #durationMs: number;
  readonly #events: HistoryEvent[] = [];
  #draws = 0;
  #values = 0;
  #faults = 0;
  #processes = CLIENTS;

  constructor(options: SimulatedOptions) {
    this.#options = options;
    const { protocol, seed, bug, nodes = 3, keys = 2, durationMs = 1500 } = options;
    this.#nodes = Array.from({ length: nodes }, (_, i) => `n${i + 1}`);
    this.#keys = Array.from({ length: keys }, (_, i) => `k${i}`);
    this.#durationMs = durationMs;
    this.#sim = new Simulation({
      seed,
      nodes: this.#nodes,
      createCore: (members) => createCore(protocol, bug === undefined ? members : { ...members, bug }),
      latencyMs: [0.1, 10],
      lossRate: 0.1 * this.#draw("loss"),
      duplicateRate: 0.1 * this.#draw("duplicate"),
      diskMs: [0.1, 3],
      clockSkewMs: 0,
    });
  }

  run(): readonly HistoryEvent[] {
    for (let client = 0; client < CLIENTS; client++) this.#client(client);
    this.#break();
    this.#sim.runUntil(this.#durationMs);
    this.#repairAll();
    this.#sim.runUntil(this.#sim.nowMs + SETTLE_MS);
    for (let round = 0; round < FINAL_ROUNDS; round++) this.#readEverywhere();
    this.#sim.runUntil(this.#sim.nowMs + REPAIRED_MS);
    this.#askAtLast(this.#nodes.map((node) => ({ node, request: { op: "dump" } })));
    return this.#events;
  }

  #client(process: number): void {
    if (this.#sim.nowMs >= this.#durationMs) return;
    const node = this.#pick("node", this.#nodes);
    const request = this.#someRequest();
    const again = (next: number): void => this.#sim.after(10 * this.#draw("think"), () => this.#client(next));
    if (!this.#sim.isUp(node)) {
      again(process);
      return;
    }
    this.#ask(process, node, request, (type) => again(type === "info" ? this.#processes++ : process));
  }

  /** Calls back once: with the answer, or when the client's patience is over. */
  #ask(process: number, node: string, request: ClientRequest, ended: (type: OpEvent["type"]) => void): void {
    this.#tell({ process, type: "invoke", ...spoken(request), node });
    let open = true;
    const end = (reply: Reply | null): void => {
      if (!open) return;
      open = false;
      const completion = completionOf(request, reply);
      this.#tell({ process, ...completion, node });
      ended(completion.type);
    };
    this.#sim.request(node, request, end);
    this.#sim.after(CLIENT_TIMEOUT_MS, () => end(null));
  }

  /** Every key at every node, all at once. */
  #readEverywhere(): void {
    const asked = this.#nodes.flatMap((node) =>
      this.#keys.map((key) => ({ node, request: { op: "read", key } as const })),
    );
    this.#askAtLast(asked);
  }

  #askAtLast(
    asked: readonly { readonly node: string; readonly request: Request & { readonly op: "read" | "dump" } }[],
  ): void {
    const answers = new Map<number, Reply>();
    const open = asked.map(({ node, request }) => {
      const process = this.#processes++;
      const spoken = { process, f: request.op, key: request.op === "read" ? request.key : null, node };
      this.#tell({ ...spoken, type: "invoke", value: null });
      this.#sim.request(node, request, (reply) => void answers.set(process, reply));
      return spoken;
    });
    this.#sim.runUntil(this.#sim.nowMs + CLIENT_TIMEOUT_MS);
    for (const spoken of open) this.#tell({ ...spoken, ...readCompletion(answers.get(spoken.process) ?? null) });
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

  /** One fault now, and then others until the clients' time is over. */
  #break(): void {
    const sim = this.#sim;
    if (sim.nowMs >= this.#durationMs) return;
    const node = this.#pick("victim", this.#nodes);
    const forMs = 30 + 300 * this.#draw("for");
    const kind = this.#pick("fault", ["kill", "kill", "pause", "partition", "partition", "heal"]);
    if (kind === "heal") sim.heal();
    else {
      const undo = this.#inject(kind, node, forMs);
      const fault = `f${this.#faults++}`;
      this.#tellFault({ f: kind, phase: "begin", fault, value: { nodes: [node] } });
      sim.after(forMs, () => {
        undo();
        this.#tellFault({ f: kind, phase: "end", fault, value: { nodes: [node] } });
      });
    }
    sim.after(20 + 150 * this.#draw("pause"), () => this.#break());
  }

  #inject(kind: string, node: string, forMs: number): () => void {
    const sim = this.#sim;
    if (kind === "pause") {
      sim.pause(node);
      return () => sim.resume(node);
    }
    if (kind === "partition") {
      const others = this.#nodes.filter((other) => other !== node);
      const oneWay = this.#draw("one way") < 0.5;
      for (const other of oneWay ? [this.#pick("other", others)] : others) {
        sim.cut(node, other);
        if (!oneWay) sim.cut(other, node);
      }
      return () => sim.heal();
    }
    // Half of the kills strike between two effects of one step.
    if (this.#draw("between") < 0.5) sim.crash(node);
    else {
      sim.crashAfterEffects(node, Math.floor(8 * this.#draw("fuse")));
      sim.after(forMs / 2, () => sim.crash(node));
    }
    return () => {
      sim.crashAfterEffects(node, Number.POSITIVE_INFINITY);
      sim.start(node);
    };
  }

  #repairAll(): void {
    this.#sim.heal();
    for (const node of this.#nodes) {
      this.#sim.resume(node);
      this.#sim.crashAfterEffects(node, Number.POSITIVE_INFINITY);
      this.#sim.start(node);
    }
  }

  #tell(event: Omit<OpEvent, "index" | "time">): void {
    this.#events.push({ index: this.#events.length, time: this.#timeNs(), ...event });
  }

  #tellFault(event: Omit<FaultEvent, "index" | "time" | "process" | "type">): void {
    const common = { index: this.#events.length, time: this.#timeNs(), process: "nemesis", type: "info" } as const;
    this.#events.push({ ...common, ...event });
  }

  #timeNs(): number {
    return Math.round(this.#sim.nowMs * 1e6);
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

type Ended = Pick<OpEvent, "type" | "error" | "siblings">;
type Spoken = Pick<OpEvent, "f" | "key" | "value">;

function spoken(request: ClientRequest): Spoken {
  const { op: f, key } = request;
  if (request.op === "read") return { f, key, value: null };
  return { f, key, value: request.op === "write" ? request.value : [request.from, request.to] };
}

function completionOf(request: ClientRequest, reply: Reply | null): Spoken & Ended {
  const { f, key, value } = spoken(request);
  if (f === "read") return { f, key, ...readCompletion(reply) };
  if (reply?.ok === true) return { f, key, value, type: "ok" };
  const error = reply?.error ?? "timeout";
  return { f, key, value, type: outcomeOf(error, f), error };
}

function readCompletion(reply: Reply | null): Ended & Pick<OpEvent, "value"> {
  if (reply?.ok !== true) return { type: "fail", value: null, error: reply?.error ?? "timeout" };
  const { value, siblings } = reply;
  return siblings === undefined ? { type: "ok", value } : { type: "ok", value, siblings };
}
