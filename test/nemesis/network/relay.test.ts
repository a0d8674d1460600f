import { afterEach, describe, expect, test } from "vitest";
import { draw } from "../../../nemesis/draw.js";
import { CLIENTS } from "../../../nemesis/fault.js";
import { openRelay } from "../../../nemesis/network/relay.js";
import { closeAll, counted, countersOf, linked, type LinkedOptions, open, settle, standsStill } from "./linked.js";
import { dial, serve, until, WAYS } from "./peers.js";

const seed = Number(process.env["SEED"] ?? Date.now() % 1e6);
console.log(`relay: SEED=${seed}`);

afterEach(closeAll);

describe.each(WAYS)("over $over", (way) => {
  const { wasReset } = way;
  const over = (options: LinkedOptions = {}) => linked({ ...options, way });

  test("an open link passes bytes both ways, counts them, and passes a half-close on", async () => {
    const { relay, server, dialled } = await over();
    const near = await dialled();
    near.say("hello");
    const far = await server.peer(0);
    await far.hears("hello");
    near.socket.end();
    await until("the end arrives", () => far.hasEnded);
    far.say("still here");
    await near.hears("still here");
    far.socket.end();
    await until("both are closed", () => near.isClosed && far.isClosed);
    expect(await countersOf(relay, "n1", "n2")).toMatchObject({ passedBytes: 5, heldBytes: 0, delayedBytes: 0 });
    expect(await countersOf(relay, "n2", "n1")).toMatchObject({ passedBytes: 10 });
  });

  test("a one-way cut is one-way, and what was held arrives after the heal, whole and in order", async () => {
    const { relay, server, dialled } = await over();
    const near = await dialled();
    const far = await server.peer(0);
    near.say("1");
    await far.hears("1");
    await relay.cut("n1", "n2");
    for (const word of ["2", "3", "4"]) near.say(word);
    far.say("answer");
    await near.hears("answer");
    await settle();
    expect(far.heard.toString()).toBe("1");
    expect(await countersOf(relay, "n1", "n2")).toMatchObject({ passedBytes: 1, heldBytes: 3 });
    expect(await countersOf(relay, "n2", "n1")).toMatchObject({ passedBytes: 6, heldBytes: 0 });
    await relay.heal("n1", "n2");
    near.say("5");
    await far.hears("12345");
  });

  test("a cut of the other direction lets the request through and holds the answer", async () => {
    const { relay, server, dialled } = await over({ echo: true });
    const near = await dialled();
    const far = await server.peer(0);
    await relay.cut("n2", "n1");
    near.say("ping");
    await far.hears("ping");
    await settle();
    expect(near.heard.toString()).toBe("");
    expect((await countersOf(relay, "n2", "n1")).heldBytes).toBe(4);
    await relay.heal("n2", "n1");
    await near.hears("ping");
  });

  test("clients are a node's neighbour like any other, and their link is their own", async () => {
    const { relay, server, dialled } = await over({ echo: true });
    const client = await dialled(CLIENTS);
    const peer = await dialled();
    await relay.cut(CLIENTS, "n2");
    client.say("c");
    peer.say("p");
    await peer.hears("p");
    await settle();
    expect(client.heard.toString()).toBe("");
    expect(server.peers).toHaveLength(2);
    await relay.heal(CLIENTS, "n2");
    await client.hears("c");
  });

  test("a close and a reset are not seen through a cut, only after the heal", async () => {
    const { relay, server, dialled } = await over();
    const [ends, resets] = [await dialled(), await dialled()];
    ends.say("e");
    resets.say("r");
    await until(
      "both are there",
      () => server.peers.length === 2 && server.peers.every((peer) => peer.heard.length === 1),
    );
    const [ended, reset] = ["e", "r"].map((word) => server.peers.find((peer) => peer.heard.toString() === word)!);
    await relay.cut("n1", "n2");
    ends.socket.end();
    resets.reset();
    await settle();
    expect([ended!.hasEnded, wasReset(reset!)]).toEqual([false, false]);
    await relay.heal("n1", "n2");
    await until("both are told", () => ended!.hasEnded && wasReset(reset!));
    expect(ended!.error).toBe(null);
  });

  test("a reset passes an open link in both directions", async () => {
    const { server, dialled } = await over();
    const first = await dialled();
    first.say("x");
    const far = await server.peer(0);
    first.reset();
    await until("the node is told", () => wasReset(far));
    const second = await dialled();
    (await server.peer(1)).reset();
    await until("the dialler is told", () => wasReset(second));
  });

  test("a connection during a cut of either direction goes nowhere, is counted, and is served after the heal", async () => {
    const { relay, server, dialled } = await over({ echo: true });
    for (const [from, to] of [
      ["n1", "n2"],
      ["n2", "n1"],
    ] as const) {
      const before = server.peers.length;
      await relay.cut(from, to);
      const near = await dialled();
      near.say("anybody?");
      await settle();
      expect(server.peers).toHaveLength(before);
      expect((await countersOf(relay, from, to)).heldConnections).toBe(1);
      await relay.heal(from, to);
      await near.hears("anybody?");
    }
  });

  test("a dialler that gives up during a cut was never there", async () => {
    const { relay, server, dialled } = await over();
    await relay.cut("n1", "n2");
    const [closes, resets] = [await dialled(), await dialled()];
    closes.say("x");
    await counted(relay, { heldBytes: 1 });
    closes.socket.destroy();
    resets.reset();
    await settle();
    await relay.heal("n1", "n2");
    const late = await dialled();
    late.say("late");
    await (await server.peer(0)).hears("late");
    expect(server.peers).toHaveLength(1);
  });

  test("a node that is down is noticed at once, and found again on another port", async () => {
    const { relay, server, dialled, attempt } = await over({ echo: true });
    const first = await dialled();
    first.say("1");
    await first.hears("1");
    await server.close();
    const refused = attempt();
    await until("the refusal", () => wasReset(refused));
    const again = await serve({ echo: true, unixSockets: way.unixSockets });
    open.push(again);
    await relay.setUpstream("n2", again);
    const second = await dialled();
    second.say("2");
    await second.hears("2");
    await relay.setUpstream("n2", null);
    const nowhere = attempt();
    await until("nobody is there", () => nowhere.isClosed);
  });

  test("a flood into a cut link is held up to the bound, then its sender waits; nothing is lost", async () => {
    const bufferBytesMax = 256 * 1024;
    const { relay, server, dialled } = await over({ bufferBytesMax });
    const near = await dialled();
    const far = await server.peer(0);
    await relay.cut("n1", "n2");
    const total = 64 * 1024 * 1024;
    const block = Buffer.alloc(1024 * 1024, "f");
    for (let sent = 0; sent < total; sent += block.length) near.say(block);
    near.socket.end("!");
    const heldBytes = await standsStill(async () => (await countersOf(relay, "n1", "n2")).heldBytes);
    expect(heldBytes).toBeGreaterThan(bufferBytesMax / 2);
    expect(heldBytes).toBeLessThanOrEqual(bufferBytesMax + 64 * 1024);
    expect(far.heard.length).toBe(0);
    let heard = 0;
    far.socket.removeAllListeners("data");
    far.socket.on("data", (bytes) => {
      heard += bytes.length;
    });
    await relay.heal("n1", "n2");
    await until("everything has arrived", () => far.hasEnded);
    expect(heard).toBe(total + 1);
  });

  test("a node that does not read slows its sender down instead of filling the relay", async () => {
    const { relay, server, dialled } = await over();
    const near = await dialled();
    const far = await server.peer(0);
    far.socket.pause();
    const block = Buffer.alloc(1024 * 1024, "s");
    for (let i = 0; i < 64; i++) near.say(block);
    const passedBytes = await standsStill(async () => (await countersOf(relay, "n1", "n2")).passedBytes);
    expect(passedBytes).toBeLessThan(32 * 1024 * 1024);
    let heard = 0;
    far.socket.removeAllListeners("data");
    far.socket.on("data", (bytes) => {
      heard += bytes.length;
    });
    far.socket.resume();
    await until("everything arrives", () => heard === 64 * 1024 * 1024);
  });

  test("many connections over a link that is cut, healed, slowed and freed at random lose and reorder nothing", async () => {
    const { relay, dialled } = await over({ echo: true });
    const peers = await Promise.all(Array.from({ length: 60 }, () => dialled()));
    const sent = peers.map(() => "");
    let cuts = 0;
    for (let step = 0; step < 60; step++) {
      const pick = (label: string): number => draw(seed, step, label);
      const [from, to] = pick("way") < 0.5 ? (["n1", "n2"] as const) : (["n2", "n1"] as const);
      const what = pick("what");
      if (what < 0.3) await relay.cut(from, to).then(() => (cuts += 1));
      else if (what < 0.6) await relay.heal(from, to);
      else if (what < 0.8) await relay.delay(from, to, { latencyMs: 20 * pick("ms"), jitterMs: 10 * pick("jitter") });
      else await relay.delay(from, to, null);
      for (const [i, peer] of peers.entries()) {
        if (pick(`says ${i}`) < 0.5) continue;
        const word = `${step}.${i};`.repeat(1 + Math.floor(200 * pick(`words ${i}`)));
        peer.say(word);
        sent[i] += word;
      }
      await settle(5);
    }
    expect(cuts, "the link was cut").toBeGreaterThan(5);
    for (const [from, to] of [
      ["n1", "n2"],
      ["n2", "n1"],
    ] as const) {
      await relay.heal(from, to);
      await relay.delay(from, to, null);
    }
    for (const peer of peers) peer.socket.end();
    await until("all echoes are back", () => peers.every((peer) => peer.isClosed));
    for (const [i, peer] of peers.entries()) expect(peer.heard.toString() === sent[i], `connection ${i}`).toBe(true);
  });

  test("names that make no link are told", async () => {
    const { relay } = await over();
    expect(() => relay.address("n1", "n9")).toThrow('no link from "n1" to "n9"');
    expect(() => relay.address("n1", CLIENTS)).toThrow("no link");
    expect(() => relay.dial("n1", "n9")).toThrow('no link from "n1" to "n9"');
    expect(() => relay.dial("n1", CLIENTS)).toThrow("no link");
    await expect(relay.cut("n1", "n1")).rejects.toThrow("no link");
    await expect(relay.setUpstream("n9", null)).rejects.toThrow('no node "n9"');
    await expect(openRelay({ nodes: ["n1", "n1"] })).rejects.toThrow("must differ");
    await expect(openRelay({ nodes: [CLIENTS] })).rejects.toThrow("must differ");
  });

  test("closing ends every connection, and can be done twice", async () => {
    const { relay, server, dialled, attempt } = await over();
    const near = await dialled();
    near.say("x");
    const far = await server.peer(0);
    const address = relay.address("n1", "n2");
    await relay.close();
    await relay.close();
    await until("both ends are told", () => near.hasEnded && far.hasEnded);
    await expect(dial(address)).rejects.toThrow("ECONNREFUSED");
    const late = attempt();
    await until("the refusal", () => late.isClosed);
    expect(late.error).toBe("ECONNREFUSED");
  });
});
