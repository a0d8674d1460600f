/**
 * Brings a request to whoever leads now: follows what nodes say of the leader, and moves on where nobody answers.
 *
 * A request that may have arrived is asked again, at another node too, if that cannot do it twice: because it only
 * reads, or because it carries a session. So an operation is unknown only when the client's time is up.
 */

import type { Time } from "../../nemesis/index.js";
import type { ReplicaError, Request } from "../replica/wire.js";
import type { Answer, Channel, Dial } from "./connection.js";
import type { ErrorName } from "./outcome.js";

export interface LeaderSeekerOptions {
  /** Asked first. */
  readonly home: string;
  readonly nodes: readonly string[];
  readonly dial: Dial;
  readonly time: Time;
}

export interface Sought {
  /** Who answered, or was asked last. */
  readonly node: string;
  readonly answer: Answer;
}

/** Who is silent for this part of a client's patience is left for another. */
const ATTEMPT = 1 / 3;
/** Nobody leads, or nobody is there: a while before the next one is asked, ms. */
const REST_MS = 20;

/** What a node says that did nothing, or may have done something: somebody else may do better. */
const ELSEWHERE: { readonly [error in ReplicaError | ErrorName]?: "nothing was done" | "unknown" } = {
  unreachable: "nothing was done",
  "not-leader": "nothing was done",
  "no-quorum": "nothing was done",
  partial: "unknown",
  timeout: "unknown",
  reset: "unknown",
};

export class LeaderSeeker {
  readonly #options: LeaderSeekerOptions;
  readonly #connections = new Map<string, Channel>();
  #guess: string;

  constructor(options: LeaderSeekerOptions) {
    this.#options = options;
    this.#guess = options.home;
  }

  /** Who led when it last heard. */
  get guess(): string {
    return this.#guess;
  }

  /** Never rejects. */
  async ask(request: Request, timeoutMs: number): Promise<Sought> {
    const { time } = this.#options;
    const deadline = time.nowMs() + timeoutMs;
    let unknown: Sought | null = null;
    for (;;) {
      const node = this.#guess;
      const leftMs = deadline - time.nowMs();
      const answer = await this.attempt(node, request, Math.max(1, Math.min(leftMs, ATTEMPT * timeoutMs)));
      const elsewhere = answer.ok === true ? undefined : ELSEWHERE[answer.error];
      if (elsewhere === undefined) return { node, answer };
      if (elsewhere === "unknown") unknown = { node, answer };
      const isHint = this.#moveOn(node, answer);
      if (time.nowMs() + REST_MS >= deadline || (unknown !== null && !isRepeatable(request))) {
        return unknown ?? { node, answer };
      }
      if (!isHint) await new Promise<void>((resolve) => void time.after(REST_MS, resolve));
    }
  }

  /** This node, once. */
  async attempt(node: string, request: Request, timeoutMs: number): Promise<Answer> {
    let connection = this.#connections.get(node);
    if (connection?.usable !== true) {
      const opened = await this.#options.dial(node, timeoutMs);
      if (opened.is === "unreachable") return { ok: null, error: "unreachable", message: opened.why };
      connection = opened.connection;
      this.#connections.set(node, connection);
    }
    const answer = await connection.request(request, timeoutMs);
    if (answer.ok === null && answer.error === "timeout") connection.close();
    return answer;
  }

  close(): void {
    for (const connection of this.#connections.values()) connection.close();
    this.#connections.clear();
  }

  /** Whether somebody named the next one to ask. */
  #moveOn(from: string, answer: Answer): boolean {
    const { nodes } = this.#options;
    const named = answer.ok === false ? answer.leader : undefined;
    this.#guess = named ?? nodes[(nodes.indexOf(from) + 1) % nodes.length] ?? from;
    return named !== undefined;
  }
}

function isRepeatable(request: Request): boolean {
  if (request.op === "read" || request.op === "dump" || request.op === "health") return true;
  return "session" in request && request.session !== undefined;
}
