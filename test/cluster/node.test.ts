import { pbkdf2 } from "node:crypto";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { Guardian } from "../../src/cluster/guardian.js";
import { bareMachine } from "../../src/cluster/machine.js";
import { ClusterNode } from "../../src/cluster/node.js";
import type { NodeProgram } from "../../src/cluster/program.js";
import { freshDir, leftBehind } from "../cli/kvtest.js";

const HOST = "127.0.0.1";

/** Ready before anybody could look. */
const PROMPT: NodeProgram = {
  launch: () => ({
    command: "sh",
    args: ["-c", `printf '{"ready":true,"name":"n1","port":1,"httpPort":2,"pid":3}\\n'; exec sleep 60`],
  }),
  readyBy: "ready line",
  readyWithinMs: 60_000,
  answers: () => Promise.resolve(true),
  ports: () => Promise.resolve([0]),
  framing: null,
  machine: () => Promise.resolve(bareMachine({})),
  leader: null,
};

test("a node that is ready at once is heard while this process has no thread free to read a file", async () => {
  const dir = freshDir();
  const guardian = new Guardian(dir);
  const node = new ClusterNode({
    program: PROMPT,
    place: { name: "n1", index: 0, host: HOST, port: 0, dataDir: dir, peers: [] },
    linked: { host: HOST, port: 0 },
    enter: [],
    machine: bareMachine({}),
    guardian,
    logFile: join(dir, "n1.log"),
    onReady: () => Promise.resolve(),
    onGone: () => undefined,
  });
  // All threads that read files are busy for a while longer than the node needs.
  const busy = Array.from({ length: 8 }, () => promisify(pbkdf2)("a", "b", 300_000, 64, "sha512"));
  try {
    expect(await node.start()).toMatchObject({ port: 1, httpPort: 2 });
  } finally {
    await Promise.all(busy);
    await node.kill();
    await guardian.close();
  }
  expect(leftBehind(dir)).toEqual([]);
});
