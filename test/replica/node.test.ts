import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Log } from "../../src/replica/log.js";
import { Node } from "../../src/replica/node.js";
import type { Core, Effect, Input } from "../../src/replica/protocol/protocol.js";
import type { Json } from "../../src/replica/wire.js";

/** Keeps every write, and says so to a peer and to the client; answers reads at once. */
class PlainCore implements Core {
  step(input: Input): readonly Effect[] {
    if (input.is === "timer") return [{ is: "send", to: "peer", message: `timer ${input.name}` }];
    if (input.is !== "request") return [];
    const { id, request } = input;
    const reply: Effect = { is: "reply", id, reply: { ok: true, value: id } };
    if (request.op === "read") return [reply];
    if (request.op !== "write") return [{ is: "timer", name: "t", afterMs: 5 }];
    const entry = request.value;
    return [{ is: "persist", entry }, { is: "send", to: "peer", message: entry }, reply];
  }
}

let folder: string;
let file: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "kvtest-node-"));
  file = path.join(folder, "log");
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

/** What a node said, with the entries that the disk had at that moment. */
function started(fsync: boolean): { readonly node: Node; readonly said: { what: Json; durable: number }[] } {
  const said: { what: Json; durable: number }[] = [];
  const log = new Log(file, { format: "test", fsync });
  const node = new Node({
    core: new PlainCore(),
    log,
    send: (_to, message) => said.push({ what: message, durable: linesOf(file) }),
    onDiskFailure: (error) => {
      throw error;
    },
  });
  return { node, said };
}

/** Records but the head. */
const linesOf = (name: string): number => fs.readFileSync(name, "utf8").split("\n").length - 2;

for (const fsync of [true, false]) {
  test(`what was said after an entry is said when the disk has it, in the order of saying (fsync ${fsync})`, async () => {
    const { node, said } = started(fsync);
    const write = (value: string): Promise<void> =>
      new Promise((resolve) => {
        node.request({ op: "write", key: "k", value }, () => {
          said.push({ what: `answer ${value}`, durable: linesOf(file) });
          resolve();
        });
      });
    const read = (): Promise<void> =>
      new Promise((resolve) => {
        node.request({ op: "read", key: "k" }, () => {
          said.push({ what: "read", durable: linesOf(file) });
          resolve();
        });
      });
    const early = read();
    expect(said).toEqual([{ what: "read", durable: 0 }]);
    // All in one tick: one write and one sync for the three, and the read waits for what it may have seen.
    const all = [early, write("a"), write("b"), read(), write("c")];
    expect(linesOf(file)).toBe(0);
    expect(said).toHaveLength(1);
    await Promise.all(all);
    expect(said.slice(1)).toEqual(
      ["a", "answer a", "b", "answer b", "read", "c", "answer c"].map((what) => ({ what, durable: 3 })),
    );
  });
}

test("entries that come while the disk is busy wait for the next sync, and so does what follows them", async () => {
  const { node, said } = started(true);
  await new Promise<void>((resolve) => {
    node.request({ op: "write", key: "k", value: "first" }, () =>
      said.push({ what: "answer", durable: linesOf(file) }),
    );
    // After the first write is handed over: the sync is under way.
    setImmediate(() => {
      expect(linesOf(file)).toBe(1);
      node.request({ op: "read", key: "k" }, () => said.push({ what: "read", durable: linesOf(file) }));
      node.request({ op: "write", key: "k", value: "second" }, () => resolve());
      expect(said).toEqual([]);
    });
  });
  expect(said).toEqual([
    { what: "first", durable: 1 },
    { what: "answer", durable: 1 },
    { what: "read", durable: 1 },
    { what: "second", durable: 2 },
  ]);
});

test("a timer asked for again is moved, and fires once", async () => {
  const { node, said } = started(false);
  node.request({ op: "health" }, () => undefined);
  node.request({ op: "health" }, () => undefined);
  await expect.poll(() => said.length).toBe(1);
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(said.map(({ what }) => what)).toEqual(["timer t"]);
});
