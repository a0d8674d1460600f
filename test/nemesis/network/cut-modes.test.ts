import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { CUT_MODES, type CutMode } from "../../../nemesis/fault.js";
import { closeAll, countersOf, type Linked, linked, open, settle } from "./linked.js";
import { type Peer, serve, until, WAYS } from "./peers.js";

afterEach(closeAll);

/** A new connection echoes again. */
async function expectOpen({ dialled }: Linked): Promise<void> {
  const peer = await dialled();
  peer.say("whole");
  await peer.hears("whole");
}

describe.each(WAYS)("over $over", (way) => {
  const { wasReset, refusals } = way;
  /** n2 echoes, and one connection is open from the start. */
  async function echoing(): Promise<Linked & { near: Peer; far: Peer }> {
    const all = await linked({ echo: true, way });
    const near = await all.dialled();
    near.say("a");
    await near.hears("a");
    return { ...all, near, far: await all.server.peer(0) };
  }

  test("refuse: dialling is refused, what is open falls silent, and all of it comes back at the same address", async () => {
    const all = await echoing();
    const { relay, near, attempt } = all;
    const before = relay.address("n1", "n2");
    await relay.cut("n1", "n2", "refuse");
    const refused = attempt();
    await until("the refusal", () => refused.isClosed);
    expect(refused.error).toBe("ECONNREFUSED");
    near.say("b");
    await settle();
    expect(near.heard.toString()).toBe("a");
    expect(await countersOf(relay, "n1", "n2")).toMatchObject({ heldBytes: 1, refusedConnections: refusals });
    await relay.heal("n1", "n2");
    await near.hears("ab");
    expect(relay.address("n1", "n2")).toEqual(before);
    await expectOpen(all);
  });

  test("refuse: no stranger is given the port meanwhile", async () => {
    const all = await echoing();
    const { relay } = all;
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
    await expectOpen(all);
  });

  test("reset: both ends of an open connection are reset, and so is whoever dials until the heal", async () => {
    const all = await echoing();
    const { relay, near, far, server, attempt } = all;
    await relay.cut("n2", "n1", "reset");
    await until("both are told", () => wasReset(near) && wasReset(far));
    const late = attempt();
    await until("the reset", () => wasReset(late));
    expect(server.peers).toHaveLength(1);
    expect((await countersOf(relay, "n2", "n1")).resetConnections).toBe(2);
    await relay.heal("n2", "n1");
    await expectOpen(all);
  });

  test("hang: what is open goes on, and a new connection is accepted and goes nowhere until the heal", async () => {
    const { relay, near, server, dialled } = await echoing();
    await relay.cut("n1", "n2", "hang");
    near.say("b");
    await near.hears("ab");
    const late = await dialled();
    late.say("x");
    await settle();
    expect([late.heard.length, late.isClosed, server.peers.length]).toEqual([0, false, 1]);
    expect((await countersOf(relay, "n1", "n2")).heldConnections).toBe(1);
    await relay.heal("n1", "n2");
    await late.hears("x");
  });

  test("half-open: one end is reset, the other is not told, speaks to nobody, and learns of it after the heal", async () => {
    const all = await echoing();
    const { relay, near, far } = all;
    far.socket.unpipe(far.socket);
    await relay.cut("n1", "n2", "half-open");
    await until("n1 is told", () => wasReset(near));
    far.say("still there?");
    await settle();
    expect([far.hasEnded, far.isClosed]).toEqual([false, false]);
    expect((await countersOf(relay, "n1", "n2")).resetConnections).toBe(1);
    // A new connection passes: n1 has forgotten the old one, as after a restart.
    await expectOpen(all);
    await relay.heal("n1", "n2");
    await settle();
    expect(far.isClosed).toBe(false);
    far.say("hello?");
    await until("n2 is told", () => wasReset(far));
  });

  test("half-open, the other way round: the node is reset, and the dialler is not told", async () => {
    const { relay, near, far } = await echoing();
    await relay.cut("n2", "n1", "half-open");
    await until("n2 is told", () => wasReset(far));
    near.say("anybody?");
    await settle();
    expect([near.hasEnded, near.isClosed]).toEqual([false, false]);
    near.socket.end();
    await settle();
    expect(near.isClosed).toBe(false);
    await relay.heal("n2", "n1");
    await until("n1 is told", () => near.isClosed);
  });

  test("a cut that changes its mode does what the last one says, and the heal ends any of them", async () => {
    const all = await echoing();
    const { relay, dialled, attempt } = all;
    const modes: readonly CutMode[] = [...CUT_MODES, ...[...CUT_MODES].reverse()];
    for (const mode of modes) await relay.cut("n1", "n2", mode);
    await relay.cut("n1", "n2", "refuse");
    const refused = attempt();
    await until("the refusal", () => refused.isClosed);
    expect(refused.error).toBe("ECONNREFUSED");
    await relay.cut("n1", "n2", "hang");
    const held = await dialled();
    held.say("x");
    await settle();
    expect(held.heard.length).toBe(0);
    await relay.heal("n1", "n2");
    await held.hears("x");
    await relay.heal("n1", "n2");
    await expectOpen(all);
  });

  test("a relay that is closed in the middle of any cut leaves nothing behind", async () => {
    for (const mode of CUT_MODES) {
      const { relay, near, server, attempt } = await echoing();
      await relay.cut("n1", "n2", mode);
      const late = attempt();
      await relay.close();
      const far = server.peers[0]!;
      for (const peer of [near, late, far])
        await until(`nothing is open after ${mode}`, () => peer.hasEnded || peer.isClosed);
    }
  });
});
