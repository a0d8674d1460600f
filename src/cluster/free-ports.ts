/** Where a node can listen that must be known before it runs. */

import { createServer, type Server } from "node:net";

/**
 * Ports that nobody listens on now. A program cannot be told "any" where it has no way to say which it took, so they
 * are asked of the kernel, all at once that no two are the same, and given back; a stranger could take one in between.
 */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => listening()));
  const ports = servers.map((server) => {
    const address = server.address();
    return address === null || typeof address === "string" ? 0 : address.port;
  });
  await Promise.all(servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))));
  return ports;
}

function listening(): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => resolve(server));
  });
}
