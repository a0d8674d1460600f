/** Real network namespaces around foreign programs: as root, or in a user namespace of our own. */

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { whyNot } from "../../../nemesis/capabilities.js";
import { CLIENTS, type Fault } from "../../../nemesis/fault.js";
import { openHands } from "../../../nemesis/hands.js";
import { heal } from "../../../nemesis/heal.js";
import type { Injected, LinkCounters } from "../../../nemesis/inject.js";
import { openJournal, readJournal } from "../../../nemesis/journal.js";
import { type Namespaces, openNamespaces, whyNoNamespaces } from "../../../nemesis/network/namespaces.js";
import { until } from "./peers.js";

const why = await whyNoNamespaces();
if (why !== null) console.log(`skipped: real network namespaces: ${why}`);
// In CI whatever they need is installed: there it is a failure.
const can = why === null || process.env["CI"] === "true";

const PORT = 7000;
const nodes = ["n1", "n2", "n3"];
/** An echo server; what comes on its standard input as an address is pinged, and the time that took is printed, ms. */
const PROGRAM = `
  const net = require("node:net");
  const [host] = process.argv.slice(1);
  net.createServer((s) => s.on("error", () => {}).pipe(s)).listen(${PORT}, host, () => console.log("up"));
  const sockets = {};
  process.stdin.on("end", () => process.exit()).on("data", (bytes) => {
    for (const to of bytes.toString().trim().split("\\n")) {
      const socket = (sockets[to] ??= net.connect(${PORT}, to).on("error", (e) => console.log(to, e.code)));
      const start = performance.now();
      socket.once("data", () => console.log(to, performance.now() - start));
      socket.write("x");
    }
  });
`;

let network: Namespaces;
const children = new Map<string, ReturnType<typeof start>>();

function start(node: string) {
  const [command = "", ...words] = network.enter(node);
  return spawn(command, [...words, process.execPath, "-e", PROGRAM, network.hostOf(node)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
}

/** How long it takes `from` to hear back from `to`, ms. */
async function ping(from: string, to: string): Promise<number> {
  const child = children.get(from)!;
  let said = "";
  const hear = (bytes: Buffer): void => {
    said += bytes.toString();
  };
  child.stdout.on("data", hear);
  child.stdin.write(`${network.hostOf(to)}\n`);
  await until(`${from} hears from ${to}`, () => said.includes(`${network.hostOf(to)} `) && said.endsWith("\n"));
  child.stdout.off("data", hear);
  const line = said.split("\n").find((one) => one.startsWith(`${network.hostOf(to)} `))!;
  return Number(line.split(" ")[1]);
}

async function dialled(node: string): Promise<Socket> {
  const socket = connect({ host: network.hostOf(node), port: PORT }).on("error", () => undefined);
  await once(socket, "connect");
  return socket;
}

const settle = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const countersOf = async (from: string, to: string): Promise<LinkCounters> =>
  (await network.counters()).find((link) => link.from === from && link.to === to)!;

beforeAll(async () => {
  if (!can) return;
  network = await openNamespaces({ nodes });
  for (const node of nodes) {
    const child = start(node);
    await once(child.stdout, "data");
    children.set(node, child);
  }
});
afterAll(async () => {
  if (can) await network.close();
});

const left = (): readonly string[] =>
  [...(existsSync("/run/netns") ? readdirSync("/run/netns") : []), ...readdirSync("/sys/class/net")].filter((name) =>
    name.startsWith(`kvt${process.pid}`),
  );

async function injected(fault: Fault): Promise<Extract<Injected, { is: "done" }>> {
  const hands = openHands({ targets: nodes.map((name) => ({ name })), network });
  const done = await hands.inject(fault);
  if (done.is !== "done") throw new Error(`${done.is}: ${done.why}`);
  return done;
}

async function proof(done: Extract<Injected, { is: "done" }>): Promise<string> {
  await done.undo();
  const { bit, evidence } = await done.evidence();
  expect(bit, evidence).toBe(true);
  return evidence;
}

test.runIf(can)("nodes and clients reach each other, each node under one address", async () => {
  for (const from of nodes) for (const to of nodes) if (from !== to) expect(await ping(from, to)).toBeLessThan(5_000);
  for (const node of nodes) (await dialled(node)).destroy();
  expect((await countersOf("n1", "n2")).passedBytes).toBeGreaterThan(100);
  expect((await countersOf(CLIENTS, "n3")).passedBytes).toBeGreaterThan(100);
});

test.runIf(can)("a one-way cut is one-way, bites by bytes that were dropped, and heals", async () => {
  await ping("n1", "n2");
  const done = await injected({ f: "partition", shape: "one-way", grudge: { n2: ["n1"] } });
  const before = { there: await countersOf("n1", "n2"), back: await countersOf("n2", "n1") };
  let answered = false;
  const late = ping("n1", "n2").then((ms) => {
    answered = true;
    return ms;
  });
  await settle(600);
  expect(answered).toBe(false);
  const [there, back] = [await countersOf("n1", "n2"), await countersOf("n2", "n1")];
  expect(there.heldBytes).toBeGreaterThan(before.there.heldBytes);
  expect(there.passedBytes).toBe(before.there.passedBytes);
  expect(back.heldBytes).toBe(0);
  expect(await ping("n3", "n2")).toBeLessThan(5_000);
  expect(await proof(done)).toMatch(/^[1-9]\d* bytes and \d+ connections held on 1 of 1 cut links \(n1 > n2\)/);
  expect(await late).toBeGreaterThan(550);
});

test.runIf(can)("what is refused is refused at once, and what is reset is reset", async () => {
  const refuse = await injected({ f: "partition", shape: "clients", grudge: { n1: [CLIENTS] }, mode: "refuse" });
  const refused = await new Promise<NodeJS.ErrnoException>((resolve) =>
    connect({ host: network.hostOf("n1"), port: PORT }).on("error", resolve),
  );
  expect(refused.code).toBe("ECONNREFUSED");
  expect(await proof(refuse)).toContain("1 dials refused");
  const socket = await dialled("n1");
  const reset = await injected({ f: "partition", shape: "clients", grudge: { n1: [CLIENTS] }, mode: "reset" });
  const closed = new Promise((resolve) => socket.once("close", resolve));
  socket.write("x");
  await closed;
  expect(await proof(reset)).toMatch(/[1-9]\d* connections reset/);
  (await dialled("n1")).destroy();
});

test.runIf(can)("a limit of bandwidth is what was asked, within 20 %", async () => {
  const socket = await dialled("n2");
  let heard = 0;
  socket.on("data", (bytes) => {
    heard += bytes.length;
  });
  const done = await injected({ f: "bandwidth", links: [{ from: CLIENTS, to: "n2" }], bytesPerSecond: 40_000 });
  const startMs = performance.now();
  socket.write(Buffer.alloc(80_000));
  await until("all came back", () => heard === 80_000);
  const perSecond = 80_000 / ((performance.now() - startMs) / 1000);
  socket.destroy();
  expect(await proof(done)).toMatch(/[1-9]\d* bytes waited for their turn/);
  expect(perSecond).toBeGreaterThan(0.8 * 40_000);
  expect(perSecond).toBeLessThan(1.2 * 40_000);
});

test.runIf(can)("loss loses packets, counted, and about as many as asked", async () => {
  const socket = await dialled("n3");
  const done = await injected({ f: "packet", links: [{ from: "n3", to: CLIENTS }], effects: { loss: 0.3 } });
  const before = await countersOf("n3", CLIENTS);
  socket.on("data", () => undefined);
  for (let i = 0; i < 60; i++) {
    socket.write("x");
    await settle(25);
  }
  const after = await countersOf("n3", CLIENTS);
  socket.destroy();
  expect((after.lostMessages ?? 0) - (before.lostMessages ?? 0)).toBeGreaterThan(3);
  expect(await proof(done)).toMatch(/^[1-9]\d* messages lost/);
});

test.runIf(can)(
  "delay is what was asked at p50 where the kernel has netem, and refused before a run where not",
  async () => {
    const fault: Fault = { f: "delay", links: [{ from: "n1", to: "n2" }], latencyMs: 100, jitterMs: 0 };
    const system = { targets: nodes.map((name) => ({ name })), network };
    if (network.delay === undefined) {
      console.log("this kernel has no netem: no delay between real namespaces");
      expect(whyNot(system, { fault })).toBe("the links cannot delay");
      const swap: Fault = { f: "packet", links: [], effects: { loss: 0.1, reorder: 0.1 } };
      expect(whyNot(system, { fault: swap })).toBe("these links cannot swap messages");
      return;
    }
    await ping("n1", "n2");
    const done = await injected(fault);
    const tookMs: number[] = [];
    for (let i = 0; i < 7; i++) tookMs.push(await ping("n1", "n2"));
    await proof(done);
    const p50 = tookMs.toSorted((a, b) => a - b)[3]!;
    expect(p50).toBeGreaterThan(80);
    expect(p50).toBeLessThan(120);
  },
);

test.runIf(can)("a fault on silent links did not bite, and says so", async () => {
  const done = await injected({ f: "bandwidth", links: [{ from: "n1", to: "n3" }], bytesPerSecond: 1e9 });
  await done.undo();
  expect(await done.evidence()).toMatchObject({ bit: false });
});

test.runIf(can)("heal removes namespaces that were left behind, with what runs in them, and their links", async () => {
  const dir = mkdtempSync(join(tmpdir(), "kvtest-namespaces-"));
  const file = join(dir, "journal.jsonl");
  const journal = await openJournal(file);
  const other = await openNamespaces({ nodes: ["a", "b"], journal });
  const before = left();
  const [command = "", ...words] = other.enter("a");
  const child = spawn(command, [...words, "sleep", "60"], { stdio: "ignore" });
  const gone = once(child, "exit");
  await other.cut("a", "b");
  journal.close();
  expect(readJournal(file).open.map(({ undo }) => undo.undo)).toEqual(["namespace", "namespace"]);
  const healed = await heal(file);
  expect(healed.broken).toEqual([]);
  expect(healed.done).toHaveLength(2);
  await gone;
  await until("their links are gone", () => left().length === before.length - 4);
  expect(await heal(file)).toEqual({ done: [], broken: [] });
  rmSync(dir, { recursive: true });
});

test.runIf(can)("nothing is left when they are closed", async () => {
  const some = await openNamespaces({ nodes: ["x", "y"] });
  const during = left();
  await some.close();
  await some.close();
  await until("nothing is left", () => left().length === during.length - 4);
});

test.runIf(can)("without root they work in a user namespace of one's own, where that is allowed", () => {
  const door = new URL("../../../dist/nemesis/index.js", import.meta.url).href;
  const code = `const { whyNoNamespaces } = await import(${JSON.stringify(door)}); console.log(await whyNoNamespaces());`;
  const inside = `mount -t tmpfs kvtest /run && exec "$0" --input-type=module -e '${code}'`;
  const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  const args = ["--user", "--map-root-user", "--net", "--mount", "sh", "-c", inside, process.execPath];
  const { status, stdout, stderr } = spawnSync("unshare", args, { encoding: "utf8", ...nobody });
  // A kernel, or a container, may forbid it; then root is what it takes.
  if (status !== 0 && /unshare failed|Operation not permitted|EACCES|Permission denied/.test(stderr)) {
    console.log(`no user namespaces of one's own here: ${stderr.trim().split("\n")[0]}`);
    return;
  }
  expect(stdout, stderr).toBe("null\n");
});
