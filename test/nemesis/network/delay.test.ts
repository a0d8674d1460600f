/** What a delay does to bytes on a link. */

import { afterEach, describe, expect, test } from "vitest";
import { CLIENTS } from "../../../nemesis/fault.js";
import { closeAll, counted, countersOf, linked, type LinkedOptions, settle } from "./linked.js";
import { type Peer, WAYS } from "./peers.js";

afterEach(closeAll);

async function ping(near: Peer): Promise<number> {
  const start = performance.now();
  near.say("x");
  await new Promise<void>((resolve) => void near.socket.once("data", () => resolve()));
  return performance.now() - start;
}

/** Round trips in turn, over a link and beside it over one that has nothing: sorted, ms. */
async function pings(near: Peer, beside: Peer, count: number): Promise<{ tookMs: number[]; besideMs: number[] }> {
  const tookMs: number[] = [];
  const besideMs: number[] = [];
  for (let i = 0; i < count; i++) {
    tookMs.push(await ping(near));
    besideMs.push(await ping(beside));
  }
  for (const list of [tookMs, besideMs]) list.sort((a, b) => a - b);
  return { tookMs, besideMs };
}

describe.each(WAYS)("over $over", (way) => {
  const over = (options: LinkedOptions = {}) => linked({ ...options, way });

  test("a delay is never shorter than asked, and within 20 % of it at p50", async () => {
    const { relay, dialled } = await over({ echo: true });
    const [near, beside] = [await dialled(), await dialled(CLIENTS)];
    await relay.delay("n1", "n2", { latencyMs: 60, jitterMs: 0 });
    await relay.delay("n2", "n1", { latencyMs: 40, jitterMs: 0 });
    const delayed = await pings(near, beside, 15);
    expect(delayed.tookMs[0]).toBeGreaterThanOrEqual(100);
    expect(delayed.tookMs[7]! - delayed.besideMs[7]!).toBeLessThanOrEqual(120);
    expect((await countersOf(relay, "n1", "n2")).delayedBytes).toBe(15);
    await relay.delay("n1", "n2", null);
    await relay.delay("n2", "n1", { latencyMs: 0, jitterMs: 0 });
    const free = await pings(near, beside, 15);
    expect(free.tookMs[7]! - free.besideMs[7]!).toBeLessThan(20);
    expect((await countersOf(relay, "n2", "n1")).delayedBytes).toBe(15);
  });

  test("jitter spreads the delay evenly, and never changes the order of bytes", async () => {
    const { relay, server, dialled } = await over();
    const near = await dialled();
    const far = await server.peer(0);
    await relay.delay("n1", "n2", { latencyMs: 30, jitterMs: 30 });
    let sent = "";
    for (let i = 0; i < 40; i++) {
      near.say(`${i};`);
      sent += `${i};`;
      await settle(2);
    }
    await far.hears(sent);
    await relay.delay("n2", "n1", { latencyMs: 30, jitterMs: 20 });
    await relay.delay("n1", "n2", null);
    const beside = await dialled(CLIENTS);
    for (const end of [far, await server.peer(1)]) end.socket.pipe(end.socket);
    const { tookMs, besideMs } = await pings(near, beside, 30);
    expect(tookMs[0]).toBeGreaterThanOrEqual(10);
    expect(tookMs.at(-1)! - tookMs[0]!).toBeGreaterThan(15);
    expect(tookMs[15]! - besideMs[15]!).toBeLessThan(50);
  });

  test("taking a delay away releases what waited", async () => {
    const { relay, server, dialled } = await over();
    const near = await dialled();
    const far = await server.peer(0);
    await relay.delay("n1", "n2", { latencyMs: 60_000, jitterMs: 0 });
    near.say("slow");
    await counted(relay, { delayedBytes: 4 }, () => ({ near: near.error, peers: server.peers.length }));
    expect(far.heard.length).toBe(0);
    await relay.delay("n1", "n2", null);
    await far.hears("slow");
  });

  test("bytes that were on their way when the link was cut are held too", async () => {
    const { relay, server, dialled } = await over();
    const near = await dialled();
    const far = await server.peer(0);
    await relay.delay("n1", "n2", { latencyMs: 80, jitterMs: 0 });
    near.say("way");
    await counted(relay, { delayedBytes: 3 });
    await relay.cut("n1", "n2");
    await settle(150);
    expect(far.heard.length).toBe(0);
    expect((await countersOf(relay, "n1", "n2")).heldBytes).toBe(3);
    await relay.heal("n1", "n2");
    await far.hears("way");
  });
});
