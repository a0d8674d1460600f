import { expect, test } from "vitest";
import { dial, serve, until } from "./peers.js";

test("what is never met tells what was seen last, and how often was looked", async () => {
  let looks = 0;
  const never = until(
    "it counts to a million",
    () => ({ count: ++looks }),
    ({ count }) => count === 1e6,
    20,
  );
  await expect(never).rejects.toThrow(
    /not within 20 ms and \d+ looks: it counts to a million; seen last: {"count":\d+}/,
  );
});

test("a process that stood still for the whole time still sees what had come meanwhile", async () => {
  const server = await serve({ echo: false });
  const near = await dial(server);
  const far = await server.peer(0);
  near.say("in time");
  const heard = until(
    "it is heard",
    () => {
      // As if the machine had given us no time at all.
      for (const endMs = performance.now() + 30; performance.now() < endMs; );
      return far.heard.toString();
    },
    (text) => text === "in time",
    20,
  );
  await heard;
  near.socket.destroy();
  await server.close();
});

test.runIf(process.platform === "linux")(
  "a connection to this port on the usual address of loopback does not come in here",
  async () => {
    const usual = await serve({ echo: false, host: "127.0.0.1" });
    const here = await serve({ echo: false, port: usual.port });
    const near = await dial(usual);
    await usual.peer(0);
    const own = await dial(here);
    await here.peer(0);
    expect([here.host === usual.host, here.peers.length, usual.peers.length]).toEqual([false, 1, 1]);
    for (const peer of [near, own]) peer.socket.destroy();
    await Promise.all([usual.close(), here.close()]);
  },
);
