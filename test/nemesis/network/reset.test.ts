/** What a reset must not leave behind: a descriptor that nobody owns keeps a worker alive for ever. */

import { afterEach, expect, test } from "vitest";
import { closeAll, linked } from "./linked.js";
import { until, WAYS } from "./peers.js";

afterEach(closeAll);

/** Of a Unix socket nothing is reset. */
const ways = WAYS.filter(({ unixSockets }) => !unixSockets);

test.each(ways)(
  "over $over, an end and a reset that waited behind a cut together close the other side",
  async (way) => {
    const { relay, server, dialled } = await linked({ way });
    const near = await dialled();
    near.say("hello");
    const far = await server.peer(0);
    await far.hears("hello");
    await relay.cut("n1", "n2");
    near.socket.end();
    await new Promise((resolve) => setTimeout(resolve, 100));
    near.reset();
    await new Promise((resolve) => setTimeout(resolve, 100));
    // The answer meets the reset, so the relay learns of it while the end still waits.
    far.say("are you there?");
    await new Promise((resolve) => setTimeout(resolve, 100));
    await relay.heal("n1", "n2");
    await until("the other side is closed", () => {
      if (!far.socket.destroyed) far.say("?");
      return far.socket.destroyed;
    });
    expect(near.socket.destroyed).toBe(true);
  },
);

const sockets = (): number => process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length;

test.each(ways)("over $over, a node that vanishes behind a cut leaves no socket behind in the relay", async (way) => {
  const before = sockets();
  const { relay, server, attempt } = await linked({ way });
  // It ends its own side as soon as it hears the end, as most programs do: then an end and a reset meet in the relay.
  const near = attempt();
  near.say("x");
  const far = await server.peer(0);
  await far.hears("x");
  await relay.cut("n1", "n2");
  await relay.cut("n2", "n1");
  far.socket.destroy();
  for (const bytes of [1, 2]) {
    near.say("y");
    await until("it is held", async () =>
      (await relay.counters()).some(({ from, to, heldBytes }) => from === "n1" && to === "n2" && heldBytes === bytes),
    );
  }
  await relay.heal("n1", "n2");
  await relay.heal("n2", "n1");
  await until("the dialler is told", () => near.isClosed);
  await relay.close();
  await until("every socket is gone", () => sockets() === before);
});
