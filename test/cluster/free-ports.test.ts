import { once } from "node:events";
import { createServer } from "node:net";
import { expect, test } from "vitest";
import { freePorts } from "../../src/cluster/free-ports.js";

test("all are different, nobody listens there, and the kernel gives them to nobody who asks for any", async () => {
  const ports = await freePorts(200);
  expect(new Set(ports).size).toBe(200);
  for (const port of ports) {
    expect(port).toBeGreaterThanOrEqual(10_000);
    expect(port).toBeLessThan(20_000);
    const server = createServer().listen(port, "127.0.0.1");
    await once(server, "listening");
    server.close();
  }
});

test("a port that is taken is not among them, nor one that was given before", async () => {
  const [first = 0] = await freePorts(1);
  // The next ones, as far as nobody has them already.
  const holders = await Promise.all(
    Array.from({ length: 10 }, async (_, i) => {
      const server = createServer();
      const listens = new Promise((resolve) => server.once("error", resolve).once("listening", resolve));
      server.listen(10_000 + ((first - 10_000 + 1 + i) % 10_000), "127.0.0.1");
      await listens;
      return server;
    }),
  );
  const ports = await freePorts(20);
  const taken = Array.from({ length: 11 }, (_, i) => 10_000 + ((first - 10_000 + i) % 10_000));
  expect(ports.filter((port) => taken.includes(port))).toEqual([]);
  for (const holder of holders) holder.close();
});
