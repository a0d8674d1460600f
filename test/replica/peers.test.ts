import { once } from "node:events";
import net from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Peers } from "../../src/replica/peers.js";
import type { Json, NodeConfig } from "../../src/replica/wire.js";
import { leaderConfig } from "./protocol/alone.js";
import { freePorts } from "./real-node.js";

/** The other end: writes down what comes, connection by connection. */
class Listener {
  readonly connections: Json[][] = [];
  readonly sockets: net.Socket[] = [];
  readonly server = net.createServer((socket) => {
    const lines: Json[] = [];
    let rest = "";
    this.connections.push(lines);
    this.sockets.push(socket);
    socket.on("error", () => undefined);
    socket.setEncoding("utf8").on("data", (chunk: string) => {
      const parts = (rest + chunk).split("\n");
      rest = parts.pop() ?? "";
      for (const part of parts) lines.push(JSON.parse(part) as Json);
    });
  });

  async listen(port: number): Promise<number> {
    this.server.listen(port, "127.0.0.1");
    await once(this.server, "listening");
    return (this.server.address() as net.AddressInfo).port;
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }
}

let listener: Listener;
let peers: Peers | null;
let lost: { peer: string; dropped: number }[];
let connected: string[];
beforeEach(() => {
  listener = new Listener();
  peers = null;
  lost = [];
  connected = [];
});
afterEach(() => {
  peers?.close();
  listener.close();
});

function peersAt(port: number): Peers {
  const config: NodeConfig = {
    name: "n1",
    host: "127.0.0.1",
    port: 0,
    httpPort: 0,
    dataDir: "",
    peers: [{ name: "n2", host: "127.0.0.1", port }],
    fsync: false,
    seed: 1,
    protocol: leaderConfig(),
  };
  peers = new Peers(config, {
    onConnected: (peer) => connected.push(peer),
    onLost: (peer, _why, dropped) => lost.push({ peer, dropped }),
  });
  return peers;
}

test("the first line says who dials; what was sent before the connection stood follows, in order", async () => {
  const made = peersAt(await listener.listen(0));
  made.send("n2", 1);
  made.dial();
  made.send("n2", { two: 2 });
  made.send("nobody", 3);
  await expect.poll(() => listener.connections).toEqual([[{ peer: "n1" }, 1, { two: 2 }]]);
  expect(connected).toEqual(["n2"]);
});

test("of more than can wait the oldest are dropped", async () => {
  const made = peersAt(await listener.listen(0));
  for (let i = 0; i < 10_000; i++) made.send("n2", i);
  made.dial();
  const [last, kept] = [9999, 4096];
  await expect.poll(() => listener.connections[0]?.at(-1)).toBe(last);
  expect(listener.connections[0]).toEqual([
    { peer: "n1" },
    ...Array.from({ length: kept }, (_, i) => last - kept + 1 + i),
  ]);
  listener.sockets[0]?.destroy();
  await expect.poll(() => lost).toEqual([{ peer: "n2", dropped: 10_000 - kept }]);
});

test("a connection that dies is made again, and its successor is told who dials", async () => {
  const made = peersAt(await listener.listen(0));
  made.dial();
  for (let life = 1; life <= 3; life++) {
    await expect.poll(() => listener.connections.length).toBe(life);
    made.send("n2", life);
    await expect.poll(() => listener.connections[life - 1]).toEqual([{ peer: "n1" }, life]);
    listener.sockets[life - 1]?.resetAndDestroy();
  }
  await expect.poll(() => connected.length).toBe(4);
});

test("a peer that is not there yet is dialled until it is", async () => {
  const [port = 0] = await freePorts(1);
  const made = peersAt(port);
  made.dial();
  made.send("n2", "early");
  await new Promise((resolve) => setTimeout(resolve, 300));
  await listener.listen(port);
  await expect.poll(() => listener.connections).toEqual([[{ peer: "n1" }, "early"]]);
});

test("a peer that does not read slows nothing down here, and gets the newest when it does", async () => {
  const made = peersAt(await listener.listen(0));
  made.dial();
  await expect.poll(() => listener.sockets.length).toBe(1);
  listener.sockets[0]?.pause();
  const big = "x".repeat(2000);
  for (let i = 0; i < 30_000; i++) {
    made.send("n2", [i, big]);
    if (i % 1000 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  listener.sockets[0]?.resume();
  await expect.poll(() => listener.connections[0]?.at(-1)).toEqual([29_999, big]);
  expect(listener.connections[0]?.length).toBeLessThan(30_000);
});
