/** Operations that are transactions, against the leader of the reference store. */

import type { Json } from "../../checker/history/event.js";
import type { Invocation } from "../generator/generator.js";
import { type Dialect, readsOnly } from "../generator/txn.js";
import type { Request } from "../replica/wire.js";
import type { Client, Completion } from "./client.js";
import { type Address, Connection } from "./connection.js";
import { type ErrorName, outcomeOf } from "./outcome.js";

export interface TxnClientOptions {
  /** The only node that takes transactions. */
  readonly leader: string;
  readonly addressOf: (node: string) => Address;
  readonly timeoutMs: number;
  /** What the workload's operations are as transactions. */
  readonly dialect: Dialect;
}

export class TxnClient implements Client {
  readonly #options: TxnClientOptions;
  #connection: Connection | null = null;

  constructor(options: TxnClientOptions) {
    this.#options = options;
  }

  nodeFor(): string {
    return this.#options.leader;
  }

  async invoke(op: Invocation): Promise<Completion> {
    const { leader, addressOf, timeoutMs, dialect } = this.#options;
    const ops = dialect.steps(op.f, op.value);
    // A transaction that only reads has no effect, however it ends.
    const kind = readsOnly(ops) ? "read" : op.f;
    const failed = (error: ErrorName, message: string): Completion => ({
      type: outcomeOf(error, kind),
      value: op.value,
      node: leader,
      error: `${error}: ${message}`,
    });
    if (this.#connection?.usable !== true) {
      const opened = await Connection.open(addressOf(leader), timeoutMs);
      if (opened.is === "unreachable") return failed("unreachable", opened.why);
      this.#connection = opened.connection;
    }
    const request: Request = { op: "txn", ops };
    const answer = await this.#connection.request(request, timeoutMs);
    if (answer.ok === null && answer.error === "timeout") this.#connection.close();
    if (answer.ok !== true) return failed(answer.error, answer.message);
    if (!isList(answer.value)) return failed("crash", `answered ${JSON.stringify(answer.value)}, expected steps`);
    return { type: "ok", value: dialect.result(op.f, op.value, answer.value), node: leader };
  }

  close(): void {
    this.#connection?.close();
    this.#connection = null;
  }
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);
