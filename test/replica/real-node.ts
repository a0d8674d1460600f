/** Real replica processes for tests: started, spoken to, and always ended by their own pid. */

import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import http from "node:http";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { Json, NodeConfig, ProtocolConfig, ReadyLine, Reply, Request } from "../../src/replica/wire.js";

export const PROGRAM = fileURLToPath(new URL("../../dist/src/replica/main.js", import.meta.url));

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** One node; `start` may be called again after it ended. */
export class RealNode {
  readonly config: NodeConfig;
  #child: Child | null = null;
  #exit: Promise<Exit> | null = null;
  #ready: ReadyLine | null = null;

  constructor(config: NodeConfig) {
    this.config = config;
  }

  get ready(): ReadyLine {
    if (this.#ready === null) throw new Error(`${this.config.name} is not ready`);
    return this.#ready;
  }

  get child(): Child {
    if (this.#child === null) throw new Error(`${this.config.name} was never started`);
    return this.#child;
  }

  async start(): Promise<ReadyLine> {
    const child = launch([JSON.stringify(this.config)]);
    this.#child = child;
    this.#exit = exitOf(child);
    const line = await Promise.race([once(child.stdout, "data"), this.#exit]);
    if (!Array.isArray(line)) throw new Error(`${this.config.name} ended: ${JSON.stringify(line)}`);
    this.#ready = JSON.parse(String(line[0])) as ReadyLine;
    return this.#ready;
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  exit(): Promise<Exit> {
    if (this.#exit === null) throw new Error(`${this.config.name} was never started`);
    return this.#exit;
  }

  async kill(): Promise<void> {
    if (this.#child === null) return;
    this.#child.kill("SIGKILL");
    await this.#exit;
  }

  http(method: "GET" | "POST", url: string, body?: string): Promise<{ status: number; json: Json; allow?: string }> {
    return new Promise((resolve, reject) => {
      const { host } = this.config;
      const request = http.request({ host, port: this.ready.httpPort, method, path: url, agent: false }, (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk) => (text += chunk));
        response.on("end", () => {
          const { allow } = response.headers;
          const answer = { status: response.statusCode ?? 0, json: JSON.parse(text) as Json };
          resolve(allow === undefined ? answer : { ...answer, allow });
        });
      });
      request.on("error", reject);
      request.end(body);
    });
  }
}

/** A client with one connection. */
export class Client {
  readonly socket: net.Socket;
  /** Comes when the connection has ended, however it did. */
  readonly broken: Promise<null>;
  readonly #asked = new Map<number, (reply: Reply) => void>();
  /** Answers to lines that had no id. */
  readonly stray: Json[] = [];
  #ids = 0;

  constructor(node: RealNode) {
    this.socket = net.connect({ host: node.config.host, port: node.ready.port, noDelay: true });
    this.socket.on("error", () => undefined);
    this.broken = new Promise((resolve) => this.socket.once("close", () => resolve(null)));
    let rest = "";
    this.socket.setEncoding("utf8").on("data", (chunk: string) => {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const { id, ...reply } = JSON.parse(line) as { id: number } & Reply;
        const answer = this.#asked.get(id);
        this.#asked.delete(id);
        if (answer === undefined) this.stray.push(JSON.parse(line) as Json);
        else answer(reply);
      }
    });
  }

  /** Never answered if the connection breaks. */
  ask(request: Request): Promise<Reply> {
    const id = ++this.#ids;
    return new Promise((resolve) => {
      this.#asked.set(id, resolve);
      this.socket.write(`${JSON.stringify({ id, ...request })}\n`);
    });
  }

  write(key: string, value: Json): Promise<Reply> {
    return this.ask({ op: "write", key, value });
  }

  read(key: string): Promise<Reply> {
    return this.ask({ op: "read", key });
  }

  async dump(): Promise<Json> {
    const reply = await this.ask({ op: "dump" });
    return reply.ok ? reply.value : null;
  }

  close(): void {
    this.socket.destroy();
  }
}

/** The nodes of one test; `end` in afterEach. */
export class RealCluster {
  readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), "kvtest-replica-"));
  readonly nodes: RealNode[] = [];
  readonly #made: RealNode[] = [];
  readonly #clients: Client[] = [];

  /** Started and ready. */
  async start(protocol: ProtocolConfig, names: readonly string[] = ["n1", "n2", "n3"]): Promise<RealNode[]> {
    const ports = await freePorts(names.length);
    const all = names.map((name, i) => ({ name, host: "127.0.0.1", port: ports[i] ?? 0 }));
    for (const self of all) {
      const peers = all.filter((other) => other !== self);
      this.nodes.push(this.node({ ...self, peers, protocol }));
    }
    await Promise.all(this.nodes.map((node) => node.start()));
    return this.nodes;
  }

  /** Not started. */
  node(config: Pick<NodeConfig, "name" | "peers" | "protocol"> & Partial<NodeConfig>): RealNode {
    const dataDir = path.join(this.folder, config.name);
    const node = new RealNode({ host: "127.0.0.1", port: 0, httpPort: 0, fsync: true, seed: 1, dataDir, ...config });
    this.#made.push(node);
    return node;
  }

  client(node: RealNode): Client {
    const client = new Client(node);
    this.#clients.push(client);
    return client;
  }

  async end(): Promise<void> {
    for (const client of this.#clients) client.close();
    await Promise.all(this.#made.map((node) => node.kill()));
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Runs the program to its end. */
export function runToExit(args: readonly string[]): Promise<Exit> {
  return exitOf(launch(args));
}

function launch(args: readonly string[]): Child {
  return spawn(process.execPath, [PROGRAM, ...args], { stdio: ["pipe", "pipe", "pipe"] });
}

function exitOf(child: Child): Promise<Exit> {
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

/** Those of one worker of the tests: what one has seen to be free, no other takes before its nodes listen there. */
const PORTS = 2_500;
const FIRST_PORT = 20_000 + PORTS * (Number(process.env["VITEST_POOL_ID"] ?? 0) % 4);
let nextPort = Math.floor(Math.random() * PORTS);

/**
 * Ports for peers to dial, which must be known before anything listens; below the range that connections use. None comes
 * again soon: a node that was killed is started where it was.
 */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  const holders: net.Server[] = [];
  for (let tries = 0; ports.length < count; tries++) {
    if (tries > 200) throw new Error("no free ports");
    const port = FIRST_PORT + (nextPort++ % PORTS);
    const server = net.createServer();
    const free = await new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false));
      server.listen(port, "127.0.0.1", () => resolve(true));
    });
    if (!free) continue;
    ports.push(port);
    holders.push(server);
  }
  await Promise.all(holders.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
