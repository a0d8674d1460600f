/** One real node: what it says to clients over TCP and HTTP, and how little can disturb it. */

import { once } from "node:events";
import net from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Json } from "../../src/replica/wire.js";
import { leaderConfig, OK } from "./protocol/alone.js";
import { Client, RealCluster, type RealNode } from "./real-node.js";

const cluster = new RealCluster();
let node: RealNode;
let clients: Client[] = [];
const client = (): Client => {
  const made = new Client(node);
  clients.push(made);
  return made;
};

beforeAll(async () => {
  const protocol = leaderConfig({ writeQuorum: 0, readQuorum: 1, readFrom: "any" });
  node = cluster.node({ name: "n1", peers: [], protocol });
  await node.start();
});
afterEach(() => {
  for (const made of clients) made.close();
  clients = [];
});
afterAll(() => cluster.end());

describe("the ready line", () => {
  test("names the node, its process and the ports that it got", async () => {
    const { ready } = node;
    expect(ready).toEqual({
      ready: true,
      name: "n1",
      port: expect.any(Number),
      httpPort: expect.any(Number),
      pid: node.child.pid,
    });
    expect(ready.port).not.toBe(ready.httpPort);
  });
});

describe("TCP", () => {
  test("answers every request of a pipeline under its own id", async () => {
    const c = client();
    const written = await Promise.all(Array.from({ length: 500 }, (_, i) => c.write(`pipe${i}`, i)));
    expect(written).toEqual(Array(500).fill(OK));
    const read = await Promise.all(Array.from({ length: 500 }, (_, i) => c.read(`pipe${i}`)));
    expect(read).toEqual(Array.from({ length: 500 }, (_, i) => ({ ok: true, value: i })));
  });

  test("a request may come in pieces, even in the middle of a character", async () => {
    const c = client();
    const bytes = Buffer.from('{"id":1,"op":"write","key":"€","value":"naïve"}\n');
    const answered = once(c.socket, "data");
    for (const byte of bytes) {
      c.socket.write(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await answered;
    expect(await c.read("€")).toEqual({ ok: true, value: "naïve" });
  });

  test("a client that ends its side after the last request is still answered", async () => {
    const c = client();
    const answer = c.write("half", 1);
    c.socket.end();
    expect(await answer).toEqual(OK);
    await once(c.socket, "close");
  });

  const refused: { readonly [line: string]: string } = {
    "not json": "not a line of JSON",
    "7": "id is missing, or not a number",
    '{"op":"read","key":"k"}': "id is missing, or not a number",
    '{"id":"x","op":"read","key":"k"}': "id is missing, or not a number",
    '{"id":1}': "op is missing, expected read, write, delete, cas, txn, voters, promote, delay, dump or health",
    '{"id":1,"op":"forget","key":"k"}':
      'op is "forget", expected read, write, delete, cas, txn, voters, promote, delay, dump or health',
    '{"id":1,"op":"read"}': "key is missing, expected a string",
    '{"id":1,"op":"read","key":7}': "key is 7, expected a string",
    '{"id":1,"op":"write","key":"k"}': "value is missing",
    '{"id":1,"op":"cas","key":"k","to":1}': "from is missing (null: not written yet)",
    '{"id":1,"op":"cas","key":"k","from":1}': "to is missing",
    '{"id":1,"op":"txn"}': "ops is missing, expected a list",
    '{"id":1,"op":"txn","ops":[["r","x",null],7]}': "ops[1] is 7, expected a list",
    '{"id":1,"op":"txn","ops":[["r","x"]]}': 'ops[0] is ["r","x"], expected ["r", key, null]',
    '{"id":1,"op":"txn","ops":[["w","x"]]}': 'ops[0] is ["w","x"], expected ["w", key, value]',
    '{"id":1,"op":"txn","ops":[["append","x",1,2]]}': 'ops[0] is ["append","x",1,2], expected ["append", key, element]',
    '{"id":1,"op":"txn","ops":[["add","x","1"]]}': 'ops[0] is ["add","x","1"], expected ["add", key, delta, min?]',
    '{"id":1,"op":"txn","ops":[["pop","x",null]]}': 'ops[0] is ["pop","x",null], expected ["pop", key]',
    '{"id":1,"op":"txn","ops":[["r",1,null]]}': "ops[0] has a key that is 1, expected a string",
    '{"id":1,"op":"txn","ops":[["toString","x"]]}':
      'ops[0] is ["toString","x"], expected one of ["r", key, null] ["w", key, value] ["append", key, element] ["include", key, element] ["add", key, delta, min?] ["pop", key]',
  };
  test("what is no request is refused with the reason, and the connection goes on", async () => {
    const c = client();
    for (const line of Object.keys(refused)) c.socket.write(`${line}\n`);
    await expect.poll(() => c.stray.length).toBe(Object.keys(refused).length);
    expect(c.stray).toEqual(
      Object.entries(refused).map(([line, message]) => {
        const id = line.startsWith('{"id":1') ? 1 : -1;
        return { id, ok: false, error: "bad-request", message };
      }),
    );
    expect(await c.ask({ op: "health" })).toMatchObject({ ok: true });
  });

  test("a key of more than 1024 characters is refused", async () => {
    expect(await client().read("k".repeat(1025))).toMatchObject({ error: "bad-request" });
    expect(await client().read("k".repeat(1024))).toMatchObject({ ok: true });
  });

  test("a transaction is answered with what its reads found", async () => {
    const ops = [
      ["append", "list", 1],
      ["add", "sum", 2],
      ["r", "list", null],
      ["pop", "list"],
    ] as const;
    expect(await client().ask({ op: "txn", ops })).toEqual({
      ok: true,
      value: [
        ["append", "list", 1],
        ["add", "sum", 2],
        ["r", "list", [1]],
        ["pop", "list", 1],
      ],
    });
  });

  test("a transaction has at most 1024 micro-operations", async () => {
    const ops = Array.from({ length: 1025 }, () => ["r", "x", null] as const);
    expect(await client().ask({ op: "txn", ops })).toMatchObject({ error: "bad-request" });
  });

  test("a line without end is cut off, with a word", async () => {
    const c = client();
    c.socket.write("x".repeat(2 * 1024 * 1024));
    await once(c.socket, "end");
    expect(c.stray).toEqual([{ id: -1, ok: false, error: "bad-request", message: "the line is too long" }]);
  });

  test("a stranger cannot pose as a peer", async () => {
    const c = client();
    c.socket.write('{"peer":"n9"}\n{"is":"replicate","entries":[{"key":"forged","version":99,"value":1}]}\n');
    await once(c.socket, "end");
    expect(c.stray[0]).toMatchObject({ error: "bad-request", message: '"n9" is not a peer of this node' });
    expect(await client().read("forged")).toEqual({ ok: true, value: null });
  });

  test("clients that vanish in the middle of anything do not matter", async () => {
    for (let i = 0; i < 50; i++) {
      const socket = net.connect({ host: "127.0.0.1", port: node.ready.port });
      socket.on("error", () => undefined);
      await once(socket, "connect");
      socket.write('{"id":1,"op":"write","key":"gone","value":1}\n{"id":2,"op":"wri');
      if (i % 2 === 0) socket.resetAndDestroy();
      else socket.destroy();
    }
    expect(await client().ask({ op: "health" })).toMatchObject({ ok: true });
  });

  test("a client that reads no answers is not read either, and gets all of them later", async () => {
    const c = client();
    const big = "v".repeat(100_000);
    expect(await c.write("big", big)).toEqual(OK);
    c.socket.pause();
    const answers = Array.from({ length: 300 }, () => c.read("big"));
    await expect.poll(() => client().ask({ op: "health" })).toMatchObject({ ok: true });
    c.socket.resume();
    expect(await Promise.all(answers)).toEqual(Array.from(answers, () => ({ ok: true, value: big })));
  });
});

describe("HTTP", () => {
  test("writes, compares, reads and dumps, as with curl", async () => {
    expect(await node.http("POST", "/write", '{"key":"h","value":{"a":[1,null]}}')).toEqual({ status: 200, json: OK });
    expect(await node.http("GET", "/read?key=h")).toEqual({ status: 200, json: { ok: true, value: { a: [1, null] } } });
    expect(await node.http("POST", "/cas", '{"key":"h","from":{"a":[1,null]},"to":2}')).toMatchObject({ status: 200 });
    expect(await node.http("GET", "/read?key=never%20written")).toEqual({
      status: 200,
      json: { ok: true, value: null },
    });
    const { json } = await node.http("GET", "/dump");
    expect(json).toMatchObject({ ok: true, value: { h: [2] } });
    expect(await node.http("GET", "/health")).toMatchObject({ status: 200, json: { value: { role: "leader" } } });
  });

  test("a cas that finds something else is 409, with what it found", async () => {
    const { status, json } = await node.http("POST", "/cas", '{"key":"h2","from":1,"to":2}');
    expect([status, json]).toEqual([409, { ok: false, error: "mismatch", message: "found null" }]);
  });

  test("a transaction is 200 with its micro-operations completed, or 409 and nothing done", async () => {
    const ops = '{"ops":[["append","t","a"],["add","n",3],["r","t",null]]}';
    expect(await node.http("POST", "/txn", ops)).toEqual({
      status: 200,
      json: {
        ok: true,
        value: [
          ["append", "t", "a"],
          ["add", "n", 3],
          ["r", "t", ["a"]],
        ],
      },
    });
    expect(await node.http("POST", "/txn", '{"ops":[["w","t",0],["add","n",-4,0]]}')).toEqual({
      status: 409,
      json: { ok: false, error: "mismatch", message: "n would become -1, less than 0" },
    });
    expect(await node.http("GET", "/read?key=t")).toEqual({ status: 200, json: { ok: true, value: ["a"] } });
  });

  const wrong: readonly (readonly ["GET" | "POST", string, string | undefined, number, string])[] = [
    ["GET", "/read", undefined, 400, "key is missing"],
    ["POST", "/write", "{", 400, "the body is not JSON"],
    ["POST", "/write", "[1]", 400, "not a JSON object"],
    ["POST", "/write", "", 400, "the body is not JSON"],
    ["POST", "/write", '{"key":"k"}', 400, "value is missing"],
    ["POST", "/write", '{"value":1}', 400, "key is missing"],
    ["POST", "/cas", '{"key":"k","from":1}', 400, "to is missing"],
    ["POST", "/txn", '{"ops":[["pop"]]}', 400, "ops[0] has a key that is missing"],
    ["GET", "/nowhere", undefined, 404, "/nowhere is unknown, expected one of /write"],
    ["GET", "/constructor", undefined, 404, "unknown"],
    ["GET", "/write", undefined, 405, "answers POST only"],
    ["POST", "/dump", "{}", 405, "answers GET only"],
    ["POST", "/write", JSON.stringify({ key: "k", value: "v".repeat(1024 * 1024) }), 413, "longer than 1048576 bytes"],
  ];
  for (const [method, url, body, status, message] of wrong) {
    test(`${method} ${url} ${(body ?? "").slice(0, 30)} is ${status}`, async () => {
      const answer = await node.http(method, url, body);
      expect(answer.status).toBe(status);
      expect((answer.json as { message: Json }).message).toContain(message);
      if (status === 405) expect(answer.allow).toBe(method === "GET" ? "POST" : "GET");
    });
  }

  test("bytes that are no HTTP are answered with 400 and do not matter", async () => {
    const socket = net.connect({ host: "127.0.0.1", port: node.ready.httpPort });
    socket.write("what?\r\n\r\n");
    expect(String((await once(socket, "data"))[0])).toMatch(/^HTTP\/1.1 400 /);
    socket.destroy();
    expect((await node.http("GET", "/health")).status).toBe(200);
  });
});
