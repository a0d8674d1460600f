/**
 * Where a link listens: a port, and beside it a Unix socket where there is to be one. It can be shut, so that dialling
 * it is refused, and opened again at the same port.
 */

import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { ask } from "../patience.js";
import type { Address } from "./connection.js";

/** How long the operating system may take to close a port, or to let us have it again. */
const PORT_MAX_MS = 2_000;

/** `path`: of a Unix socket, by a name that nobody else takes while the door is shut. */
type At = Pick<Address, "host" | "path">;

export class Door {
  readonly #at: At;
  readonly #onSocket: (socket: Socket) => void;
  #server: Server | null = null;
  /** On the Unix socket. */
  #side: Server | null = null;
  #port = 0;
  /** Both ends of a connection to ourselves: while it lives, no stranger is given our port. */
  #bolt: readonly Socket[] = [];
  /** While we dial ourselves: who comes in may be us. */
  #waiting: Socket[] | null = null;

  constructor(at: At, onSocket: (socket: Socket) => void) {
    this.#at = at;
    this.#onSocket = onSocket;
  }

  get address(): Address {
    return { ...this.#at, port: this.#port };
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
    const { path } = this.#at;
    if (path !== undefined) this.#side = await listening({ path }, this.#onSocket);
  }

  /** Resolves when dialling is refused, which it tries itself. Connections that are open stay. */
  async shut(): Promise<void> {
    const server = this.#server;
    if (server === null) return;
    await this.#boltIt();
    this.#server = null;
    server.close();
    this.#side?.close();
    this.#side = null;
    const { path, ...port } = this.address;
    for (const way of path === undefined ? [port] : [port, { path }]) {
      const refused = await ask(PORT_MAX_MS, async () => ((await isRefused(way)) ? true : null));
      if (refused === null) throw new Error(`${JSON.stringify(way)} still answers`);
    }
  }

  async close(): Promise<void> {
    this.#unbolt();
    const servers = [this.#server, this.#side];
    this.#server = null;
    this.#side = null;
    await Promise.all(
      servers.map((server) => new Promise<void>((resolve) => void (server?.close(() => resolve()) ?? resolve()))),
    );
  }

  #listen(): Promise<Server> {
    return listening({ host: this.#at.host, port: this.#port }, (socket) => {
      if (this.#waiting === null) this.#onSocket(socket);
      else this.#waiting.push(socket);
    });
  }

  async #boltIt(): Promise<void> {
    const waiting: Socket[] = [];
    this.#waiting = waiting;
    const own = connect({ host: this.#at.host, port: this.#port });
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
}

type Way = { readonly host: string; readonly port: number } | { readonly path: string };

async function listening(where: Way, onSocket: (socket: Socket) => void): Promise<Server> {
  const server = createServer({ noDelay: true, allowHalfOpen: true, pauseOnConnect: true }, onSocket);
  server.listen({ ...where, backlog: 511 });
  await once(server, "listening");
  return server;
}

async function isRefused(way: Way): Promise<boolean> {
  const socket = connect(way);
  try {
    await once(socket, "connect");
    return false;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ECONNREFUSED";
  } finally {
    socket.destroy();
  }
}
