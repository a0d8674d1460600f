/** The TCP face: JSON lines, pipelined by id, from clients; and the lines of peers, on the same port. */

import net from "node:net";
import { LineWriter, readLines } from "./lines.js";
import type { Node } from "./node.js";
import { isObject } from "./protocol/json.js";
import { parseRequest } from "./request.js";
import type { Json, NodeName, Reply } from "./wire.js";

/** Stands for the id in the answer to a line that has none. */
const NO_ID = -1;

/** Characters. A client's longer line ends its connection. */
const CLIENT_LINE_MAX = 1024 * 1024;
/** A peer puts several entries, or siblings, into one line, and none of them may be too long to be replicated. */
const PEER_LINE_MAX = 256 * 1024 * 1024;
/** How long a connection that was refused may take to read why. */
const REFUSED_MS = 1000;

export function tcpServer(node: Node, peers: ReadonlySet<NodeName>): net.Server {
  // Half-open: a client may end its side after its last request, and still be answered.
  return net.createServer({ noDelay: true, allowHalfOpen: true }, (socket) => new Connection(socket, node, peers));
}

class Connection {
  readonly #socket: net.Socket;
  readonly #node: Node;
  readonly #peers: ReadonlySet<NodeName>;
  readonly #writer: LineWriter;
  /** Who is at the other end: not yet known, a client, nobody that we listen to, or this peer. */
  #other: "unknown" | "client" | "refused" | { readonly peer: NodeName } = "unknown";
  #unanswered = 0;
  #ended = false;

  constructor(socket: net.Socket, node: Node, peers: ReadonlySet<NodeName>) {
    this.#socket = socket;
    this.#node = node;
    this.#peers = peers;
    this.#writer = new LineWriter(socket);
    // A connection that breaks is the client's to notice; "close" follows, and answers on the way are dropped.
    socket.on("error", () => socket.destroy());
    socket.on("end", () => {
      this.#ended = true;
      this.#endIfDone();
    });
    readLines(socket, {
      onLine: (line) => this.#line(line),
      onTooLong: () => this.#refuse("the line is too long"),
      lineMax: () => (typeof this.#other === "object" ? PEER_LINE_MAX : CLIENT_LINE_MAX),
    });
  }

  #line(line: string): void {
    if (this.#other === "refused") return;
    let json: Json;
    try {
      json = JSON.parse(line) as Json; // JSON.parse returns any
    } catch {
      this.#answer(NO_ID, badRequest("not a line of JSON"));
      return;
    }
    if (typeof this.#other === "object") this.#node.message(this.#other.peer, json);
    else if (this.#other === "unknown" && isObject(json) && json["peer"] !== undefined) this.#hello(json["peer"]);
    else this.#request(json);
  }

  #hello(name: Json): void {
    if (typeof name === "string" && this.#peers.has(name)) this.#other = { peer: name };
    else this.#refuse(`${JSON.stringify(name)} is not a peer of this node`);
  }

  #request(json: Json): void {
    this.#other = "client";
    const id = isObject(json) ? json["id"] : undefined;
    if (typeof id !== "number") {
      this.#answer(NO_ID, badRequest("id is missing, or not a number"));
      return;
    }
    const request = parseRequest(json);
    if (typeof request === "string") {
      this.#answer(id, badRequest(request));
      return;
    }
    this.#unanswered++;
    this.#node.request(request, (reply) => {
      this.#unanswered--;
      this.#answer(id, reply);
      this.#endIfDone();
    });
  }

  #answer(id: number, reply: Reply): void {
    this.#writer.write(JSON.stringify({ id, ...reply }));
  }

  #refuse(why: string): void {
    this.#answer(NO_ID, badRequest(why));
    this.#other = "refused";
    this.#writer.end();
    setTimeout(() => this.#socket.destroy(), REFUSED_MS).unref();
  }

  #endIfDone(): void {
    if (this.#ended && this.#unanswered === 0) this.#writer.end();
  }
}

function badRequest(message: string): Reply {
  return { ok: false, error: "bad-request", message };
}
