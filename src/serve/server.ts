/** The catalogue on a port. */

import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { networkInterfaces } from "node:os";
import { getRequestListener } from "@hono/node-server";
import { appOf } from "./app.js";

export interface ServeOptions {
  readonly out: string;
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

export interface Served {
  readonly url: string;
  close(): Promise<void>;
}

/** @throws Error (EADDRINUSE, EACCES, ENOTFOUND) where it cannot listen there. */
export const serveRuns = async ({ out, host, port }: ServeOptions): Promise<Served> => {
  const hosts = new Set<string>();
  const app = appOf({ out, hosts });
  const listener = getRequestListener(app.fetch);
  const server: Server = createServer((request, response) => void listener(request, response));
  server.listen(port, host);
  await once(server, "listening");
  const address = server.address();
  const actual = address !== null && typeof address === "object" ? address.port : port;
  const name = host.includes(":") ? `[${host}]` : host;
  for (const each of ["localhost", "127.0.0.1", "[::1]", name, ...(EVERYWHERE.has(host) ? addressesHere() : [])])
    hosts.add(`${each}:${actual}`.toLowerCase());
  return {
    url: `http://${name}:${actual}/`,
    close: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
};

const EVERYWHERE: ReadonlySet<string> = new Set(["0.0.0.0", "::"]);

const addressesHere = (): readonly string[] =>
  Object.values(networkInterfaces()).flatMap((each) =>
    (each ?? []).map(({ address, family }) => (family === "IPv6" ? `[${address}]` : address)),
  );
