/** Where a node can listen that must be known before it runs. */

import { createServer, type Server } from "node:net";

/**
 * Below those that the kernel gives to whoever asks for any, on Linux and elsewhere: a node that is down, or does not
 * listen yet, would else find its port taken by a stranger now and then.
 */
const FIRST = 10_000;
const COUNT = 10_000;
/** Each process begins somewhere else, and none of them comes back to a port before it has been through all. */
let next = (process.pid * 97) % COUNT;

/**
 * Ports that nobody listens on now, all different. A program cannot be told "any" where it has no way to say which it
 * took. They are held until all are there, and given back.
 */
export async function freePorts(count: number): Promise<readonly number[]> {
  const held = new Map<number, Server>();
  try {
    for (let tries = 0; held.size < count; tries++) {
      if (tries === COUNT) throw new Error(`no ${count} free ports from ${FIRST} to ${FIRST + COUNT - 1}`);
      const port = FIRST + (next++ % COUNT);
      const server = await listening(port);
      if (server !== null) held.set(port, server);
    }
    return [...held.keys()];
  } finally {
    await Promise.all(
      [...held.values()].map((server) => new Promise<void>((resolve) => server.close(() => resolve()))),
    );
  }
}

/** null: the port is taken. */
function listening(port: number): Promise<Server | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.on("error", () => resolve(null));
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}
