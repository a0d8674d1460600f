import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import type { Json } from "../../checker/history/event.js";
import { AdapterClient } from "../../src/client/adapter-client.js";
import { canDo, type DatabaseClient, launchOf, NotDone, type Place } from "../../src/client/database.js";
import { httpClient, type HttpTemplate } from "../../src/client/http-template.js";
import type { Invocation } from "../../src/generator/generator.js";

const op = (f: string, value: Json = null, key: string | null = "k"): Invocation => ({
  process: 0,
  f,
  key,
  value,
  time: 0,
});

const plain: DatabaseClient = {
  read: () => Promise.resolve(7),
  write: () => Promise.resolve(),
};
const working: DatabaseClient = {
  ...plain,
  cas: () => Promise.resolve(),
  dump: () => Promise.resolve({ k: 7, l: [1, 2] }),
};
const clientOf = (client: DatabaseClient, timeoutMs = 60_000) =>
  new AdapterClient({ home: "n2", open: () => client, timeoutMs });
const failing = (thrown: unknown): DatabaseClient => ({
  read: async () => {
    throw thrown;
  },
  write: async () => {
    throw thrown;
  },
});

describe("a client of one's own", () => {
  test("what it gives back becomes a completion", async () => {
    const client = clientOf(working);
    expect(await client.invoke(op("read"))).toEqual({ type: "ok", value: 7, node: "n2" });
    expect(await client.invoke(op("write", 3))).toEqual({ type: "ok", value: 3, node: "n2" });
    expect(await client.invoke(op("cas", [1, 2]))).toEqual({ type: "ok", value: [1, 2], node: "n2" });
    // As a replica of ours tells its state: the values of every key.
    expect(await client.invoke(op("dump", null, null))).toMatchObject({ type: "ok", value: { k: [7], l: [[1, 2]] } });
  });

  test("a write fails only where the client knows that it did not happen", async () => {
    const definite = clientOf(failing(new NotDone("mismatch", "it was 3")));
    expect(await definite.invoke(op("write", 1))).toMatchObject({ type: "fail", error: "mismatch: it was 3" });
    for (const error of [
      new Error("HTTP 500"),
      Object.assign(new Error("refused"), { code: "ECONNREFUSED" }),
      "words",
    ]) {
      expect(await clientOf(failing(error)).invoke(op("write", 1))).toMatchObject({ type: "info" });
      expect(await clientOf(failing(error)).invoke(op("read"))).toMatchObject({ type: "fail" });
    }
  });

  test("patience ends: the operation is indefinite, its signal aborted, and the next one asks a fresh client", async () => {
    let opened = 0;
    const signals: AbortSignal[] = [];
    const client = new AdapterClient({
      home: "n1",
      timeoutMs: 30,
      open: () => {
        opened++;
        return { ...working, write: (_, __, { signal }) => new Promise(() => signals.push(signal)) };
      },
    });
    expect(await client.invoke(op("write", 1))).toMatchObject({ type: "info", error: "timeout: no answer in time" });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    expect(await client.invoke(op("read"))).toMatchObject({ type: "ok" });
    expect(opened).toBe(2);
  });

  test("what it has no method for is refused, and known beforehand", async () => {
    expect(await clientOf(plain).invoke(op("cas", [1, 2]))).toMatchObject({
      type: "fail",
      error: /^unsupported/ as never,
    });
    const definition = { name: "x", start: { command: "x" } };
    expect(canDo({ ...definition, client: () => plain }, "cas")).toBe(false);
    expect(canDo({ ...definition, client: () => working }, "cas")).toBe(true);
    expect(canDo({ ...definition, http: { read: { path: "/" }, write: { path: "/" } } }, "dump")).toBe(false);
  });
});

test("the process of a node is filled in from a template", () => {
  const place: Place = {
    name: "n2",
    index: 1,
    host: "127.0.0.1",
    port: 4002,
    dataDir: "/d/n2",
    peers: [
      { name: "n1", host: "127.0.0.1", port: 5001 },
      { name: "n3", host: "127.0.0.1", port: 5003 },
    ],
  };
  const start = { command: "./db", args: ["{name}", "{port}", "{peers}", "{other}"], env: { DIR: "{data}/{index}" } };
  expect(launchOf({ name: "x", start }, place)).toEqual({
    command: "./db",
    args: ["n2", "4002", "n1=127.0.0.1:5001,n3=127.0.0.1:5003", "{other}"],
    env: { DIR: "/d/n2/1" },
  });
  const other = { ...start, peer: "http://{host}:{port}", separator: " " };
  expect(launchOf({ name: "x", start: other }, place).args?.[2]).toBe("http://127.0.0.1:5001 http://127.0.0.1:5003");
});

describe("requests as data", () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });
  const asked: string[] = [];
  const serve = async (status: (method: string) => number, answer: (method: string) => string) => {
    asked.length = 0;
    const server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk) => {
        body += String(chunk);
      });
      request.on("end", () => {
        asked.push(`${request.method} ${request.url} ${body}`.trim());
        response.statusCode = status(request.method ?? "");
        response.end(answer(request.method ?? ""));
      });
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const at = { host: "127.0.0.1", port: (server.address() as AddressInfo).port };
    return { ...at, connect: () => connect(at) };
  };
  const template: HttpTemplate = {
    read: { path: "/v2/{key}", value: "/node/value" },
    write: { path: "/v2/{key}" },
    cas: { path: "/v2/{key}", body: '{"key":{key},"was":{from},"is":{to}}' },
    greet: "/health",
  };
  const ask = { signal: AbortSignal.timeout(120_000) };

  test("keys are escaped in paths, and JSON in bodies", async () => {
    const at = await serve(
      () => 200,
      () => '{"node":{"value":[1]}}',
    );
    const client = httpClient(template, at);
    expect(await client.read('a/"b', ask)).toEqual([1]);
    await client.write("k", { x: "{key}" }, ask);
    await client.cas?.('a"', null, 2, ask);
    client.close?.();
    expect(asked).toEqual([
      "GET /health",
      "GET /v2/a%2F%22b",
      'PUT /v2/k {"x":"{key}"}',
      'POST /v2/a%22 {"key":"a\\"","was":null,"is":2}',
    ]);
  });

  test("an absent key is null, a mismatch definite, and any other refusal of a write indefinite unless it is listed", async () => {
    const statuses: { [method: string]: number } = { GET: 404, PUT: 503, POST: 409 };
    const at = await serve(
      (method) => statuses[method] ?? 200,
      () => "no",
    );
    const bare: HttpTemplate = { read: template.read, write: template.write, cas: { path: "/{key}" } };
    expect(await httpClient(bare, at).read("k", ask)).toBeNull();
    await expect(httpClient(bare, at).cas?.("k", 1, 2, ask)).rejects.toMatchObject({ error: "mismatch" });
    await expect(httpClient(bare, at).write("k", 1, ask)).rejects.not.toBeInstanceOf(NotDone);
    const sure = httpClient({ ...bare, write: { path: "/{key}", notDone: [503] } }, at);
    await expect(sure.write("k", 1, ask)).rejects.toMatchObject({ error: "bad-request", message: "HTTP 503 no" });
  });

  test("a node that does not greet was never sent the operation", async () => {
    const at = await serve(
      () => 200,
      () => "1",
    );
    servers[0]?.close();
    servers[0]?.closeAllConnections();
    await expect(httpClient(template, at).write("k", 1, ask)).rejects.toMatchObject({ error: "unreachable" });
    expect(asked).toEqual([]);
  });

  test("an answer that is not JSON is no value", async () => {
    const at = await serve(
      () => 200,
      () => "<html>",
    );
    await expect(httpClient(template, at).read("k", ask)).rejects.toThrow("not JSON: <html>");
  });
});
