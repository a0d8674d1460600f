/** A small cluster of foreign programs: TCP echo servers that know nothing of us, and traffic over every link. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { System, Target } from "../../nemesis/inject.js";
import { openLinks } from "../../nemesis/network/links.js";
import type { Links } from "../../nemesis/network/relay.js";
import { type ProcessGroup, processGroup } from "../../nemesis/process/group.js";
import { CLIENTS } from "../../nemesis/fault.js";

const ECHO = `
  const server = require("node:net").createServer((socket) => {
    socket.on("error", () => {});
    socket.pipe(socket);
    socket.on("data", (bytes) => bytes.equals(Buffer.from("busy")) && setInterval(() => {
      for (const end = Date.now() + 20; Date.now() < end; );
    }, 1));
  });
  server.listen(0, "127.0.0.1", () => console.log(server.address().port));
  process.stdin.on("end", () => process.exit()).resume();
`;

/** A group leader of its own that ends with its standard input, so that no test leaves it behind. */
export async function spawnEcho(): Promise<{ child: ChildProcess; pgid: number; port: number }> {
  const child = spawn(process.execPath, ["-e", ECHO], { detached: true, stdio: ["pipe", "pipe", "inherit"] });
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  return { child, pgid: child.pid!, port: Number(line.toString()) };
}

export interface Foreign {
  readonly system: System & { readonly targets: readonly (ProcessGroup & Required<Pick<Target, "start">>)[] };
  readonly links: Links;
  /** Who `leader()` names. */
  lead(name: string | null): void;
  pgid(name: string): number;
  /** The signal that ended the node's last process but one. */
  endedBy(name: string): NodeJS.Signals | null;
  /** From now on the node wants the whole processor. */
  busy(name: string): Promise<void>;
  close(): Promise<void>;
}

/** With `traffic`, every pair of ends keeps one connection and says a line every 5 ms, dialling again when it breaks. */
export async function openForeign(nodes: readonly string[], options: { readonly traffic: boolean }): Promise<Foreign> {
  const links = await openLinks({ nodes, framing: { by: "lines" } });
  const running = new Map<string, { child: ChildProcess; pgid: number }>();
  const ended = new Map<string, ChildProcess>();
  const start = async (name: string): Promise<void> => {
    const { child, pgid, port } = await spawnEcho();
    const before = running.get(name);
    if (before !== undefined) ended.set(name, before.child);
    running.set(name, { child, pgid });
    await links.setUpstream(name, { host: "127.0.0.1", port });
  };
  await Promise.all(nodes.map(start));
  const pgid = (name: string): number => running.get(name)!.pgid;
  const targets = nodes.map((name) => ({ ...processGroup(name, () => pgid(name)), start: () => start(name) }));
  let leader: string | null = nodes[0] ?? null;
  const stop = options.traffic ? chatter(nodes, links) : (): void => undefined;
  return {
    system: { targets, network: links, leader: async () => leader },
    links,
    lead: (name) => {
      leader = name;
    },
    pgid,
    endedBy: (name) => ended.get(name)?.signalCode ?? running.get(name)?.child.signalCode ?? null,
    async busy(name) {
      const socket = connect(links.address(CLIENTS, name)).on("error", () => undefined);
      socket.write("busy");
      await once(socket, "data");
      socket.destroy();
    },
    async close() {
      stop();
      await links.close();
      for (const { child } of running.values()) child.kill("SIGKILL");
    },
  };
}

function chatter(nodes: readonly string[], links: Links): () => void {
  const pairs = [...nodes, CLIENTS].flatMap((from) => nodes.filter((to) => to !== from).map((to) => ({ from, to })));
  const sockets = new Map<string, Socket>();
  const timer = setInterval(() => {
    for (const { from, to } of pairs) {
      const name = `${from} > ${to}`;
      const known = sockets.get(name);
      const socket = known === undefined || known.destroyed ? connect(links.address(from, to)) : known;
      if (socket !== known) socket.on("error", () => undefined).resume();
      sockets.set(name, socket);
      socket.write(".\n");
    }
  }, 5);
  return () => {
    clearInterval(timer);
    for (const socket of sockets.values()) socket.destroy();
  };
}
