/**
 * Clients of a cluster under the scheduler. Each does one operation after the other and tells a history of them.
 *
 * What only a leader answers is asked at whoever leads, as far as the client knows: it follows what nodes say of the
 * leader, and asks again, elsewhere too, where that cannot do a thing twice (as `LeaderSeeker` of real clients does).
 * Everything else is asked once, at any node.
 */

import type { OpEvent } from "../../checker/index.js";
import { type ErrorName, outcomeOf } from "../client/outcome.js";
import type { Simulation } from "../replica/protocol/simulate.js";
import type { ProtocolConfig, Reply, Request } from "../replica/wire.js";

export type ClientRequest = Request & { readonly op: "read" | "write" | "cas" };

export interface SimulatedClientsOptions {
  readonly sim: Simulation;
  readonly nodes: readonly string[];
  readonly protocol: ProtocolConfig;
  readonly draw: (label: string) => number;
  readonly tell: (event: Omit<OpEvent, "index" | "time">) => void;
  readonly count: (what: string) => void;
}

interface Client {
  /** Of its next operation: another one after an operation of which nobody knows whether it was done. */
  process: number;
  /** Its session, where the protocol has them. */
  readonly name: string;
  seq: number;
  /** Who led when it last heard. */
  guess: string;
}

export interface Workload {
  /** When no more operations begin. */
  readonly untilMs: number;
  /** How long a client goes on asking, and how long it rests at most between two operations, ms. */
  readonly timeoutMs: number;
  readonly thinkMs: number;
  readonly next: () => ClientRequest;
}

/** Whoever may ask again leaves a node that is silent for so long. */
const ATTEMPT_MS = 100;
/** For this part of its operations a client of a leader that may change asks first whoever comes to its mind. */
const WANDERS = 0.3;

/** Nothing was done, and somebody else may do it. */
const ELSEWHERE: ReadonlySet<ErrorName> = new Set(["not-leader", "no-quorum"]);

export class SimulatedClients {
  readonly #options: SimulatedClientsOptions;
  #processes = 0;

  constructor(options: SimulatedClientsOptions) {
    this.#options = options;
  }

  /** A new process. */
  process(): number {
    return this.#processes++;
  }

  begin(count: number, workload: Workload): void {
    for (let i = 0; i < count; i++) this.#go(this.#client(`c${i}`), workload);
  }

  /** One operation after the other by somebody new; how many succeed of those that are over when `waitMs` are. */
  inTurn(requests: readonly ClientRequest[], waitMs: number): number {
    const { sim } = this.#options;
    const client = this.#client("last");
    let [done, at] = [0, 0];
    const next = (type?: OpEvent["type"]): void => {
      if (type === "ok") done++;
      const request = requests[at++];
      if (request !== undefined) this.#operate(client, request, waitMs, next);
    };
    next();
    sim.runUntil(sim.nowMs + waitMs);
    return done;
  }

  #client(name: string): Client {
    const { protocol, nodes } = this.#options;
    const guess = protocol.mode === "leader" ? protocol.leader : this.#pick("home", nodes);
    return { process: this.process(), name, seq: 0, guess };
  }

  #go(client: Client, workload: Workload): void {
    const { sim, draw, protocol, nodes } = this.#options;
    if (sim.nowMs >= workload.untilMs) return;
    const again = (): void => sim.after(workload.thinkMs * draw("think"), () => this.#go(client, workload));
    const request = workload.next();
    const mayWander = protocol.mode === "leader" && protocol.failover !== undefined;
    if (!this.#isForLeader(request) || (mayWander && draw("wander") < WANDERS))
      client.guess = this.#pick("node", nodes);
    if (sim.isUp(client.guess) || this.#isForLeader(request)) this.#operate(client, request, workload.timeoutMs, again);
    else again();
  }

  /** One operation. Calls back once: with the answer, or when the client's patience is over. */
  #operate(client: Client, asked: ClientRequest, timeoutMs: number, over: (type: OpEvent["type"]) => void): void {
    const { sim, tell, count } = this.#options;
    const request = this.#inSession(client, asked);
    const { process } = client;
    tell({ process, type: "invoke", ...spoken(request) });
    const end = (reply: Reply | ErrorName, node: string): void => {
      attempts.stop();
      const completion = completionOf(request, reply);
      count(`${request.op} ${completion.error ?? "ok"}`);
      if (completion.type === "info") client.process = this.process();
      tell({ process, ...completion, node });
      over(completion.type);
    };
    const attempts = this.#attempts(client, request, end);
    sim.after(timeoutMs, () => attempts.giveUp());
  }

  #attempts(client: Client, request: ClientRequest, end: (reply: Reply | ErrorName, node: string) => void) {
    const { sim, draw, nodes, count } = this.#options;
    const seeks = this.#isForLeader(request);
    const isRepeatable = request.op === "read" || request.session !== undefined;
    let isOpen = true;
    /** Attempts that may have done something, or may yet. */
    let unknown = 0;
    let lastError: ErrorName = "unreachable";
    /** Of the attempt that is waited for. */
    let number = 0;
    const moveOn = (leader?: string): void => {
      number++;
      client.guess = leader ?? this.#pick("guess", nodes);
      sim.after(5 + 10 * draw("backoff"), attempt);
    };
    const attempt = (): void => {
      if (!isOpen) return;
      const mine = ++number;
      const node = client.guess;
      if (!sim.isUp(node)) {
        moveOn();
        return;
      }
      unknown++;
      sim.request(node, request, (reply) => {
        if (!isOpen) return;
        const isElsewhere = !reply.ok && (ELSEWHERE.has(reply.error) || (reply.error === "partial" && isRepeatable));
        // Also a late answer, to an attempt that is not waited for any more, is one to this operation.
        if (!seeks || !isElsewhere) return end(reply, node);
        count(`${request.op} ${reply.error}`);
        lastError = reply.error;
        if (reply.error !== "partial") unknown--;
        if (mine === number) moveOn(reply.leader);
      });
      if (seeks && isRepeatable) sim.after(ATTEMPT_MS, () => isOpen && mine === number && moveOn());
    };
    attempt();
    return {
      stop: (): void => void (isOpen = false),
      giveUp: (): void => (isOpen ? end(unknown > 0 ? "timeout" : lastError, client.guess) : undefined),
    };
  }

  /** Whether only the leader answers it. */
  #isForLeader({ op }: ClientRequest): boolean {
    const { protocol } = this.#options;
    return (
      protocol.mode === "raft" || (protocol.mode === "leader" && (op !== "read" || protocol.readFrom === "leader"))
    );
  }

  #inSession(client: Client, request: ClientRequest): ClientRequest {
    if (this.#options.protocol.mode !== "raft" || request.op === "read") return request;
    return { ...request, session: { client: client.name, seq: ++client.seq } };
  }

  #pick<T>(label: string, from: readonly T[]): T {
    const picked = from[Math.floor(from.length * this.#options.draw(label))];
    if (picked === undefined) throw new Error(`nothing to pick for ${label}`);
    return picked;
  }
}

type Ended = Pick<OpEvent, "type" | "error" | "siblings">;
type Spoken = Pick<OpEvent, "f" | "key" | "value">;

function spoken(request: ClientRequest): Spoken {
  const { op: f, key } = request;
  if (request.op === "read") return { f, key, value: null };
  return { f, key, value: request.op === "write" ? request.value : [request.from, request.to] };
}

function completionOf(request: ClientRequest, reply: Reply | ErrorName): Spoken & Ended {
  const { f, key, value } = spoken(request);
  if (f === "read") return { f, key, ...readCompletion(reply) };
  if (typeof reply !== "string" && reply.ok) return { f, key, value, type: "ok" };
  const error = errorOf(reply);
  return { f, key, value, type: outcomeOf(error, f), error };
}

export function readCompletion(reply: Reply | ErrorName): Ended & Pick<OpEvent, "value"> {
  if (typeof reply === "string" || !reply.ok) return { type: "fail", value: null, error: errorOf(reply) };
  const { value, siblings } = reply;
  return siblings === undefined ? { type: "ok", value } : { type: "ok", value, siblings };
}

function errorOf(reply: (Reply & { readonly ok: false }) | ErrorName): ErrorName {
  return typeof reply === "string" ? reply : reply.error;
}
