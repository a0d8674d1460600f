/** Where a link listens. It can be shut, so that dialling it is refused, and opened again at the same port. */

import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { ask } from "../patience.js";
import type { Address } from "./connection.js";

/** How long the operating system may take to close a port, or to let us have it again. */
const PORT_MAX_MS = 2_000;

export class Door {
  readonly #host: string;
  readonly #onSocket: (socket: Socket) => void;
  #server: Server | null = null;
  #port = 0;
  /** Both ends of a connection to ourselves: while it lives, no stranger is given our port. */
  #bolt: readonly Socket[] = [];
  /** While we dial ourselves: who comes in may be us. */
  #waiting: Socket[] | null = null;

  constructor(host: string, onSocket: (socket: Socket) => void) {
    this.#host = host;
    this.#onSocket = onSocket;
  }

  get address(): Address {
    return { host: this.#host, port: this.#port };
  }

  /** At any port the first time, and at the same one from then on. */
  async open(): Promise<void> {
    if (this.#server !== null) return;
    let last: unknown = null;
    const server = await ask(PORT_MAX_MS, () =>
      this.#listen().catch((error: unknown) => {
        last = error;
        // Only a port that we had is worth waiting for.
        if (this.#port === 0) throw error;
        return null;
      }),
    );
    if (server === null) throw new Error(`port ${this.#port} can't be opened again`, { cause: last });
    this.#server = server;
    const bound = server.address();
    if (bound === null || typeof bound === "string") throw new Error("a TCP server without a port");
    this.#port = bound.port;
    this.#unbolt();
  }

  /** Resolves when dialling is refused, which it tries itself. Connections that are open stay. */
  async shut(): Promise<void> {
    const server = this.#server;
    if (server === null) return;
    await this.#boltIt();
    this.#server = null;
    server.close();
    const refused = await ask(PORT_MAX_MS, async () => ((await this.#isRefused()) ? true : null));
    if (refused === null) throw new Error(`port ${this.#port} still answers`);
  }

  async close(): Promise<void> {
    this.#unbolt();
    const server = this.#server;
    this.#server = null;
    if (server !== null) await new Promise<void>((resolve) => void server.close(() => resolve()));
  }

  async #listen(): Promise<Server> {
    const server = createServer({ noDelay: true, allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
      if (this.#waiting === null) this.#onSocket(socket);
      else this.#waiting.push(socket);
    });
    server.listen({ host: this.#host, port: this.#port, backlog: 511 });
    await once(server, "listening");
    return server;
  }

  async #boltIt(): Promise<void> {
    const waiting: Socket[] = [];
    this.#waiting = waiting;
    const own = connect(this.address);
    own.on("error", () => undefined);
    try {
      await once(own, "connect");
      const other = await ask(
        PORT_MAX_MS,
        async () => waiting.find((socket) => socket.remotePort === own.localPort) ?? null,
      );
      if (other === null) throw new Error(`port ${this.#port} does not answer us`);
      other.on("error", () => undefined);
      this.#bolt = [own, other];
    } finally {
      this.#waiting = null;
      for (const socket of waiting) if (!this.#bolt.includes(socket)) this.#onSocket(socket);
    }
  }

  #unbolt(): void {
    for (const socket of this.#bolt) socket.resetAndDestroy();
    this.#bolt = [];
  }

  async #isRefused(): Promise<boolean> {
    const socket = connect(this.address);
    try {
      await once(socket, "connect");
      return false;
    } catch (error) {
      return error instanceof Error && "code" in error && error.code === "ECONNREFUSED";
    } finally {
      socket.destroy();
    }
  }
}
