import { afterEach, expect, test } from "vitest";
import type { LinkCounters } from "../../../nemesis/inject.js";
import type { Framing } from "../../../nemesis/network/mangler.js";
import { openRelay, type Relay } from "../../../nemesis/network/relay.js";
import { closeAll, open } from "./linked.js";
import { dial, HOST, type Peer, type Server, serve, until } from "./peers.js";

afterEach(closeAll);

/** n1 has dialled n2. */
async function linked(
  framing?: Framing,
): Promise<{ relay: Relay; server: Server; near: Peer; far: Peer; counters: () => Promise<LinkCounters> }> {
  const server = await serve({ echo: false });
  open.push(server);
  const relay = await openRelay({ host: HOST, nodes: ["n1", "n2"], ...(framing === undefined ? {} : { framing }) });
  open.push(relay);
  await relay.setUpstream("n2", server);
  const near = await dial(relay.address("n1", "n2"));
  open.push({ close: () => void near.socket.destroy() });
  const counters = async (): Promise<LinkCounters> =>
    (await relay.counters()).find(({ from, to }) => from === "n1" && to === "n2")!;
  return { relay, server, near, far: await server.peer(0), counters };
}

const settle = (ms = 150): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const LINES = { by: "lines" } as const;
const numbers = (count: number, from = 0): string[] => Array.from({ length: count }, (_, i) => `${from + i}`);
const lines = (list: readonly string[]): string => list.map((line) => `${line}\n`).join("");
const heardLines = (peer: Peer): string[] => peer.heard.toString().split("\n").slice(0, -1);

test("a limit of bandwidth lets bytes trickle at its rate, in order, and one direction only", async () => {
  const { relay, near, far, counters } = await linked();
  await relay.bandwidth("n1", "n2", 40_000);
  const sent = Buffer.from(Array.from({ length: 20_000 }, (_, i) => i % 251));
  const start = performance.now();
  near.say(sent);
  await until("half of it", () => far.heard.length >= 10_000);
  const halfMs = performance.now() - start;
  far.say("answer");
  await near.hears("answer");
  await until("all of it", () => far.heard.length === sent.length);
  const wholeMs = performance.now() - start;
  expect(halfMs).toBeGreaterThan(0.8 * 250);
  expect(wholeMs).toBeGreaterThan(0.95 * 500);
  expect(wholeMs).toBeLessThan(5_000);
  expect(far.heard.equals(sent)).toBe(true);
  expect((await counters()).throttledBytes).toBe(20_000);
});

test("all connections of a link share its bandwidth, and the end of the limit frees what waits", async () => {
  const { relay, server, near } = await linked();
  const other = await dial(relay.address("n1", "n2"));
  open.push({ close: () => void other.socket.destroy() });
  await relay.bandwidth("n1", "n2", 10_000);
  const start = performance.now();
  for (const peer of [near, other]) peer.say(Buffer.alloc(50_000, "b"));
  await settle(500);
  const total = (): number => server.peers.reduce((sum, peer) => sum + peer.heard.length, 0);
  const passed = total();
  expect(passed).toBeGreaterThan(2_000);
  // Ten bytes a millisecond, in slices of twenty.
  expect(passed).toBeLessThan(10 * (performance.now() - start) + 1_000);
  await relay.bandwidth("n1", "n2", null);
  await until("the rest", () => total() === 100_000);
  await expect(relay.bandwidth("n1", "n2", 0)).rejects.toThrow("a link that passes nothing is cut");
});

test("under slow close the bytes arrive at once, and the end so much later", async () => {
  const { relay, near, far, counters } = await linked();
  await relay.slowClose("n1", "n2", 1_000);
  const start = performance.now();
  near.socket.end("last words");
  await far.hears("last words");
  const wordsMs = performance.now() - start;
  await until("the end", () => far.hasEnded);
  const endMs = performance.now() - start;
  expect(endMs).toBeGreaterThanOrEqual(1_000);
  expect(endMs - wordsMs).toBeGreaterThan(300);
  expect((await counters()).slowCloses).toBe(1);
});

test("corruption turns over one bit of each chunk it hits, and changes no length", async () => {
  const { relay, near, far, counters } = await linked();
  await relay.corrupt("n1", "n2", 1);
  let chunks = 0;
  for (; chunks < 10; chunks++) {
    near.say(Buffer.alloc(100));
    await until("it arrives", () => far.heard.length === 100 * (chunks + 1));
  }
  const bits = [...far.heard].reduce((sum, byte) => sum + byte.toString(2).replaceAll("0", "").length, 0);
  expect(bits).toBe(chunks);
  expect((await counters()).corruptedBytes).toBe(chunks);
  await relay.corrupt("n1", "n2", null);
  near.say(Buffer.alloc(100));
  await until("the rest", () => far.heard.length === 1_100);
  expect((await counters()).corruptedBytes).toBe(chunks);
});

test("whole messages are lost with the probability asked for, and what arrives is whole and in order", async () => {
  const { relay, near, far, counters } = await linked(LINES);
  await relay.packet?.("n1", "n2", { loss: 0.3 });
  const sent = numbers(2_000);
  // In odd pieces, so that messages and chunks do not fall together.
  const all = lines(sent);
  for (let at = 0; at < all.length; at += 777) near.say(all.slice(at, at + 777));
  await relay.delay("n2", "n1", null);
  await until("all are judged", async () => heardLines(far).length + ((await counters()).lostMessages ?? 0) === 2_000);
  const heard = heardLines(far);
  expect(heard.length).toBeGreaterThan(1_250);
  expect(heard.length).toBeLessThan(1_550);
  const kept = new Set(heard);
  expect(heard).toEqual(sent.filter((line) => kept.has(line)));
});

test("messages are doubled, and overtaken by the next one", async () => {
  const { relay, near, far, counters } = await linked(LINES);
  await relay.packet?.("n1", "n2", { duplicate: 1 });
  near.say(lines(["a", "b"]));
  await far.hears("a\na\nb\nb\n");
  await relay.packet?.("n1", "n2", { reorder: 0.5 });
  const sent = numbers(1_000);
  near.say(lines(sent));
  await until("all arrive", () => heardLines(far).length === 1_004);
  const heard = heardLines(far).slice(4);
  expect(heard).not.toEqual(sent);
  expect(heard.toSorted((a, b) => Number(a) - Number(b))).toEqual(sent);
  for (const [i, line] of heard.entries()) expect(Math.abs(Number(line) - i)).toBeLessThanOrEqual(1_000);
  const swapped = (await counters()).reorderedMessages ?? 0;
  expect(swapped).toBeGreaterThan(150);
  expect((await counters()).duplicatedMessages).toBe(2);
});

test("a message that is to be overtaken arrives even when no other comes", async () => {
  const { relay, near, far } = await linked(LINES);
  await relay.packet?.("n1", "n2", { reorder: 1 });
  near.say("alone\n");
  await far.hears("alone\n");
  near.say("last\n");
  near.socket.end();
  await until("the end", () => far.hasEnded);
  expect(far.heard.toString()).toBe("alone\nlast\n");
});

test("a handshake is spared, and so is a message that was under way when it began", async () => {
  const { relay, near, far, counters } = await linked({ by: "lines", spared: 1 });
  await relay.packet?.("n1", "n2", { loss: 1 });
  near.say("hello\n");
  await far.hears("hello\n");
  await relay.packet?.("n1", "n2", null);
  near.say("one\ntw");
  await far.hears("hello\none\ntw");
  await relay.packet?.("n1", "n2", { loss: 1 });
  near.say("o\nthree\nfo");
  await until("three is lost", async () => (await counters()).lostMessages === 1);
  await relay.packet?.("n1", "n2", null);
  near.say("ur\nfive\n");
  await far.hears("hello\none\ntwo\nfour\nfive\n");
});

test("without framing no message can be lost, and the link says so by not having the hand", async () => {
  const { relay } = await linked();
  expect(relay.packet).toBeUndefined();
});

test("effects compose: what is lost, delayed and cut at once arrives after the heal, in order", async () => {
  const { relay, near, far } = await linked(LINES);
  await relay.packet?.("n1", "n2", { loss: 0.5 });
  await relay.delay("n1", "n2", { latencyMs: 20, jitterMs: 15 });
  await relay.bandwidth("n1", "n2", 200_000);
  await relay.cut("n1", "n2");
  const sent = numbers(400);
  near.say(lines(sent));
  await settle();
  expect(far.heard.length).toBe(0);
  await relay.heal("n1", "n2");
  near.socket.end();
  await until("the end", () => far.hasEnded);
  const kept = new Set(heardLines(far));
  expect(kept.size).toBeGreaterThan(100);
  expect(kept.size).toBeLessThan(300);
  expect([...kept]).toEqual(sent.filter((line) => kept.has(line)));
});
