/** read, write, cas and dump against the reference store. */

import type { Json } from "../../checker/history/event.js";
import type { Invocation } from "../generator/generator.js";
import type { ProtocolConfig, Request } from "../replica/wire.js";
import type { Client, Completion } from "./client.js";
import type { Answer, Channel, Dial } from "./connection.js";
import { outcomeOf } from "./outcome.js";

export interface RegisterClientOptions {
  /** The node that this client sits beside. */
  readonly home: string;
  /** All nodes: in sequencer mode a client moves on to the next one when its own does not answer. */
  readonly nodes: readonly string[];
  readonly protocol: ProtocolConfig;
  readonly dial: Dial;
  readonly timeoutMs: number;
}

export class RegisterClient implements Client {
  readonly #options: RegisterClientOptions;
  readonly #connections = new Map<string, Channel>();
  /** Vector-clock context of the last read of each key, sent along with the next write of it. */
  readonly #contexts = new Map<string, Json>();
  /** Where it has moved to; home at first. */
  #at: string;

  constructor(options: RegisterClientOptions) {
    this.#options = options;
    this.#at = options.home;
  }

  nodeFor(op: Invocation): string {
    const { home, protocol } = this.#options;
    if (op.f === "dump") return home;
    if (protocol.mode !== "leader") return this.#at;
    return op.f === "read" && protocol.readFrom !== "leader" ? home : protocol.leader;
  }

  async invoke(op: Invocation): Promise<Completion> {
    const node = this.nodeFor(op);
    const connection = this.#connections.get(node);
    const done = await (connection?.usable === true ? this.#ask(connection, node, op) : this.#connectAndAsk(node, op));
    if (op.f !== "dump" && this.#isSilent(node, done)) this.#moveOn();
    return done;
  }

  close(): void {
    for (const connection of this.#connections.values()) connection.close();
    this.#connections.clear();
  }

  /** Its node could not be reached, or let the connection down. */
  #isSilent(node: string, { type }: Completion): boolean {
    return type !== "ok" && this.#options.protocol.mode === "sequencer" && !this.#connections.get(node)?.usable;
  }

  #moveOn(): void {
    const { nodes } = this.#options;
    this.#at = nodes[(nodes.indexOf(this.#at) + 1) % nodes.length] ?? this.#at;
  }

  async #connectAndAsk(node: string, op: Invocation): Promise<Completion> {
    const { dial, timeoutMs } = this.#options;
    const opened = await dial(node, timeoutMs);
    if (opened.is === "unreachable") {
      return { type: outcomeOf("unreachable", op.f), value: op.value, node, error: `unreachable: ${opened.why}` };
    }
    this.#connections.set(node, opened.connection);
    return this.#ask(opened.connection, node, op);
  }

  async #ask(connection: Channel, node: string, op: Invocation): Promise<Completion> {
    const answer = await connection.request(this.#requestOf(op), this.#options.timeoutMs);
    if (answer.ok === null && answer.error === "timeout") connection.close();
    return this.#completionOf(op, node, answer);
  }

  #requestOf(op: Invocation): Request {
    const key = op.key ?? "";
    switch (op.f) {
      case "read":
        return { op: "read", key };
      case "write": {
        // What a delete is of is what is there, not what this client saw last.
        if (op.value === null && this.#options.protocol.mode === "quorum")
          return { op: "write", key, value: null, delete: true };
        const context = this.#contexts.get(key);
        return context === undefined
          ? { op: "write", key, value: op.value }
          : { op: "write", key, value: op.value, context };
      }
      case "cas": {
        const pair = op.value;
        if (!Array.isArray(pair) || pair.length !== 2)
          throw new Error(`cas wants [from, to], got ${JSON.stringify(pair)}`);
        const [from, to] = pair as [Json, Json];
        return { op: "cas", key, from, to };
      }
      case "dump":
        return { op: "dump" };
      default:
        throw new Error(`the register client does not know the operation ${op.f}`);
    }
  }

  #completionOf(op: Invocation, node: string, answer: Answer): Completion {
    if (answer.ok !== true) {
      return {
        type: outcomeOf(answer.error, op.f),
        value: op.value,
        node,
        error: `${answer.error}: ${answer.message}`,
      };
    }
    if (op.f === "read" && answer.context !== undefined) this.#contexts.set(op.key ?? "", answer.context);
    const value = op.f === "read" || op.f === "dump" ? answer.value : op.value;
    return answer.siblings === undefined
      ? { type: "ok", value, node }
      : { type: "ok", value, node, siblings: answer.siblings };
  }
}
