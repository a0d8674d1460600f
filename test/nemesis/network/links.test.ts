import { afterEach, expect, test } from "vitest";
import { CLIENTS } from "../../../nemesis/fault.js";
import { openLinks } from "../../../nemesis/network/links.js";
import type { Links } from "../../../nemesis/network/relay.js";
import { closeAll, open } from "./linked.js";
import { dial, HOST, Peer, serve, until } from "./peers.js";

afterEach(closeAll);

/** Links in a worker between n1 and n2, which echoes. */
async function toEcho(): Promise<Links> {
  const server = await serve({ echo: true });
  open.push(server);
  const links = await openLinks({ host: HOST, nodes: ["n1", "n2"] });
  open.push(links);
  await links.setUpstream("n2", { host: server.host, port: server.port });
  return links;
}

test("links in a worker cut, hold, heal, delay and count like the relay itself", async () => {
  const links = await toEcho();
  const near = await dial(links.address(CLIENTS, "n2"));
  open.push({ close: () => void near.socket.destroy() });
  near.say("1");
  await near.hears("1");
  await links.cut(CLIENTS, "n2");
  near.say("2");
  const held = async (): Promise<number> =>
    (await links.counters()).find(({ from, to }) => from === CLIENTS && to === "n2")?.heldBytes ?? -1;
  await until("the byte is held", async () => (await held()) === 1);
  expect(near.heard.toString()).toBe("1");
  await links.heal(CLIENTS, "n2");
  await near.hears("12");
  await links.delay("n2", CLIENTS, { latencyMs: 50, jitterMs: 0 });
  const start = performance.now();
  near.say("3");
  await near.hears("123");
  expect(performance.now() - start).toBeGreaterThanOrEqual(50);
});

test("whoever dials from this thread and whoever dials a port meet the same faults, and the counts are of both", async () => {
  const links = await toEcho();
  const [near, far] = [new Peer(links.dial(CLIENTS, "n2")), await dial(links.address(CLIENTS, "n2"))];
  const both = [near, far];
  for (const peer of both) open.push({ close: () => void peer.socket.destroy() });
  const counted = async () => (await links.counters()).find(({ from, to }) => from === CLIENTS && to === "n2");
  for (const peer of both) {
    peer.say("1");
    await peer.hears("1");
  }
  await links.cut(CLIENTS, "n2", "refuse");
  for (const peer of both) peer.say("2");
  await until("both are held", counted, (seen) => seen?.heldBytes === 2);
  const late = new Peer(links.dial(CLIENTS, "n2"));
  await until("the refusal", () => late.isClosed);
  expect(late.error).toBe("ECONNREFUSED");
  await expect(dial(links.address(CLIENTS, "n2"))).rejects.toThrow("ECONNREFUSED");
  // The worker's relay has tried its own door.
  expect(await counted()).toMatchObject({ passedBytes: 2, refusedConnections: 2 });
  await links.heal(CLIENTS, "n2");
  for (const peer of both) await peer.hears("12");
  expect(await counted()).toMatchObject({ passedBytes: 4, heldBytes: 2 });
  await links.setUpstream("n2", null);
  const nobody = new Peer(links.dial(CLIENTS, "n2"));
  await until("nobody is there", () => nobody.isClosed);
  expect(nobody.error).toBe("ECONNRESET");
  await links.close();
  for (const peer of both) await until("it is told that the links are gone", () => peer.hasEnded);
  const after = new Peer(links.dial(CLIENTS, "n2"));
  await until("nothing is there any more", () => after.isClosed);
  expect(after.error).toBe("ECONNREFUSED");
});

test("five nodes have a link for every direction between them and with the clients, each on its own port", async () => {
  const nodes = ["n1", "n2", "n3", "n4", "n5"];
  const links = await openLinks({ host: HOST, nodes });
  open.push(links);
  const ports = [...nodes, CLIENTS].flatMap((from) =>
    nodes.filter((to) => to !== from).map((to) => links.address(from, to).port),
  );
  expect(new Set(ports).size).toBe(25);
  expect(await links.counters()).toHaveLength(30);
});

test("wrong names are told across the thread, and a closed link says so", async () => {
  const links = await openLinks({ host: HOST, nodes: ["n1", "n2"] });
  open.push(links);
  await expect(links.cut("n1", "n9")).rejects.toThrow('no link from "n1" to "n9"');
  expect(() => links.address("n9", "n1")).toThrow("no link");
  const address = links.address("n1", "n2");
  await links.close();
  await links.close();
  await expect(links.heal("n1", "n2")).rejects.toThrow("the links are closed");
  await expect(dial(address)).rejects.toThrow("ECONNREFUSED");
  await expect(openLinks({ host: HOST, nodes: ["a", "a"] })).rejects.toThrow("must differ");
});
