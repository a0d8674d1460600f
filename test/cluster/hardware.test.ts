import { mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import type { Damage, DiskTrouble, Fault } from "../../nemesis/fault.js";
import { type Hands, openHands } from "../../nemesis/hands.js";
import type { Injected } from "../../nemesis/inject.js";
import { Cluster } from "../../src/cluster/cluster.js";

const made: { cluster: Cluster; dir: string }[] = [];
afterEach(async () => {
  for (const { cluster, dir } of made.splice(0)) {
    await cluster.stop();
    rmSync(dir, { recursive: true });
  }
});

/** One node, its own leader, so that every write is one record of its log. */
async function start(): Promise<{ cluster: Cluster; hands: Hands; log: string }> {
  const dir = mkdtempSync(join(tmpdir(), "kvtest-hardware-"));
  const cluster = await Cluster.start({
    nodes: ["n1"],
    protocol: {
      mode: "leader",
      leader: "n1",
      writeQuorum: 0,
      readFrom: "leader",
      readQuorum: 1,
      replicationDelayMs: null,
      quorumTimeoutMs: 500,
    },
    fsync: true,
    seed: 1,
    dir,
    portBase: null,
  });
  made.push({ cluster, dir });
  return { cluster, hands: openHands(cluster.system), log: join(dir, "data/n1/log") };
}

async function ask(cluster: Cluster, path: string, body?: object): Promise<{ ok?: boolean; value?: unknown }> {
  const port = cluster.nodes[0]!.ready!.httpPort;
  const options = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
  const response = await fetch(`http://127.0.0.1:${port}${path}`, options);
  return (await response.json()) as { ok?: boolean; value?: unknown };
}

const write = (cluster: Cluster, value: number): Promise<{ ok?: boolean }> =>
  ask(cluster, "/write", { key: "k", value });
const read = async (cluster: Cluster): Promise<unknown> => (await ask(cluster, "/read?key=k")).value;

async function done(hands: Hands, fault: Fault): Promise<Extract<Injected, { is: "done" }>> {
  const injected = await hands.inject(fault);
  if (injected.is !== "done") throw new Error(`${injected.is}: ${injected.why}`);
  return injected;
}

async function proof(injected: Extract<Injected, { is: "done" }>): Promise<string> {
  await injected.undo();
  await injected.undo();
  const { bit, evidence } = await injected.evidence();
  expect(bit, evidence).toBe(true);
  return evidence;
}

const settle = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Between these lies what the node's clock is ahead, ms: it was read somewhere between question and answer. */
async function offset(cluster: Cluster): Promise<{ readonly least: number; readonly most: number }> {
  const askedMs = Date.now();
  const clockMs = Number((await ask(cluster, "/clock")).value);
  return { least: clockMs - Date.now(), most: clockMs - askedMs };
}

/** Beside what a bounded slack allows. */
async function expectOffset(cluster: Cluster, wantedMs: number, slackMs: number): Promise<void> {
  const { least, most } = await offset(cluster);
  expect(least).toBeLessThan(wantedMs + slackMs);
  expect(most).toBeGreaterThan(wantedMs - slackMs);
}

test("a bump sets the node's clock ahead or behind, and the end sets it right", async () => {
  const { cluster, hands } = await start();
  for (const offsetMs of [5_000, -60_000]) {
    const injected = await done(hands, { f: "clock", who: ["n1"], skew: { is: "bump", offsetMs } });
    await expectOffset(cluster, offsetMs, 100);
    expect(await proof(injected)).toMatch(/^n1's clock read back [\d]+ ms (ahead|behind), then \d{1,3} ms/);
    await expectOffset(cluster, 0, 100);
  }
});

test("who asks for the clock is told what it was set to a moment ago", async () => {
  const { cluster, log } = await start();
  const file = join(log, "../../../hardware/n1");
  for (let i = 1; i <= 20; i++) {
    const clock = { offsetMs: 10_000 * i, rate: 1, sinceMs: Date.now() };
    writeFileSync(`${file}.new`, JSON.stringify({ clock, disk: null }));
    renameSync(`${file}.new`, file);
    await expectOffset(cluster, 10_000 * i, 100);
  }
});

test("a strobe jumps to and fro, and a rate gains as much as it says", async () => {
  const { cluster, hands } = await start();
  const strobe = await done(hands, { f: "clock", who: ["n1"], skew: { is: "strobe", offsetMs: 9_000, periodMs: 100 } });
  const seen = new Set<string>();
  for (let i = 0; i < 400 && seen.size < 2; i++) seen.add((await offset(cluster)).most > 4_500 ? "ahead" : "right");
  expect(seen.size).toBe(2);
  expect(await proof(strobe)).toMatch(/[1-9]\d* jumps$/);
  const rate = await done(hands, { f: "clock", who: ["n1"], skew: { is: "rate", rate: 3 } });
  await settle(600);
  const first = await offset(cluster);
  await settle(600);
  expect((await offset(cluster)).most - first.least).toBeGreaterThan(1_100);
  await proof(rate);
  await expectOffset(cluster, 0, 100);
});

test("a full, read-only or failing disk ends the node, and it is started again at the end", async () => {
  const { cluster, hands } = await start();
  expect(await write(cluster, 1)).toMatchObject({ ok: true });
  const troubles: readonly DiskTrouble[] = [
    { is: "full" },
    { is: "read-only" },
    { is: "errors", on: "fsync" },
    { is: "errors", on: "write", probability: 0.9 },
  ];
  for (const trouble of troubles) {
    const injected = await done(hands, { f: "disk", who: ["n1"], trouble });
    for (let i = 0; i < 1000 && (await cluster.nodes[0]!.state()) !== "gone"; i++) {
      await write(cluster, 2).catch(() => null);
      await settle(20);
    }
    expect(await proof(injected)).toMatch(/^n1 met the trouble [1-9]\d* times, ended, and was started again$/);
    expect(await write(cluster, 1)).toMatchObject({ ok: true });
    expect(await read(cluster)).toBe(1);
  }
});

test("a slow fsync makes a write wait, and only a write", async () => {
  const { cluster, hands } = await start();
  const injected = await done(hands, { f: "disk", who: ["n1"], trouble: { is: "slow", on: "fsync", delayMs: 200 } });
  const start_ = performance.now();
  expect(await write(cluster, 1)).toMatchObject({ ok: true });
  expect(performance.now() - start_).toBeGreaterThanOrEqual(195);
  expect(await proof(injected)).toMatch(/^n1 met the trouble [1-9]\d* times$/);
});

test("what was synced survives a crash that loses everything else; a torn write is cut off", async () => {
  const { cluster, hands, log } = await start();
  expect(await write(cluster, 1)).toMatchObject({ ok: true });
  const lost = await hands.inject({ f: "damage", who: ["n1"], damage: { is: "lose-unsynced" } });
  expect(lost).toMatchObject({ is: "unsupported", why: "nothing there to damage" });
  expect(await read(cluster)).toBe(1);

  // A write that waits for its fsync is in the file, and nobody was told of it.
  const slow = await done(hands, { f: "disk", who: ["n1"], trouble: { is: "slow", on: "fsync", delayMs: 20_000 } });
  const before = statSync(log).size;
  const unanswered = write(cluster, 2).catch(() => null);
  for (let i = 0; i < 1000 && statSync(log).size === before; i++) await settle(10);
  const crash = await done(hands, { f: "damage", who: ["n1"], damage: { is: "lose-unsynced" } });
  expect(await unanswered).toBe(null);
  expect(await proof(crash)).toContain("were not synced, and are lost, started on what was left");
  expect(await read(cluster)).toBe(1);
  await slow.undo();

  const torn = await done(hands, { f: "damage", who: ["n1"], damage: { is: "torn" } });
  expect(await proof(torn)).toMatch(/torn: \d+ bytes of it arrived, started on what was left$/);
  expect(await read(cluster)).toBe(1);
});

test("a log with damage in its middle is refused, and the node gets its files back at the end", async () => {
  const { cluster, hands, log } = await start();
  for (let i = 1; i <= 20; i++) await write(cluster, i);
  const whole = readFileSync(log, "utf8");
  const injected = await done(hands, { f: "damage", who: ["n1"], damage: { is: "flip", bits: 40 } });
  expect(await cluster.nodes[0]!.state()).toBe("gone");
  expect(await proof(injected)).toMatch(/40 bits turned over at byte .*, would not start: /);
  // The node notes each of its lives at the end.
  expect(readFileSync(log, "utf8").startsWith(whole)).toBe(true);
  expect(await read(cluster)).toBe(20);
});

test("a truncated log and a wiped disk lose what was acknowledged, and the node starts", async () => {
  const { cluster, hands } = await start();
  for (let i = 1; i <= 5; i++) await write(cluster, i);
  const damage: Damage = { is: "truncate", bytes: 60 };
  const truncated = await done(hands, { f: "damage", who: ["n1"], damage });
  expect(await proof(truncated)).toMatch(/the last 60 of \d+ bytes are gone, started on what was left$/);
  expect([1, 2, 3, 4]).toContain(await read(cluster));
  const wiped = await done(hands, { f: "wipe", who: ["n1"] });
  expect(await proof(wiped)).toMatch(/[1-9]\d* bytes wiped, started on what was left$/);
  expect(await read(cluster)).toBe(null);
});
