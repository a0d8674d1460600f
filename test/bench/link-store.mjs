// What links cost where a store stands behind them: clients against clusters with links and without (`--network direct`),
// both up at the same time and measured in turn; first in closed loops, as fast as they get answers, then at half of that
// rate, so that what is seen is the link and not a queue for the processor. Run it after a build, on a quiet machine:
//
//   node test/bench/link-store.mjs [milliseconds per round] [rounds]
//
// The reference store crosses links several times an operation, for its replicas talk over links too. A database from
// outside (redis, etcd) is one process here, and only its clients come through a link: by a stream from the same thread,
// and by dialling the link's port, as clients do that take no stream.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CLIENTS, openLinks } from "../../dist/nemesis/index.js";
import { Cluster } from "../../dist/src/cluster/cluster.js";
import { parseClusterFlags } from "../../dist/src/config/flags.js";

const [roundMs = 2_000, rounds = 5] = process.argv.slice(2).map(Number);
const KEYS = 10;
const scratch = mkdtempSync(join(tmpdir(), "kvtest-bench-"));

const quantile = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];

/** User and system time of a process, in microseconds. */
function cpuUsOf(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

/** `dial()` opens a client: a function that does the nth operation. `pids`: of the store. `rate`: of all clients, 1/s; null: no limit. */
async function round({ dial, pids }, clients, rate) {
  const opened = await Promise.all(Array.from({ length: clients }, (_, client) => dial(client)));
  const tookMs = [];
  const own = process.cpuUsage();
  const before = pids.reduce((sum, pid) => sum + cpuUsOf(pid), 0);
  const begin = performance.now();
  const end = begin + roundMs;
  await Promise.all(
    opened.map(async ({ act }, client) => {
      const everyMs = rate === null ? 0 : (1_000 * clients) / rate;
      for (let n = 0; performance.now() < end; n++) {
        const restMs = begin + everyMs * (n + client / clients) - performance.now();
        if (restMs > 0) await new Promise((resolve) => setTimeout(resolve, restMs));
        const began = performance.now();
        await act(n);
        tookMs.push(performance.now() - began);
      }
    }),
  );
  const wallMs = performance.now() - begin;
  const used = process.cpuUsage(own);
  const after = pids.reduce((sum, pid) => sum + cpuUsOf(pid), 0);
  for (const { close } of opened) close();
  tookMs.sort((a, b) => a - b);
  return {
    rate: (tookMs.length / wallMs) * 1_000,
    p50: quantile(tookMs, 0.5),
    p99: quantile(tookMs, 0.99),
    cpuUs: (used.user + used.system + after - before) / tookMs.length,
  };
}

async function compare(title, ways, clients) {
  for (const way of Object.values(ways)) await round(way, clients, null);
  const rate = await compareAt(title, ways, clients, null);
  await compareAt("  at half of that rate", ways, clients, rate / 2);
}

/** Returns the direct rate. */
async function compareAt(title, ways, clients, rate) {
  const names = Object.keys(ways);
  const results = Object.fromEntries(names.map((way) => [way, []]));
  for (let i = 0; i < rounds; i++) for (const way of names) results[way].push(await round(ways[way], clients, rate));
  const of = (way, name) => median(results[way].map((result) => result[name]));
  for (const way of names.slice(1)) {
    const both = (name, digits) => `${of("direct", name).toFixed(digits)} ${of(way, name).toFixed(digits)}`;
    console.log(
      `${title.padEnd(44)} ${String(clients).padStart(3)} clients, ${way.padEnd(19)} ops/s ${both("rate", 0)} (x${(of(way, "rate") / of("direct", "rate")).toFixed(2)})  ` +
        `p50 ${both("p50", 2)}  p99 ${both("p99", 2)} (${(of(way, "p99") - of("direct", "p99")).toFixed(2)} ms more)  us CPU an operation ${both("cpuUs", 0)}`,
    );
  }
  return of("direct", "rate");
}

async function referenceStore(flags, clientCounts) {
  const parsed = parseClusterFlags(flags, 1);
  if (!parsed.ok) throw new Error(parsed.problems.join("\n"));
  const { nodes, protocol } = parsed.value;
  const clusters = {};
  const ways = {};
  try {
    for (const [way, network] of [
      ["direct", "direct"],
      ["linked", "links"],
    ]) {
      const dir = mkdtempSync(join(scratch, `${way}-`));
      const cluster = await Cluster.start({
        nodes,
        protocol,
        fsync: true,
        seed: 1,
        dir,
        portBase: null,
        network,
        tape: true,
      });
      clusters[way] = cluster;
      const home = (client) => (protocol.mode === "leader" ? nodes[0] : nodes[client % nodes.length]);
      ways[way] = {
        pids: cluster.nodes.map(({ pid }) => pid),
        async dial(client) {
          const at = await cluster.dial(home(client), 2_000);
          if (at.is !== "open") throw new Error(at.why);
          return {
            act: (n) => {
              const key = `k${(client + n) % KEYS}`;
              return at.connection.request(n % 2 === 0 ? { op: "read", key } : { op: "write", key, value: n }, 5_000);
            },
            close: () => at.connection.close(),
          };
        },
      };
    }
    for (const clients of clientCounts)
      await compare(`reference store, ${nodes.length} nodes, ${protocol.mode}`, ways, clients);
  } finally {
    for (const cluster of Object.values(clusters)) await cluster.stop();
  }
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  await new Promise((resolve) => void server.close(resolve));
  return port;
}

const installed = (program) => spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;

/** `args(port)`; `client(dial)` opens a client. */
async function foreign(title, program, args, client, clientCounts) {
  if (!installed(program)) {
    console.log(`${title}: skipped, there is no ${program} here`);
    return;
  }
  const port = await freePort();
  const child = spawn(program, await args(port), { stdio: "ignore", cwd: mkdtempSync(join(scratch, `${program}-`)) });
  // Also where this ends otherwise than it should: a reader that went away, Ctrl-C.
  const killed = () => child.kill("SIGKILL");
  process.once("exit", killed);
  const address = { host: "127.0.0.1", port };
  const links = await openLinks({ nodes: ["n1"] });
  try {
    await links.setUpstream("n1", address);
    for (let tries = 0; ; tries++) {
      const socket = connect(address);
      const isUp = await new Promise((resolve) => {
        socket.on("connect", () => resolve(true));
        socket.on("error", () => resolve(false));
      });
      socket.destroy();
      if (isUp) break;
      if (tries > 200) throw new Error(`${program} does not listen`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const way = (dial) => ({ pids: [child.pid], dial: () => client(dial) });
    const by = (at) => way(() => connect({ ...at, noDelay: true }));
    const ways = {
      direct: by(address),
      linked: way(() => links.dial(CLIENTS, "n1")),
      "linked by its port": by(links.address(CLIENTS, "n1")),
    };
    for (const clients of clientCounts) await compare(title, ways, clients);
  } finally {
    await links.close();
    killed();
    await once(child, "exit");
    process.off("exit", killed);
  }
}

const command = (...words) => `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join("")}`;

/** One command at a time, as its clients send it; an answer ends with the line feed of its last line. */
async function redisClient(dial) {
  const socket = dial();
  await once(socket, "connect");
  return {
    act: (n) =>
      new Promise((resolve, reject) => {
        socket.once("data", resolve).once("error", reject);
        socket.write(n % 2 === 0 ? command("INCR", "a") : command("SET", `k${n % KEYS}`, String(n)));
      }).finally(() => socket.removeAllListeners("error").on("error", () => undefined)),
    close: () => socket.destroy(),
  };
}

const base64 = (text) => Buffer.from(text).toString("base64");

/** etcd's JSON gateway, over one connection a client. */
async function etcdClient(dial) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  agent.createConnection = dial;
  const post = (path, body) =>
    new Promise((resolve, reject) => {
      const text = JSON.stringify(body);
      const asked = request(
        { path, agent, method: "POST", headers: { "content-length": Buffer.byteLength(text) } },
        (response) => response.resume().on("end", resolve),
      );
      asked.on("error", reject).end(text);
    });
  return {
    act: (n) =>
      n % 2 === 0
        ? post("/v3/kv/range", { key: base64(`k${n % KEYS}`) })
        : post("/v3/kv/put", { key: base64(`k${n % KEYS}`), value: base64(String(n)) }),
    close: () => agent.destroy(),
  };
}

const redisArgs = async (port) => ["--port", String(port), "--appendonly", "yes", "--appendfsync", "always"];

for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(255));
try {
  console.log(`medians of ${rounds} rounds of ${roundMs} ms in turn; half reads, half writes; direct and linked`);
  await referenceStore({}, [10, 50]);
  await referenceStore({ mode: "quorum" }, [10, 50]);
  const etcdArgs = async (port) => {
    const at = `http://127.0.0.1:${port}`;
    const peer = `http://127.0.0.1:${await freePort()}`;
    const peers = [
      "--listen-peer-urls",
      peer,
      "--initial-advertise-peer-urls",
      peer,
      "--initial-cluster",
      `default=${peer}`,
    ];
    return ["--data-dir", "data", "--listen-client-urls", at, "--advertise-client-urls", at, ...peers];
  };
  await foreign("etcd, one process, synced", "etcd", etcdArgs, etcdClient, [10, 50]);
  await foreign("redis, one process, synced", "redis-server", redisArgs, redisClient, [10, 50]);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
