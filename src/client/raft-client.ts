/** Every operation against a raft cluster: registers and transactions, at the leader, each done once however often asked. */

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
    return op.f === "dump" ? this.#options.home : this.#seeker.guess;
  }

  async invoke(op: Invocation): Promise<Completion> {
    const { home, timeoutMs, dialect } = this.#options;
    // A process never comes back, so its name and a number that only grows are a session of their own.
    const request = this.#requestOf(op, { client: `process ${op.process}`, seq: this.#seq++ });
    const { node, answer } =
      op.f === "dump"
        ? { node: home, answer: await this.#seeker.attempt(home, request, timeoutMs) }
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

  #requestOf(op: Invocation, session: Session): Request {
    const { dialect } = this.#options;
    if (op.f === "dump") return { op: "dump" };
    if (dialect !== null) return { op: "txn", ops: dialect.steps(op.f, op.value), session };
    const key = op.key ?? "";
    if (op.f === "read") return { op: "read", key };
    if (op.f === "write") return { op: "write", key, value: op.value, session };
    const pair = op.value;
    if (op.f !== "cas" || !Array.isArray(pair) || pair.length !== 2) {
      throw new Error(`the raft client does not know the operation ${op.f} ${JSON.stringify(pair)}`);
    }
    const [from, to] = pair as [Json, Json];
    return { op: "cas", key, from, to, session };
  }
}
