import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, expect, test } from "vitest";
import { CUT_MODES, type CutMode } from "../../../nemesis/fault.js";
import type { LinkCounters } from "../../../nemesis/inject.js";
import { openRelay, type Relay } from "../../../nemesis/network/relay.js";
import { dial, HOST, Peer, type Server, serve, until } from "./peers.js";

const open: { close(): Promise<void> | void }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});

/** n1 dials n2, which echoes. One connection is open from the start. */
async function linked(): Promise<{ relay: Relay; server: Server; near: Peer; far: Peer }> {
  const server = await serve({ echo: true });
  open.push(server);
  const relay = await openRelay({ host: HOST, nodes: ["n1", "n2"] });
  open.push(relay);
  await relay.setUpstream("n2", server);
  const near = await dialled(relay);
  near.say("a");
  await near.hears("a");
  return { relay, server, near, far: await server.peer(0) };
}

async function dialled(relay: Relay): Promise<Peer> {
  const peer = await dial(relay.address("n1", "n2"));
  open.push({ close: () => void peer.socket.destroy() });
  return peer;
}

/** Dials without waiting for success. */
function attempt(relay: Relay): Peer {
  const peer = new Peer(connect(relay.address("n1", "n2")));
  open.push({ close: () => void peer.socket.destroy() });
  return peer;
}

async function countersOf(relay: Relay, from: string, to: string): Promise<LinkCounters> {
  return (await relay.counters()).find((link) => link.from === from && link.to === to)!;
}

const settle = (ms = 100): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A new connection echoes again. */
async function expectOpen(relay: Relay): Promise<void> {
  const peer = await dialled(relay);
  peer.say("whole");
  await peer.hears("whole");
}

test("refuse: dialling is refused, what is open falls silent, and all of it comes back at the same address", async () => {
  const { relay, near } = await linked();
  const before = relay.address("n1", "n2");
  await relay.cut("n1", "n2", "refuse");
  const refused = attempt(relay);
  await until("the refusal", () => refused.isClosed);
  expect(refused.error).toBe("ECONNREFUSED");
  near.say("b");
  await settle();
  expect(near.heard.toString()).toBe("a");
  expect(await countersOf(relay, "n1", "n2")).toMatchObject({ heldBytes: 1, refusedConnections: 1 });
  await relay.heal("n1", "n2");
  await near.hears("ab");
  expect(relay.address("n1", "n2")).toEqual(before);
  await expectOpen(relay);
});

test("refuse: no stranger is given the port meanwhile", async () => {
  const { relay } = await linked();
  const { port } = relay.address("n1", "n2");
  await relay.cut("n1", "n2", "refuse");
  // The operating system hands out ports by itself; a few hundred dials would now and then have hit a free one.
  const server = await serve({ echo: false });
  open.push(server);
  const own = new Set<number>();
  for (let i = 0; i < 300; i++) {
    const socket = connect(server);
    await once(socket, "connect");
    own.add(socket.localPort!);
    socket.resetAndDestroy();
  }
  expect(own.has(port)).toBe(false);
  await relay.heal("n1", "n2");
  await expectOpen(relay);
});

test("reset: both ends of an open connection are reset, and so is whoever dials until the heal", async () => {
  const { relay, near, far, server } = await linked();
  await relay.cut("n2", "n1", "reset");
  await until("both are told", () => near.isClosed && far.isClosed);
  expect([near.error, far.error]).toEqual(["ECONNRESET", "ECONNRESET"]);
  const late = attempt(relay);
  await until("the reset", () => late.isClosed);
  expect(late.error).toBe("ECONNRESET");
  expect(server.peers).toHaveLength(1);
  expect((await countersOf(relay, "n2", "n1")).resetConnections).toBe(2);
  await relay.heal("n2", "n1");
  await expectOpen(relay);
});

test("hang: what is open goes on, and a new connection is accepted and goes nowhere until the heal", async () => {
  const { relay, near, server } = await linked();
  await relay.cut("n1", "n2", "hang");
  near.say("b");
  await near.hears("ab");
  const late = await dialled(relay);
  late.say("x");
  await settle();
  expect([late.heard.length, late.isClosed, server.peers.length]).toEqual([0, false, 1]);
  expect((await countersOf(relay, "n1", "n2")).heldConnections).toBe(1);
  await relay.heal("n1", "n2");
  await late.hears("x");
});

test("half-open: one end is reset, the other is not told, speaks to nobody, and learns of it after the heal", async () => {
  const { relay, near, far } = await linked();
  far.socket.unpipe(far.socket);
  await relay.cut("n1", "n2", "half-open");
  await until("n1 is told", () => near.isClosed);
  expect(near.error).toBe("ECONNRESET");
  far.say("still there?");
  await settle();
  expect([far.hasEnded, far.isClosed]).toEqual([false, false]);
  expect((await countersOf(relay, "n1", "n2")).resetConnections).toBe(1);
  // A new connection passes: n1 has forgotten the old one, as after a restart.
  await expectOpen(relay);
  await relay.heal("n1", "n2");
  await settle();
  expect(far.isClosed).toBe(false);
  far.say("hello?");
  await until("n2 is told", () => far.isClosed);
  expect(far.error).toBe("ECONNRESET");
});

test("half-open, the other way round: the node is reset, and the dialler is not told", async () => {
  const { relay, near, far } = await linked();
  await relay.cut("n2", "n1", "half-open");
  await until("n2 is told", () => far.isClosed);
  near.say("anybody?");
  await settle();
  expect([far.error, near.hasEnded, near.isClosed]).toEqual(["ECONNRESET", false, false]);
  near.socket.end();
  await settle();
  expect(near.isClosed).toBe(false);
  await relay.heal("n2", "n1");
  await until("n1 is told", () => near.isClosed);
});

test("a cut that changes its mode does what the last one says, and the heal ends any of them", async () => {
  const { relay } = await linked();
  const modes: readonly CutMode[] = [...CUT_MODES, ...[...CUT_MODES].reverse()];
  for (const mode of modes) await relay.cut("n1", "n2", mode);
  await relay.cut("n1", "n2", "refuse");
  const refused = attempt(relay);
  await until("the refusal", () => refused.isClosed);
  expect(refused.error).toBe("ECONNREFUSED");
  await relay.cut("n1", "n2", "hang");
  const held = await dialled(relay);
  held.say("x");
  await settle();
  expect(held.heard.length).toBe(0);
  await relay.heal("n1", "n2");
  await held.hears("x");
  await relay.heal("n1", "n2");
  await expectOpen(relay);
});

test("a relay that is closed in the middle of any cut leaves nothing behind", async () => {
  for (const mode of CUT_MODES) {
    const { relay, near, server } = await linked();
    await relay.cut("n1", "n2", mode);
    const late = attempt(relay);
    await relay.close();
    const far = server.peers[0]!;
    for (const peer of [near, late, far])
      await until(`nothing is open after ${mode}`, () => peer.hasEnded || peer.isClosed);
  }
});
