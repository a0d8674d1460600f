/** The two ends of a link in these tests: a server that keeps what it hears, and a client that can wait for bytes. */

import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { connect, createServer, type Server as NetServer, Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Address } from "../../../nemesis/index.js";
import { LocalSocket } from "../../../nemesis/network/local.js";
import type { Relay } from "../../../nemesis/network/relay.js";

/**
 * Where these tests listen. Loopback is a whole network on Linux, and each process has an address of its own there: a
 * connection that another test's process meant for a port that we were given after it cannot come in here.
 */
export const HOST = process.platform === "linux" ? loopbackOf(process.pid) : "127.0.0.1";

/** Process numbers have at most 22 bits; 127.0.0.x, which others use, is left to them. */
function loopbackOf(pid: number): string {
  return `127.${64 + ((pid >> 16) & 63)}.${(pid >> 8) & 255}.${pid & 255}`;
}

/** How two ends are joined to a link. */
export interface Way {
  readonly over: "TCP" | "Unix sockets" | "TCP, dialled from the same thread";
  readonly unixSockets: boolean;
  readonly dial: (relay: Relay, from: string, to: string, options: { readonly allowHalfOpen: boolean }) => Duplex;
  /** How many are counted when one was refused: the link tries its door once, and counts whom it refuses itself. */
  readonly refusals: number;
  /** Was it told that its connection broke? */
  readonly wasReset: (peer: Peer) => boolean;
}

const bySocket: Way["dial"] = (relay, from, to, options) =>
  connect({ ...relay.address(from, to), noDelay: true, ...options });

const overTcp: Way = {
  over: "TCP",
  unixSockets: false,
  dial: bySocket,
  refusals: 1,
  wasReset: ({ isClosed, error }) => isClosed && error === "ECONNRESET",
};

export const WAYS: readonly Way[] = [
  overTcp,
  {
    ...overTcp,
    over: "TCP, dialled from the same thread",
    dial: (relay, from, to, options) => relay.dial(from, to, options),
    refusals: 2,
  },
  // They know no reset: it is a stream that ends. Other systems than Linux have none without a file.
  ...(process.platform === "linux"
    ? [
        {
          over: "Unix sockets" as const,
          unixSockets: true,
          dial: bySocket,
          refusals: 1,
          wasReset: ({ hasEnded }: Peer) => hasEnded,
        },
      ]
    : []),
];

/** Looks that a condition is given after its time is up: a process that stood still for so long has events to catch up on. */
const LAST_LOOKS = 10;

/** Looks until what is seen is wanted, with a bound, and tells what was seen last; polling is enough for tests. */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  wanted: (seen: T) => boolean = (seen) => seen === true,
  boundMs = 20_000,
): Promise<void> {
  const startMs = performance.now();
  let late = 0;
  for (let looks = 1; ; looks++) {
    const seen = await look();
    if (wanted(seen)) return;
    if (performance.now() - startMs > boundMs) late += 1;
    if (late > LAST_LOOKS)
      throw new Error(`not within ${boundMs} ms and ${looks} looks: ${what}; seen last: ${JSON.stringify(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

export class Peer {
  readonly socket: Duplex;
  heard = Buffer.alloc(0);
  hasEnded = false;
  isClosed = false;
  error: string | null = null;

  constructor(socket: Duplex) {
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

  reset(): void {
    const { socket } = this;
    const canReset = socket instanceof LocalSocket || (socket instanceof Socket && socket.remoteFamily !== undefined);
    if (canReset) socket.resetAndDestroy();
    else socket.destroy();
  }

  async hears(text: string): Promise<void> {
    await until(
      `hear ${JSON.stringify(text.slice(0, 200))}`,
      () => this.heard.toString(),
      (heard) => heard === text,
    );
  }
}

export interface Server {
  readonly host: string;
  readonly port: number;
  readonly path?: string;
  readonly peers: readonly Peer[];
  /** The nth connection, from 0, once it is there. */
  peer(n: number): Promise<Peer>;
  close(): Promise<void>;
}

/** With `echo`, everything heard is sent back. */
export async function serve({
  echo,
  host = HOST,
  port = 0,
  unixSockets = false,
}: {
  readonly echo: boolean;
  readonly host?: string;
  readonly port?: number;
  readonly unixSockets?: boolean;
}): Promise<Server> {
  const peers: Peer[] = [];
  const opened = (): NetServer =>
    createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      peers.push(new Peer(socket));
      if (echo) socket.pipe(socket);
    });
  const servers = [opened().listen({ host, port })];
  const unix = unixSockets ? { path: `\0kvtest-test-${randomUUID()}` } : {};
  if (unix.path !== undefined) servers.push(opened().listen(unix));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const bound = servers[0]?.address() ?? null;
  if (bound === null || typeof bound === "string") throw new Error("no port");
  return {
    host,
    port: bound.port,
    ...unix,
    peers,
    async peer(n) {
      await until(`connection ${n}`, () => peers.length > n);
      return peers[n]!;
    },
    async close() {
      for (const peer of peers) peer.socket.destroy();
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}

export async function dial(address: Address): Promise<Peer> {
  const socket = connect({ ...address, noDelay: true, allowHalfOpen: true });
  const peer = new Peer(socket);
  await once(socket, "connect");
  return peer;
}
