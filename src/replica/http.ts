/** The HTTP face, for people with curl: the same requests as over TCP, one at a time. */

import http from "node:http";
import { now } from "./clock.js";
import { lookAgain } from "./hardware.js";
import type { Node } from "./node.js";
import { isObject } from "./protocol/json.js";
import { parseRequest } from "./request.js";
import type { Json, ReplicaError, Reply } from "./wire.js";

const BODY_BYTES_MAX = 1024 * 1024;

/** `partial` is no success: the write is somewhere, and nobody can say whether it will stay. */
const STATUS: { readonly [error in ReplicaError]: number } = {
  "bad-request": 400,
  mismatch: 409,
  conflict: 409,
  "not-leader": 421,
  unsupported: 501,
  "no-quorum": 503,
  partial: 504,
};

const ROUTES: { readonly [path: string]: { readonly method: "GET" | "POST"; readonly op: string } } = {
  "/write": { method: "POST", op: "write" },
  "/delete": { method: "POST", op: "delete" },
  "/cas": { method: "POST", op: "cas" },
  "/txn": { method: "POST", op: "txn" },
  "/promote": { method: "POST", op: "promote" },
  "/delay": { method: "POST", op: "delay" },
  "/voters": { method: "POST", op: "voters" },
  "/read": { method: "GET", op: "read" },
  "/dump": { method: "GET", op: "dump" },
  "/health": { method: "GET", op: "health" },
};

export function httpServer(node: Node): http.Server {
  const server = http.createServer((request, response) => {
    request.on("error", () => response.destroy());
    response.on("error", () => response.destroy());
    route(node, request, response);
  });
  server.on("clientError", (_error, socket) => {
    if (socket.writable) socket.end("HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n");
    else socket.destroy();
  });
  return server;
}

function route(node: Node, request: http.IncomingMessage, response: http.ServerResponse): void {
  const [path = "", query = ""] = (request.url ?? "").split("?", 2);
  const known = Object.hasOwn(ROUTES, path) ? ROUTES[path] : undefined;
  if (path === "/clock" && request.method === "GET") {
    lookAgain();
    send(response, 200, { ok: true, value: now().clockMs });
  } else if (known === undefined) {
    send(response, 404, badRequest(`${path} is unknown, expected one of ${Object.keys(ROUTES).join(" ")}`));
  } else if (request.method !== known.method) {
    response.setHeader("allow", known.method);
    send(response, 405, badRequest(`${path} answers ${known.method} only`));
  } else if (known.method === "GET")
    ask(node, { ...Object.fromEntries(new URLSearchParams(query)), op: known.op }, response);
  else {
    readBody(request, (body) => {
      if (body === null) {
        response.setHeader("connection", "close");
        send(response, 413, badRequest(`the body is longer than ${BODY_BYTES_MAX} bytes`));
      } else askBody(node, known.op, body, response);
    });
  }
}

function askBody(node: Node, op: string, body: string, response: http.ServerResponse): void {
  let json: Json;
  try {
    json = JSON.parse(body) as Json; // JSON.parse returns any
  } catch {
    send(response, 400, badRequest("the body is not JSON"));
    return;
  }
  if (isObject(json)) ask(node, { ...json, op }, response);
  else send(response, 400, badRequest("the body is not a JSON object"));
}

function ask(node: Node, json: Json, response: http.ServerResponse): void {
  const request = parseRequest(json);
  if (typeof request === "string") send(response, 400, badRequest(request));
  else node.request(request, (reply) => send(response, reply.ok ? 200 : STATUS[reply.error], reply));
}

/** null: too long. Not called when the client breaks off. */
function readBody(request: http.IncomingMessage, done: (body: string | null) => void): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  request.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= BODY_BYTES_MAX) chunks.push(chunk);
  });
  request.on("end", () => done(bytes <= BODY_BYTES_MAX ? Buffer.concat(chunks).toString("utf8") : null));
}

function send(response: http.ServerResponse, status: number, reply: Reply): void {
  if (response.destroyed) return;
  response.writeHead(status, { "content-type": "application/json" });
  response.end(`${JSON.stringify(reply)}\n`);
}

function badRequest(message: string): Reply {
  return { ok: false, error: "bad-request", message };
}
