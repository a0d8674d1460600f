/**
 * Every operation against a cluster whose leader changes (raft, and leader mode with failover): registers and
 * transactions, at whoever leads. Where the store knows sessions each is done once however often it is asked.
 */

import type { Json } from "../../checker/history/event.js";
import type { Invocation } from "../generator/generator.js";
import { type Dialect, readsOnly } from "../generator/txn.js";
import type { Request, Session } from "../replica/wire.js";
import type { Client, Completion } from "./client.js";
import { LeaderSeeker, type LeaderSeekerOptions } from "./leader-seeker.js";
import { outcomeOf } from "./outcome.js";

export interface RaftClientOptions extends LeaderSeekerOptions {
  readonly timeoutMs: number;
  /** What the workload's operations are as transactions; null: reads, writes and cas of single keys. */
  readonly dialect: Dialect | null;
  /** false: the store knows no sessions, so what may have been done is not asked again. */
  readonly sessions?: false;
  /** Who is asked what only reads; absent: the leader. */
  readonly readFrom?: string;
}

export class RaftClient implements Client {
  readonly #options: RaftClientOptions;
  readonly #seeker: LeaderSeeker;
  #seq = 0;

  constructor(options: RaftClientOptions) {
    this.#options = options;
    this.#seeker = new LeaderSeeker(options);
  }

  /** Asked first; who answers in the end is in the completion. */
  nodeFor(op: Invocation): string {
    return this.#fixedNode(op.f, this.#requestOf(op, null)) ?? this.#seeker.guess;
  }

  async invoke(op: Invocation): Promise<Completion> {
    const { timeoutMs, dialect } = this.#options;
    // A process never comes back, so its name and a number that only grows are a session of their own.
    const session = { client: `process ${op.process}`, seq: this.#seq++ };
    const request = this.#requestOf(op, this.#options.sessions === false ? null : session);
    const fixed = this.#fixedNode(op.f, request);
    const { node, answer } =
      fixed !== null
        ? { node: fixed, answer: await this.#seeker.attempt(fixed, request, timeoutMs) }
        : await this.#seeker.ask(request, timeoutMs);
    if (answer.ok !== true) {
      // A transaction that only reads has no effect, however it ends.
      const kind = request.op === "txn" && readsOnly(request.ops) ? "read" : op.f;
      const error = `${answer.error}: ${answer.message}`;
      return { type: outcomeOf(answer.error, kind), value: op.value, node, error };
    }
    if (request.op === "txn" && dialect !== null) {
      // The replica answers a transaction with its steps.
      return { type: "ok", value: dialect.result(op.f, op.value, answer.value as readonly Json[]), node };
    }
    return { type: "ok", value: op.f === "read" || op.f === "dump" ? answer.value : op.value, node };
  }

  close(): void {
    this.#seeker.close();
  }

  /** A node that is asked whoever leads; null: whoever leads is asked. */
  #fixedNode(f: string, request: Request): string | null {
    const { home, readFrom = null } = this.#options;
    if (f === "dump") return home;
    const isRead = request.op === "read" || (request.op === "txn" && readsOnly(request.ops));
    return isRead ? readFrom : null;
  }

  #requestOf(op: Invocation, asked: Session | null): Request {
    const { dialect } = this.#options;
    const session = asked === null ? {} : { session: asked };
    if (op.f === "dump") return { op: "dump" };
    if (dialect !== null) return { op: "txn", ops: dialect.steps(op.f, op.value), ...session };
    const key = op.key ?? "";
    if (op.f === "read") return { op: "read", key };
    if (op.f === "write") return { op: "write", key, value: op.value, ...session };
    const pair = op.value;
    if (op.f !== "cas" || !Array.isArray(pair) || pair.length !== 2) {
      throw new Error(`the raft client does not know the operation ${op.f} ${JSON.stringify(pair)}`);
    }
    const [from, to] = pair as [Json, Json];
    return { op: "cas", key, from, to, ...session };
  }
}
