import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { Connection } from "../../src/client/connection.js";

const servers: Server[] = [];
const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

/** A server that greets, and does as told with every later line. */
async function serve(answer: (socket: Socket, line: { id: number; op: string; key?: string }) => void) {
  const server = createServer((socket) => {
    sockets.push(socket);
    let rest = "";
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => {
      const lines = (rest + chunk.toString()).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const request = JSON.parse(line) as { id: number; op: string };
        if (request.op === "health") socket.write(`{"id":${request.id},"ok":true,"value":null}\n`);
        else answer(socket, request);
      }
    });
  });
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { host: "127.0.0.1", port: (server.address() as { port: number }).port };
}

async function open(address: { host: string; port: number }) {
  const opened = await Connection.open(address, 20_000);
  if (opened.is !== "open") throw new Error(opened.why);
  return opened.connection;
}

test("answers are paired by id, in whatever order they come", async () => {
  const held: { socket: Socket; id: number; key: string }[] = [];
  const address = await serve((socket, { id, key }) => {
    held.push({ socket, id, key: key ?? "" });
    if (held.length === 3)
      for (const one of held.toReversed()) one.socket.write(`{"id":${one.id},"ok":true,"value":"${one.key}"}\n`);
  });
  const connection = await open(address);
  const answers = await Promise.all(["a", "b", "c"].map((key) => connection.request({ op: "read", key }, 20_000)));
  expect(answers.map((answer) => answer.ok === true && answer.value)).toEqual(["a", "b", "c"]);
  connection.close();
});

test("a closed port is unreachable: nothing was sent", async () => {
  const address = await serve(() => undefined);
  servers.pop()?.close();
  expect(await Connection.open(address, 20_000)).toMatchObject({ is: "unreachable" });
});

test("a node that accepts and never greets is unreachable", async () => {
  const server = createServer((socket) => void sockets.push(socket));
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  expect(await Connection.open({ host: "127.0.0.1", port }, 50)).toMatchObject({ is: "unreachable" });
});

test("silence after a request is a time-out, and a connection that breaks is a reset", async () => {
  const connection = await open(await serve((socket, { key }) => void (key === "break" && socket.destroy())));
  expect(await connection.request({ op: "read", key: "silent" }, 50)).toMatchObject({ ok: null, error: "timeout" });
  expect(await connection.request({ op: "read", key: "break" }, 20_000)).toMatchObject({ ok: null, error: "reset" });
  expect(connection.usable).toBe(false);
  expect(await connection.request({ op: "read", key: "after" }, 50)).toMatchObject({ ok: null, error: "reset" });
});

test("each request has its own deadline", async () => {
  const address = await serve(
    (socket, { id, key }) =>
      void (key === "late" && setTimeout(() => socket.write(`{"id":${id},"ok":true,"value":1}\n`), 150)),
  );
  const connection = await open(address);
  const [short, long] = await Promise.all([
    connection.request({ op: "read", key: "never" }, 40),
    connection.request({ op: "read", key: "late" }, 10_000),
  ]);
  expect([short, long]).toMatchObject([{ error: "timeout" }, { ok: true, value: 1 }]);
  connection.close();
});

test("a reply in pieces is one reply, and one that is no JSON breaks the connection", async () => {
  const connection = await open(
    await serve((socket, { id, key }) => {
      if (key === "garbage") socket.write("what?\n");
      else {
        socket.write(`{"id":${id},"ok":true,`);
        setTimeout(() => socket.write('"value":"é"}\n'), 20);
      }
    }),
  );
  expect(await connection.request({ op: "read", key: "pieces" }, 20_000)).toMatchObject({ ok: true, value: "é" });
  expect(await connection.request({ op: "read", key: "garbage" }, 20_000)).toMatchObject({ ok: null, error: "reset" });
});
