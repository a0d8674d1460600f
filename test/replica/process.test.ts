/** Real processes: how a node starts and ends, and what survives. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Json } from "../../src/replica/wire.js";
import { leaderConfig, OK, quorumConfig } from "./protocol/alone.js";
import { type Client, PROGRAM, RealCluster, type RealNode, runToExit } from "./real-node.js";

let cluster: RealCluster;
beforeEach(() => {
  cluster = new RealCluster();
});
afterEach(() => cluster.end());

const single = leaderConfig({ writeQuorum: 0, readQuorum: 1 });
const isGone = (pid: number): boolean => {
  try {
    // A zombie has ended: it only waits to be noticed.
    return /^State:\s+[ZX]/m.test(fs.readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return true;
  }
};

describe("a node ends", () => {
  test("when its stdin does, with 0", async () => {
    const node = cluster.node({ name: "n1", peers: [], protocol: single });
    await node.start();
    node.child.stdin.end();
    const { code, stdout, stderr } = await node.exit();
    expect(code).toBe(0);
    expect(stdout.trim().split("\n")).toHaveLength(1);
    const last = JSON.parse(stderr.trim().split("\n").at(-1) ?? "") as Json;
    expect(last).toMatchObject({ level: 30, node: "n1", msg: "stdin ended" });
  });

  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    test(`on ${signal}, with 0`, async () => {
      const node = cluster.node({ name: "n1", peers: [], protocol: single });
      await node.start();
      node.signal(signal);
      expect(await node.exit()).toMatchObject({ code: 0, signal: null });
    });
  }

  test("when whoever started it is killed", async () => {
    const { config } = cluster.node({ name: "n1", peers: [], protocol: single });
    const starter = `
      import { spawn } from "node:child_process";
      const child = spawn(process.execPath, [${JSON.stringify(PROGRAM)}, process.argv[1]], { stdio: ["pipe", "pipe", "ignore"] });
      child.stdout.pipe(process.stdout);
    `;
    const args = ["--input-type=module", "-e", starter, JSON.stringify(config)];
    const parent = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    const [line] = (await once(parent.stdout, "data")) as [Buffer];
    const { pid } = JSON.parse(line.toString()) as { pid: number };
    expect(isGone(pid)).toBe(false);
    parent.kill("SIGKILL");
    await expect.poll(() => isGone(pid)).toBe(true);
  });
});

describe("a node refuses to start", () => {
  test("with 254 and every problem, when its configuration is wrong", async () => {
    const { code, stdout, stderr } = await runToExit([JSON.stringify({ name: "n1", port: "x" })]);
    expect(code).toBe(254);
    expect(stdout).toBe("");
    expect(stderr).toContain("bad configuration:\n  host is missing");
    expect(stderr).toContain('port is "x", expected 0 (any) .. 65535');
    expect(stderr).toContain("protocol is missing");
    expect((await runToExit([])).code).toBe(254);
  });

  test("with 65 and the place, when its log is damaged", async () => {
    const node = cluster.node({ name: "n1", peers: [], protocol: single });
    await node.start();
    const client = cluster.client(node);
    for (let i = 0; i < 5; i++) await client.write("k", `value ${i}`);
    await node.kill();
    const file = path.join(node.config.dataDir, "log");
    fs.writeFileSync(file, fs.readFileSync(file, "utf8").replace("value 2", "value x"));
    const { code, stdout, stderr } = await runToExit([JSON.stringify(node.config)]);
    expect([code, stdout]).toEqual([65, ""]);
    expect(JSON.parse(stderr)).toMatchObject({
      level: 60,
      msg: expect.stringContaining("is damaged, but a whole record"),
    });
  });

  test("with 65, when its log was written by another protocol", async () => {
    const node = cluster.node({ name: "n1", peers: [], protocol: single });
    await node.start();
    await node.kill();
    const other = { ...node.config, protocol: quorumConfig({ readQuorum: 1, writeQuorum: 1 }) };
    const { code, stderr } = await runToExit([JSON.stringify(other)]);
    expect(code).toBe(65);
    expect(stderr).toContain("cannot read it");
  });

  test("with 69, when its port is taken", async () => {
    const server = net.createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as net.AddressInfo;
    const { config } = cluster.node({ name: "n1", peers: [], protocol: single, port });
    expect(await runToExit([JSON.stringify(config)])).toMatchObject({
      code: 69,
      stderr: expect.stringContaining("EADDRINUSE"),
    });
    server.close();
  });
});

describe("SIGKILL", () => {
  test("takes no acknowledged write with it, and nothing that was read", async () => {
    const node = cluster.node({ name: "n1", peers: [], protocol: leaderConfig({ writeQuorum: 0, readQuorum: 1 }) });
    const acknowledged = new Map<string, number>();
    const seen = new Map<string, number>();
    let value = 0;
    let atTheKill = 0;
    for (let life = 0; life < 5; life++) {
      await node.start();
      const clients = [cluster.client(node), cluster.client(node)];
      for (const key of ["a", "b", "c"]) {
        const reply = await clients[0]!.read(key);
        const found = reply.ok ? Number(reply.value) : -1;
        expect(found, `life ${life}, key ${key}`).toBeGreaterThanOrEqual(acknowledged.get(key) ?? 0);
        expect(found, `life ${life}, key ${key}`).toBeGreaterThanOrEqual(seen.get(key) ?? 0);
      }
      let open = 0;
      const going = { on: true };
      const writer = async (client: Client, key: string): Promise<void> => {
        while (going.on) {
          const mine = ++value;
          open++;
          const reply = await client.write(key, mine);
          open--;
          if (reply.ok) acknowledged.set(key, Math.max(mine, acknowledged.get(key) ?? 0));
        }
      };
      const reader = async (client: Client, key: string): Promise<void> => {
        while (going.on) {
          const reply = await client.read(key);
          if (reply.ok) seen.set(key, Math.max(Number(reply.value), seen.get(key) ?? 0));
        }
      };
      for (const key of ["a", "b", "c"]) {
        void writer(clients[0]!, key);
        void reader(clients[1]!, key);
      }
      const enough = value + 300;
      await expect.poll(() => value, { interval: 5 }).toBeGreaterThan(enough);
      atTheKill += open;
      await node.kill();
      going.on = false;
    }
    expect(atTheKill).toBeGreaterThan(0);
  });

  test("of a follower, and of the leader, is made up for: all replicas end up the same", async () => {
    const nodes = await cluster.start(leaderConfig({ writeQuorum: 1, readFrom: "any", quorumTimeoutMs: 20_000 }));
    const [n1, n2, n3] = nodes as [RealNode, RealNode, RealNode];
    let leader = cluster.client(n1);
    expect(await leader.write("k", 1)).toEqual(OK);
    await n2.kill();
    expect(await leader.write("k", 2)).toEqual(OK);
    for (let i = 0; i < 200; i++) expect(await leader.write(`k${i}`, i)).toEqual(OK);
    await n3.kill();
    await n1.kill();
    await Promise.all(nodes.map((node) => node.start()));
    leader = cluster.client(n1);
    expect(await leader.read("k")).toEqual({ ok: true, value: 2 });
    const dumps = async (): Promise<number> => {
      const all = await Promise.all(nodes.map((node) => cluster.client(node).dump()));
      return new Set(
        all.map((dump) => JSON.stringify(Object.entries(dump as object).sort(([a], [b]) => (a < b ? -1 : 1)))),
      ).size;
    };
    await expect.poll(dumps).toBe(1);
    expect(Object.keys((await cluster.client(n2).dump()) as object)).toHaveLength(201);
  });
});

describe("three nodes", () => {
  test("leader: a follower refuses writes by name, over HTTP with 421; a quorum that is not there is partial, 504", async () => {
    const nodes = await cluster.start(leaderConfig({ writeQuorum: 2, readQuorum: 3, quorumTimeoutMs: 2000 }));
    const [n1, n2, n3] = nodes as [RealNode, RealNode, RealNode];
    expect(await cluster.client(n1).write("k", 1)).toEqual(OK);
    const refusal = { ok: false, error: "not-leader", message: "n2 follows n1", leader: "n1" };
    expect(await n2.http("POST", "/write", '{"key":"k","value":2}')).toEqual({ status: 421, json: refusal });
    expect(await cluster.client(n2).read("k")).toEqual(refusal);
    n3.signal("SIGSTOP");
    expect(await n1.http("POST", "/write", '{"key":"k","value":3}')).toMatchObject({
      status: 504,
      json: { error: "partial" },
    });
    expect(await cluster.client(n1).read("k")).toEqual({ ok: true, value: 3 });
    n3.signal("SIGCONT");
    await expect.poll(() => cluster.client(n3).dump()).toEqual({ k: [3] });
  });

  test("leader, asynchronous: a follower answers with the past until the delayed replication has come", async () => {
    const delay = [2000, 2000] as const;
    const nodes = await cluster.start(leaderConfig({ writeQuorum: 0, readFrom: "any", replicationDelayMs: delay }));
    const [n1, , n3] = nodes as [RealNode, RealNode, RealNode];
    const [leader, follower] = [cluster.client(n1), cluster.client(n3)];
    expect(await follower.read("k")).toEqual({ ok: true, value: null });
    expect(await leader.write("k", 1)).toEqual(OK);
    expect(await follower.read("k")).toEqual({ ok: true, value: null });
    await expect.poll(() => cluster.client(n3).read("k")).toEqual({ ok: true, value: 1 });
  });

  test("quorum: R and W are counted among real replicas; no-quorum is 503", async () => {
    const nodes = await cluster.start(quorumConfig({ quorumTimeoutMs: 2000 }));
    const [n1, n2, n3] = nodes as [RealNode, RealNode, RealNode];
    expect(await cluster.client(n1).write("k", 1)).toEqual(OK);
    expect(await cluster.client(n2).read("k")).toEqual({ ok: true, value: 1 });
    await n3.kill();
    expect(await cluster.client(n2).write("k", 2)).toEqual(OK);
    expect(await cluster.client(n1).read("k")).toEqual({ ok: true, value: 2 });
    await n2.kill();
    expect(await n1.http("GET", "/read?key=k")).toMatchObject({ status: 503, json: { error: "no-quorum" } });
    expect(await cluster.client(n1).write("k", 3)).toMatchObject({ error: "partial" });
    await Promise.all([n2.start(), n3.start()]);
    // Read repair: reading at n1 brings both others up.
    const repaired = async (): Promise<Json> => {
      await cluster.client(n1).read("k");
      return [await cluster.client(n2).dump(), await cluster.client(n3).dump()];
    };
    await expect.poll(repaired).toEqual([{ k: [3] }, { k: [3] }]);
  });

  test("vector clocks: two writes that did not know of each other are both kept, and a context resolves them", async () => {
    const delay = [2000, 2000] as const;
    const protocol = quorumConfig({
      writeQuorum: 1,
      readQuorum: 1,
      versioning: "vector-clock",
      replicationDelayMs: delay,
    });
    const nodes = await cluster.start(protocol);
    const [n1, n2, n3] = nodes as [RealNode, RealNode, RealNode];
    const clients = [cluster.client(n1), cluster.client(n2)] as const;
    // Both are connected before either writes.
    await Promise.all(clients.map((client) => client.read("k")));
    await Promise.all([clients[0].write("k", "mine"), clients[1].write("k", "yours")]);
    const both = { ok: true, value: "yours", siblings: ["yours", "mine"], context: { n1: 1, n2: 1 } };
    for (const node of nodes) await expect.poll(() => cluster.client(node).read("k")).toEqual(both);
    const body = JSON.stringify({ key: "k", value: "ours", context: both.context });
    expect((await n3.http("POST", "/write", body)).status).toBe(200);
    for (const node of nodes) await expect.poll(() => cluster.client(node).dump()).toEqual({ k: ["ours"] });
  });
});
