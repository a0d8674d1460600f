/**
 * The replica program: one node of the reference database.
 *
 *     node main.js '<NodeConfig as JSON>'
 *
 * Prints one ReadyLine on stdout once every face listens. Stops when stdin ends: whoever started it holds the other end
 * of that pipe, so a starter that dies, even by SIGKILL, leaves no node behind.
 */

import { randomUUID } from "node:crypto";
import fs from "node:fs";
import type { AddressInfo, ListenOptions, Server } from "node:net";
import path from "node:path";
import { pino } from "pino";
import { parseNodeConfig } from "./config.js";
import { mayBeBad } from "./disk.js";
import { watchHardware } from "./hardware.js";
import { httpServer } from "./http.js";
import { Log, LogDamaged } from "./log.js";
import { Node } from "./node.js";
import { Peers } from "./peers.js";
import { type BugName, findBug } from "./protocol/bugs.js";
import { createCore, logFormat } from "./protocol/core.js";
import { tcpServer } from "./tcp.js";
import type { NodeConfig, ReadyLine } from "./wire.js";

const EXIT = { stopped: 0, logDamaged: 65, noPort: 69, diskFailure: 74, badConfig: 254, bug: 255 } as const;

const parsed = parseNodeConfig(process.argv[2]);
if (parsed.ok) run(parsed.config);
else {
  process.stderr.write(`${["bad configuration:", ...parsed.problems].join("\n  ")}\n`);
  process.exitCode = EXIT.badConfig;
}

function run(config: NodeConfig): void {
  const destination = pino.destination({ fd: 2, sync: true });
  // Nobody reads our words any more: no reason to die of it.
  destination.on("error", () => undefined);
  process.stdout.on("error", () => undefined);
  const logger = pino({ base: { node: config.name } }, destination);
  const stop = (code: number, why: string, error?: unknown): never => {
    if (code === EXIT.stopped) logger.info(why);
    else logger.fatal({ err: error }, why);
    process.exit(code);
  };
  process.on("uncaughtException", (error) => stop(EXIT.bug, "a bug in the replica", error));
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => stop(EXIT.stopped, signal));
  process.stdin.on("error", () => stop(EXIT.stopped, "stdin broke"));
  process.stdin.on("end", () => stop(EXIT.stopped, "stdin ended"));
  process.stdin.resume();

  const { hardwareFile } = config;
  if (hardwareFile !== undefined) watchHardware(hardwareFile);
  let log: Log;
  try {
    fs.mkdirSync(config.dataDir, { recursive: true });
    log = new Log(path.join(config.dataDir, "log"), {
      format: logFormat(config.protocol),
      fsync: config.fsync,
      ...(hardwareFile === undefined ? {} : { disk: mayBeBad(hardwareFile, config.seed) }),
    });
  } catch (error) {
    if (error instanceof LogDamaged) return stop(EXIT.logDamaged, error.message);
    return stop(EXIT.diskFailure, `the log does not open: ${String(error)}`, error);
  }
  logger.info({ entries: log.entries.length, cutBytes: log.cutBytes }, "log recovered");

  const names = config.peers.map(({ name }) => name);
  const peers = new Peers(config, {
    onConnected: (peer) => {
      logger.info({ peer }, "connected");
      node.connected(peer);
    },
    onLost: (peer, why, dropped) => logger.info({ peer, why, dropped }, "connection lost"),
  });
  const node = new Node({
    core: createCore(config.protocol, {
      self: config.name,
      peers: names,
      seed: config.seed,
      lives: config.lives ?? 0,
      ...bugOf(config),
    }),
    log,
    send: (to, message) => peers.send(to, message),
    onDiskFailure: (error) => stop(EXIT.diskFailure, `the log cannot be written: ${error.message}`, error),
  });
  node.start();

  void listen(config, node, (error) => stop(EXIT.noPort, `cannot listen: ${error.message}`, error)).then((ready) => {
    process.stdout.write(`${JSON.stringify(ready)}\n`);
    logger.info(ready, "ready");
    return peers.dial();
  });
}

/** Resolves once every face listens. */
async function listen(config: NodeConfig, node: Node, onError: (error: Error) => void): Promise<ReadyLine> {
  const { name, host, port, httpPort, unixSocket = false } = config;
  const peers = new Set(config.peers.map((peer) => peer.name));
  const tcp = tcpServer(node, peers);
  const http = httpServer(node);
  const faces: [Server, ListenOptions][] = [
    [tcp, { port, host, backlog: 511 }],
    [http, { port: httpPort, host }],
  ];
  const socket = unixSocket ? { path: `\0kvtest-node-${randomUUID()}` } : {};
  if (socket.path !== undefined) faces.push([tcpServer(node, peers), { path: socket.path, backlog: 511 }]);
  await Promise.all(
    faces.map(([face, where]) => new Promise<void>((resolve) => void face.on("error", onError).listen(where, resolve))),
  );
  return { ready: true, name, port: portOf(tcp), httpPort: portOf(http), pid: process.pid, ...socket };
}

/** The configuration was checked: it names a bug that there is, or none. */
function bugOf({ bug }: NodeConfig): { readonly bug?: BugName } {
  const found = bug === undefined ? null : findBug(bug);
  return found === null ? {} : { bug: found.name };
}

function portOf(server: Server): number {
  // A listening TCP server has no other kind of address.
  return (server.address() as AddressInfo).port;
}
