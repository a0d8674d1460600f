/** Connections that are dialled from the thread of the link: what they are to whoever holds them. */

import { Agent, createServer, request } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { closeAll, countersOf, linked, open, standsStill } from "./linked.js";
import { until, WAYS } from "./peers.js";

afterEach(closeAll);

const way = WAYS.find(({ over }) => over.includes("same thread"))!;

test("what a writer puts into its buffer after it was written is not what arrives", async () => {
  const { relay, server, dialled } = await linked({ way });
  const near = await dialled();
  const buffer = Buffer.from("first.");
  await relay.cut("n1", "n2");
  near.say(buffer);
  buffer.write("LATER.");
  await relay.heal("n1", "n2");
  await (await server.peer(0)).hears("first.");
});

test("what is said before there is a connection arrives in its order", async () => {
  const { server, attempt } = await linked({ way });
  const near = attempt();
  for (const word of ["1", "2", "3"]) near.say(word);
  near.socket.end("4");
  await (await server.peer(0)).hears("1234");
});

test("who hangs up before there is a connection was never there", async () => {
  const { relay, server, attempt, dialled } = await linked({ way });
  const [closes, resets] = [attempt(), attempt()];
  closes.socket.destroy();
  resets.reset();
  await until("both are gone", () => closes.isClosed && resets.isClosed);
  expect([closes.error, resets.error]).toEqual([null, null]);
  const late = await dialled();
  late.say("late");
  await (await server.peer(0)).hears("late");
  expect(server.peers).toHaveLength(1);
  expect((await countersOf(relay, "n1", "n2")).resetConnections).toBe(0);
});

test("an HTTP agent keeps one such connection, and leaves nothing on it from one request to the next", async () => {
  const accepted: Socket[] = [];
  const server = createServer((asked, answer) => void answer.end(asked.url));
  server.on("connection", (socket) => void accepted.push(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push({ close: () => void server.close() });
  const { relay } = await linked({ way });
  await relay.setUpstream("n2", { host: "127.0.0.1", port: (server.address() as AddressInfo).port });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  agent.createConnection = () => relay.dial("n1", "n2");
  const listeners = new Set<number>();
  for (let n = 0; n < 30; n++) {
    const heard = await new Promise((resolve, reject) => {
      request({ agent, path: `/${n}` }, (response) => void response.setEncoding("utf8").on("data", resolve))
        .on("error", reject)
        .on("close", () => listeners.add(Object.values(agent.freeSockets)[0]?.[0]?.listenerCount("error") ?? 0))
        .end();
    });
    expect(heard).toBe(`/${n}`);
  }
  expect(accepted).toHaveLength(1);
  expect(Math.max(...listeners)).toBeLessThanOrEqual(3);
  agent.destroy();
  await until("the server is told", () => accepted[0]!.destroyed);
});

test("who hangs up on a node that still talks resets it, and so does who never read what it said", async () => {
  const { relay, server, dialled } = await linked({ way });
  const [deaf, rude] = [await dialled(), await dialled()];
  const [first, second] = [await server.peer(0), await server.peer(1)];
  deaf.socket.pause();
  first.say(Buffer.alloc(1 << 20, "x"));
  await standsStill(async () => (await countersOf(relay, "n2", "n1")).passedBytes);
  deaf.socket.destroy();
  rude.socket.destroy();
  await until("the first is told", () => way.wasReset(first));
  await until("the second hears the end", () => second.hasEnded);
  // It has read the end already, so only what it writes tells it.
  await until("the second is told", () => {
    if (!second.isClosed) second.say("are you there?");
    return second.isClosed;
  });
});

test("a silent one times out when it was told to, and one that talks does not", async () => {
  const { relay } = await linked({ echo: true, way });
  const [silent, talks] = [relay.dial("n1", "n2"), relay.dial("n1", "n2")];
  for (const socket of [silent, talks]) open.push({ close: () => void socket.destroy() });
  const late: string[] = [];
  silent.setTimeout(400, () => late.push("silent"));
  talks.setTimeout(60_000, () => late.push("talks"));
  talks.on("data", () => undefined);
  await until("it is late", async () => {
    talks.write("x");
    await sleep(5);
    return late.length > 0;
  });
  expect(late).toEqual(["silent"]);
  talks.setTimeout(0);
  expect([talks.timeout, silent.timeout]).toEqual([0, 400]);
});
