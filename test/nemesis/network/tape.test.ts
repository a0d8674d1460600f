import { afterEach, expect, test } from "vitest";
import { openLinks } from "../../../nemesis/network/links.js";
import { openRelay, type Relay } from "../../../nemesis/network/relay.js";
import { type LinkMessage, Listener, Tape } from "../../../nemesis/network/tape.js";
import { closeAll, open } from "./linked.js";
import { dial, HOST, Peer, serve, until } from "./peers.js";

afterEach(closeAll);

const FRAMED = { host: HOST, nodes: ["n1", "n2"], framing: { by: "lines" }, tape: {} } as const;

/** n1 has dialled n2. */
async function linked(): Promise<{ relay: Relay; near: Peer; far: Peer }> {
  const server = await serve({ echo: false });
  open.push(server);
  const relay = await openRelay(FRAMED);
  open.push(relay);
  await relay.setUpstream("n2", server);
  const near = await dial(relay.address("n1", "n2"));
  open.push({ close: () => void near.socket.destroy() });
  return { relay, near, far: await server.peer(0) };
}

const textsOf = (messages: readonly LinkMessage[]): readonly string[] => messages.map(({ text }) => text);
const now = (): number => Number(process.hrtime.bigint()) / 1e6;

test("both directions are taken down, line by line, however the bytes were cut", async () => {
  const { relay, near, far } = await linked();
  const before = now();
  near.say("one\ntw");
  await far.hears("one\ntw");
  near.say("o\n\nthree\n");
  await far.hears("one\ntwo\n\nthree\n");
  far.say("answer\nunfinished");
  await near.hears("answer\nunfinished");
  const messages = await relay.messages();
  expect(textsOf(messages)).toEqual(["one", "two", "three", "answer"]);
  expect(messages.map(({ from, to, bytes }) => `${from} ${to} ${bytes}`)).toEqual([
    "n1 n2 3",
    "n1 n2 3",
    "n1 n2 5",
    "n2 n1 6",
  ]);
  expect(new Set(messages.map(({ connection }) => connection)).size).toBe(1);
  for (const { sentMs, arrivedMs } of messages) {
    expect(sentMs).toBeGreaterThanOrEqual(before);
    expect(arrivedMs).toBeGreaterThanOrEqual(sentMs);
    expect(arrivedMs).toBeLessThan(now());
  }
});

test("what a cut holds arrives after the heal, and what is held for good never does", async () => {
  const { relay, near, far } = await linked();
  near.say("before\n");
  await far.hears("before\n");
  await relay.cut("n1", "n2", "drop");
  near.say("held\n");
  await until("it is taken down", async () => (await relay.messages()).length === 2);
  expect((await relay.messages()).at(-1)).toMatchObject({ text: "held", arrivedMs: null });
  const healed = now();
  await relay.heal("n1", "n2");
  await far.hears("before\nheld\n");
  const held = (await relay.messages()).at(-1);
  expect(held?.sentMs).toBeLessThan(healed);
  expect(held?.arrivedMs).toBeGreaterThanOrEqual(healed);
  near.say("after\n");
  await far.hears("before\nheld\nafter\n");
  expect((await relay.messages()).at(-1)).toMatchObject({ text: "after", arrivedMs: expect.any(Number) as number });
});

test("a lost message never arrives, a doubled one is one message, and swapped ones keep their own times", async () => {
  const { relay, near, far } = await linked();
  await relay.packet?.("n1", "n2", { loss: 1, duplicate: 0, reorder: 0 });
  near.say("lost\n");
  await until("it is taken down", async () => (await relay.messages()).length === 1);
  await relay.packet?.("n1", "n2", { loss: 0, duplicate: 1, reorder: 0 });
  near.say("twice\n");
  await far.hears("twice\ntwice\n");
  await relay.packet?.("n1", "n2", { loss: 0, duplicate: 0, reorder: 1 });
  near.say("first\nsecond\n");
  await far.hears("twice\ntwice\nsecond\nfirst\n");
  const messages = await relay.messages();
  expect(textsOf(messages)).toEqual(["lost", "twice", "first", "second"]);
  expect(messages.map(({ arrivedMs }) => arrivedMs === null)).toEqual([true, false, false, false]);
});

test("of many messages the latest are kept, and of a long one its beginning", () => {
  const tape = new Tape({ messagesMax: 100, textBytesMax: 8 });
  const listener = new Listener(tape, { from: "a", to: "b" }, 0);
  for (let i = 0; i < 250; i++) listener.passed(Buffer.from(`message ${i}\n`));
  const messages = tape.messages();
  expect(messages).toHaveLength(100);
  expect(messages[0]).toMatchObject({ text: "message ", bytes: 11 });
  const { sentMs } = messages[50]!;
  expect(tape.messages(sentMs).length).toBeLessThanOrEqual(50);
  listener.passed(Buffer.from("a".repeat(100_000)));
  listener.passed(Buffer.from("\n"));
  expect(tape.messages().at(-1)).toMatchObject({ text: "aaaaaaaa", bytes: 100_000 });
});

test("what goes through this thread and what goes through the worker is told in one order, and no more than is kept of one", async () => {
  const server = await serve({ echo: true });
  open.push(server);
  const links = await openLinks({ ...FRAMED, tape: { messagesMax: 6 } });
  open.push(links);
  await links.setUpstream("n2", { host: server.host, port: server.port });
  const near = new Peer(links.dial("n1", "n2"));
  const far = await dial(links.address("n1", "n2"));
  for (const peer of [near, far]) open.push({ close: () => void peer.socket.destroy() });
  let said = "";
  for (const word of ["a", "b", "c", "d"]) {
    said += `${word}\n`;
    for (const peer of [near, far]) {
      peer.say(`${word}\n`);
      await peer.hears(said);
    }
  }
  const messages = await links.messages();
  expect(textsOf(messages)).toEqual(["c", "c", "d", "d", "d", "d"]);
  expect(messages.map(({ from }) => from)).toEqual(["n1", "n2", "n1", "n2", "n1", "n2"]);
  const [first, , second, , third] = messages.map(({ connection }) => connection);
  expect(third).toBe(first);
  expect(second).not.toBe(first);
});

test("from the worker the same is told, and without framing or tape nothing is kept", async () => {
  const server = await serve({ echo: true });
  open.push(server);
  for (const { options, kept } of [
    { options: FRAMED, kept: 2 },
    { options: { host: HOST, nodes: FRAMED.nodes, framing: FRAMED.framing }, kept: 0 },
    { options: { host: HOST, nodes: FRAMED.nodes, tape: {} }, kept: 0 },
  ]) {
    const links = await openLinks(options);
    open.push(links);
    await links.setUpstream("n2", { host: server.host, port: server.port });
    const near = await dial(links.address("n1", "n2"));
    open.push({ close: () => void near.socket.destroy() });
    const before = now();
    near.say("hello\n");
    await near.hears("hello\n");
    const messages = await links.messages();
    expect(textsOf(messages)).toEqual(Array.from({ length: kept }, () => "hello"));
    for (const { sentMs } of messages) expect(sentMs).toBeGreaterThanOrEqual(before);
    expect(await links.messages(now())).toEqual([]);
  }
});
