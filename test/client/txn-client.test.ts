import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import type { Json } from "../../checker/history/event.js";
import { Connection } from "../../src/client/connection.js";
import { TxnClient } from "../../src/client/txn-client.js";
import { microOps } from "../../src/workload/micro-ops.js";

const open: { close(): void }[] = [];
afterEach(() => {
  for (const each of open.splice(0)) each.close();
});

/** A node of ten lines: greets, and answers every transaction with this; null: never. */
async function clientOf(answer: Json): Promise<TxnClient> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.setEncoding("utf8").on("data", (text) => {
      for (const line of String(text).trim().split("\n")) {
        const { id, op } = JSON.parse(line) as { id: number; op: string };
        const reply = op === "health" ? { ok: true, value: null } : answer;
        if (reply !== null) socket.write(`${JSON.stringify({ id, ...(reply as object) })}\n`);
      }
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const client = new TxnClient({
    leader: "n1",
    dial: () => Connection.open({ host: "127.0.0.1", port: address.port }, 60_000),
    // Only where nobody answers this has to come to its end.
    timeoutMs: answer === null ? 100 : 60_000,
    dialect: microOps,
  });
  open.push({
    close() {
      client.close();
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  });
  return client;
}

const op = (value: Json) => ({ process: 0, f: "txn", key: null, value, time: 0 });
const write = op([["append", "x", 1]]);
const read = op([["r", "x", null]]);

test("an answered transaction is ok with its steps as the leader answered them", async () => {
  const client = await clientOf({ ok: true, value: [["r", "x", [1, 2]]] });
  expect(await client.invoke(read)).toEqual({ type: "ok", value: [["r", "x", [1, 2]]], node: "n1" });
});

test("an aborted transaction and one that was refused never happened", async () => {
  for (const error of ["conflict", "mismatch", "not-leader"]) {
    const client = await clientOf({ ok: false, error, message: "no" });
    expect(await client.invoke(write)).toMatchObject({ type: "fail", error: `${error}: no`, value: write.value });
  }
});

test("without an answer nobody knows whether it happened, unless it only read", async () => {
  const client = await clientOf(null);
  expect(await client.invoke(write)).toMatchObject({ type: "info", error: expect.stringContaining("timeout") });
  expect(await client.invoke(read)).toMatchObject({ type: "fail", error: expect.stringContaining("timeout") });
});

test("an answer that is no list of steps is a crash: nobody knows", async () => {
  const client = await clientOf({ ok: true, value: 7 });
  expect(await client.invoke(write)).toMatchObject({ type: "info", error: "crash: answered 7, expected steps" });
});
