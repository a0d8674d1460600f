/** Operations that are transactions, against the leader of the reference store. */

import type { Json } from "../../checker/history/event.js";
import type { Invocation } from "../generator/generator.js";
import { type Dialect, readsOnly, type TxnStep } from "../generator/txn.js";
import type { Request } from "../replica/wire.js";
import type { Client, Completion } from "./client.js";
import type { Channel, Dial } from "./connection.js";
import { type ErrorName, outcomeOf } from "./outcome.js";

export interface TxnClientOptions {
  /** The only node that takes transactions that write. */
  readonly leader: string;
  /** The node that is asked for those that only read; default: the leader. */
  readonly readFrom?: string;
  readonly dial: Dial;
  readonly timeoutMs: number;
  /** What the workload's operations are as transactions. */
  readonly dialect: Dialect;
}

export class TxnClient implements Client {
  readonly #options: TxnClientOptions;
  readonly #connections = new Map<string, Channel>();

  constructor(options: TxnClientOptions) {
    this.#options = options;
  }

  nodeFor({ f, value }: Invocation): string {
    return this.#nodeFor(this.#options.dialect.steps(f, value));
  }

  #nodeFor(ops: readonly TxnStep[]): string {
    const { leader, readFrom = leader } = this.#options;
    return readsOnly(ops) ? readFrom : leader;
  }

  async invoke(op: Invocation): Promise<Completion> {
    const { dial, timeoutMs, dialect } = this.#options;
    const ops = dialect.steps(op.f, op.value);
    // A transaction that only reads has no effect, however it ends.
    const kind = readsOnly(ops) ? "read" : op.f;
    const node = this.#nodeFor(ops);
    const failed = (error: ErrorName, message: string): Completion => ({
      type: outcomeOf(error, kind),
      value: op.value,
      node,
      error: `${error}: ${message}`,
    });
    let connection = this.#connections.get(node);
    if (connection?.usable !== true) {
      const opened = await dial(node, timeoutMs);
      if (opened.is === "unreachable") return failed("unreachable", opened.why);
      connection = opened.connection;
      this.#connections.set(node, connection);
    }
    const request: Request = { op: "txn", ops };
    const answer = await connection.request(request, timeoutMs);
    if (answer.ok === null && answer.error === "timeout") connection.close();
    if (answer.ok !== true) return failed(answer.error, answer.message);
    if (!isList(answer.value)) return failed("crash", `answered ${JSON.stringify(answer.value)}, expected steps`);
    return { type: "ok", value: dialect.result(op.f, op.value, answer.value), node };
  }

  close(): void {
    for (const connection of this.#connections.values()) connection.close();
    this.#connections.clear();
  }
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);
