/** What a reset must not leave behind: a descriptor that nobody owns keeps a worker alive for ever. */

import { afterEach, expect, test } from "vitest";
import { openRelay } from "../../../nemesis/network/relay.js";
import { dial, serve, until } from "./peers.js";

const open: { close(): Promise<void> | void }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});

test("an end and a reset that waited behind a cut together close the other side", async () => {
  const server = await serve({ echo: false });
  const relay = await openRelay({ nodes: ["n1", "n2"] });
  open.push(server, relay);
  await relay.setUpstream("n2", server);
  const near = await dial(relay.address("n1", "n2"));
  near.say("hello");
  const far = await server.peer(0);
  await far.hears("hello");
  await relay.cut("n1", "n2");
  near.socket.end();
  await new Promise((resolve) => setTimeout(resolve, 100));
  near.socket.resetAndDestroy();
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
});
