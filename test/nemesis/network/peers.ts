/** The two ends of a link in these tests: a server that keeps what it hears, and a client that can wait for bytes. */

import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/** Waits for a condition with a bound; polling is enough for tests. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  boundMs = 20_000,
): Promise<void> {
  const endMs = performance.now() + boundMs;
  while (!(await condition())) {
    if (performance.now() > endMs) throw new Error(`not within ${boundMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

export class Peer {
  readonly socket: Socket;
  heard = Buffer.alloc(0);
  hasEnded = false;
  isClosed = false;
  error: string | null = null;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (bytes) => {
      this.heard = Buffer.concat([this.heard, bytes]);
    });
    socket.on("end", () => {
      this.hasEnded = true;
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      this.error = error.code ?? error.message;
    });
    socket.on("close", () => {
      this.isClosed = true;
    });
  }

  say(text: string | Buffer): void {
    this.socket.write(text);
  }

  async hears(text: string): Promise<void> {
    await until(`hear ${JSON.stringify(text)}, heard ${JSON.stringify(this.heard.toString())}`, () =>
      this.heard.equals(Buffer.from(text)),
    );
  }
}

export interface Server {
  readonly host: "127.0.0.1";
  readonly port: number;
  readonly peers: readonly Peer[];
  /** The nth connection, from 0, once it is there. */
  peer(n: number): Promise<Peer>;
  close(): Promise<void>;
}

/** With `echo`, everything heard is sent back. */
export async function serve(options: { readonly echo: boolean }): Promise<Server> {
  const peers: Peer[] = [];
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    peers.push(new Peer(socket));
    if (options.echo) socket.pipe(socket);
  });
  server.listen({ host: "127.0.0.1", port: 0 });
  await once(server, "listening");
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw new Error("no port");
  return {
    host: "127.0.0.1",
    port: bound.port,
    peers,
    async peer(n) {
      await until(`connection ${n}`, () => peers.length > n);
      return peers[n]!;
    },
    async close() {
      for (const peer of peers) peer.socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export async function dial(address: { readonly host: string; readonly port: number }): Promise<Peer> {
  const socket = connect({ ...address, noDelay: true, allowHalfOpen: true });
  const peer = new Peer(socket);
  await once(socket, "connect");
  return peer;
}
