// What a link costs when it only passes: the same closed loop of pings against an echo server in another process,
// straight and through a link, in turn, in the same minute. The link is dialled from the same thread, as our own clients
// do, at its Unix socket, as the nodes of the reference store do on Linux, and at its port, as all others. Run it after a
// build:
//
//   node test/bench/link.mjs [connections] [rounds] [milliseconds per round]
//
// The server waits a little before it answers if `SERVER_US` is set (busy, in microseconds): a store does some work too.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { CLIENTS, openLinks } from "../../dist/nemesis/index.js";

const [connections = 10, rounds = 5, roundMs = 1_000] = process.argv.slice(2).map(Number);
const workUs = Number(process.env["SERVER_US"] ?? 0);
const body = `${JSON.stringify({ id: 1, op: "write", key: "k1", value: 12345 })}\n`;

const program = `
  const { createServer } = require("node:net");
  const server = () => createServer({ noDelay: true }, (socket) => {
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      for (const end = performance.now() + ${workUs} / 1000; performance.now() < end; );
      socket.write(bytes);
    });
  });
  const path = "\\0kvtest-bench-" + process.pid;
  server().listen(0, "127.0.0.1", function () {
    const { port } = this.address();
    if (process.platform === "linux") server().listen({ path }, () => process.send({ port, path }));
    else process.send({ port });
  });
  process.on("message", () => process.send({ cpu: process.cpuUsage() }));
  process.on("disconnect", () => process.exit());
`;
const server = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
const [{ port, path }] = await once(server, "message");
const direct = { host: "127.0.0.1", port };
const tcp = await openLinks({ nodes: ["n1"] });
await tcp.setUpstream("n1", direct);
const by = (address) => () => connect({ ...address, noDelay: true });
const ways = {
  direct: by(direct),
  "dial, node over TCP": () => tcp.dial(CLIENTS, "n1"),
  "port, node over TCP": by(tcp.address(CLIENTS, "n1")),
};
const unix = path === undefined ? null : await openLinks({ nodes: ["n1"], unixSockets: true });
if (unix !== null) {
  await unix.setUpstream("n1", { ...direct, path });
  ways["direct over Unix"] = by({ ...direct, path });
  ways["dial, node over Unix"] = () => unix.dial(CLIENTS, "n1");
  ways["Unix, node over Unix"] = by(unix.address(CLIENTS, "n1"));
}

/** CPU time of client, relay and server together, in milliseconds. */
async function cpuMs() {
  server.send("cpu");
  const [{ cpu }] = await once(server, "message");
  const own = process.cpuUsage();
  return (cpu.user + cpu.system + own.user + own.system) / 1_000;
}

async function round(dial) {
  const sockets = await Promise.all(
    Array.from({ length: connections }, async () => {
      const socket = dial();
      await once(socket, "connect");
      return socket;
    }),
  );
  const tookMs = [];
  const before = await cpuMs();
  const start = performance.now();
  await Promise.all(
    sockets.map(
      (socket) =>
        new Promise((resolve) => {
          let sent = performance.now();
          socket.on("data", () => {
            const now = performance.now();
            tookMs.push(now - sent);
            if (now - start >= roundMs) {
              resolve();
              return;
            }
            sent = now;
            socket.write(body);
          });
          socket.write(body);
        }),
    ),
  );
  const wallMs = performance.now() - start;
  const cpu = (await cpuMs()) - before;
  for (const socket of sockets) socket.destroy();
  tookMs.sort((a, b) => a - b);
  const quantile = (q) => tookMs[Math.min(tookMs.length - 1, Math.floor(q * tookMs.length))];
  return {
    rate: (tookMs.length / wallMs) * 1_000,
    p50: quantile(0.5),
    p99: quantile(0.99),
    cpuUs: (cpu / tookMs.length) * 1_000,
  };
}

const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];
const results = Object.fromEntries(Object.keys(ways).map((way) => [way, []]));
for (const dial of Object.values(ways)) await round(dial);
for (let i = 0; i < rounds; i++) for (const [way, dial] of Object.entries(ways)) results[way].push(await round(dial));
const of = (way, name) => median(results[way].map((result) => result[name]));
console.log(`${connections} connections, ${rounds} rounds of ${roundMs} ms, server works ${workUs} us; medians`);
for (const way of Object.keys(ways)) {
  const ratio = (name) => (of(way, name) / of("direct", name)).toFixed(2);
  console.log(
    `${way.padEnd(20)}  ${Math.round(of(way, "rate"))} ops/s (x${ratio("rate")})  p50 ${of(way, "p50").toFixed(3)} ms  ` +
      `p99 ${of(way, "p99").toFixed(3)} ms (${(of(way, "p99") - of("direct", "p99")).toFixed(3)} more)  ` +
      `${of(way, "cpuUs").toFixed(1)} us CPU an operation (x${ratio("cpuUs")})`,
  );
}
await tcp.close();
await unix?.close();
server.disconnect();
