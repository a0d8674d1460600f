/**
 * One connection to one replica: requests out, replies in, one JSON value a line, paired by `id`.
 *
 * Every client owns its connections, since clients must fail independently. A connection greets before its first
 * request: behind a link a dead node accepts and then closes, and only the greeting tells "never sent" (definite)
 * from "sent, and then it broke" (not).
 */

import { connect } from "node:net";
import type { Duplex } from "node:stream";
import type { NodeRequest, Reply, ReplyLine, Request } from "../replica/wire.js";
import type { ErrorName } from "./outcome.js";

export interface Address {
  readonly host: string;
  readonly port: number;
  /** A Unix socket that leads to the same place, where there is one; it is dialled rather than the port. */
  readonly path?: string;
}

/** How a client reaches one node. */
export interface Endpoint extends Address {
  readonly name: string;
  /**
   * The same as dialling it, for clients that take a stream: the link is then in this thread, and costs next to nothing.
   * Emits "connect", or an error with a `code`, as a socket does.
   */
  readonly connect: () => Duplex;
}

/** A reply, or why there is none. */
export type Answer = Reply | { readonly ok: null; readonly error: ErrorName; readonly message: string };

/** One way to one node: requests out, answers in. */
export interface Channel {
  /** False: nothing that is asked of it will be answered. */
  readonly usable: boolean;
  /** Never rejects. */
  request(request: Request | NodeRequest, timeoutMs: number): Promise<Answer>;
  close(): void;
}

export type Opened =
  | { readonly is: "open"; readonly connection: Channel }
  | { readonly is: "unreachable"; readonly why: string };

/** Opens a channel to the node of that name; resolves with a reason instead when it does not answer in time. */
export type Dial = (node: string, timeoutMs: number) => Promise<Opened>;

type Waiting = { readonly resolve: (answer: Answer) => void; readonly deadline: number };

export class Connection implements Channel {
  readonly #stream: Duplex;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;
  #partial = "";
  #broken: string | null = null;
  #timer: NodeJS.Timeout | null = null;
  #armedFor = 0;

  private constructor(stream: Duplex) {
    this.#stream = stream;
    stream.setEncoding("utf8");
    stream.on("data", (chunk: string) => this.#receive(chunk));
    stream.on("error", (error: Error) => this.#break(error.message));
    stream.on("close", () => this.#break("connection closed"));
  }

  /** Connects and greets; resolves with a reason instead when the node does not answer within `timeoutMs`. */
  static open(address: Address, timeoutMs: number): Promise<Opened> {
    return Connection.over(connect({ ...address, noDelay: true }), timeoutMs);
  }

  /** The same over a stream that is connected already, or about to be. */
  static async over(stream: Duplex, timeoutMs: number): Promise<Opened> {
    const connection = new Connection(stream);
    const hello = await connection.request({ op: "health" }, timeoutMs);
    if (hello.ok === true) return { is: "open", connection };
    connection.close();
    return { is: "unreachable", why: hello.message };
  }

  get usable(): boolean {
    return this.#broken === null;
  }

  /** Never rejects. After a time-out the connection is of no further use: a late reply could not be told from a new one's delay. */
  request(request: Request | NodeRequest, timeoutMs: number): Promise<Answer> {
    if (this.#broken !== null) return Promise.resolve({ ok: null, error: "reset", message: this.#broken });
    const id = this.#nextId++;
    return new Promise((resolve) => {
      const deadline = performance.now() + timeoutMs;
      this.#waiting.set(id, { resolve, deadline });
      this.#arm(deadline);
      this.#stream.write(`${JSON.stringify({ id, ...request })}\n`);
    });
  }

  close(): void {
    this.#break("closed by the client");
  }

  /** One timer a connection, not one a request: usually it is set for an earlier deadline already. */
  #arm(deadline: number): void {
    if (this.#timer !== null && this.#armedFor <= deadline) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#armedFor = deadline;
    this.#timer = setTimeout(() => this.#expire(), deadline - performance.now());
  }

  #expire(): void {
    this.#timer = null;
    const now = performance.now();
    let next = Number.POSITIVE_INFINITY;
    for (const [id, waiting] of this.#waiting) {
      if (waiting.deadline <= now + 0.5) {
        this.#waiting.delete(id);
        waiting.resolve({ ok: null, error: "timeout", message: "no answer in time" });
      } else next = Math.min(next, waiting.deadline);
    }
    if (next !== Number.POSITIVE_INFINITY) this.#arm(next);
  }

  #receive(chunk: string): void {
    const lines = (this.#partial + chunk).split("\n");
    this.#partial = lines.pop() ?? "";
    for (const line of lines) {
      let reply: ReplyLine;
      try {
        // The replica's own words, read by nobody else: shape guarded by the pairing below.
        reply = JSON.parse(line) as ReplyLine;
      } catch {
        this.#break(`the node answered with something that is not JSON: ${line.slice(0, 80)}`);
        return;
      }
      const waiting = this.#waiting.get(reply.id);
      if (waiting === undefined) continue;
      this.#waiting.delete(reply.id);
      waiting.resolve(reply);
    }
  }

  #break(why: string): void {
    if (this.#broken !== null) return;
    this.#broken = why;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#stream.destroy();
    for (const waiting of this.#waiting.values()) waiting.resolve({ ok: null, error: "reset", message: why });
    this.#waiting.clear();
  }
}
