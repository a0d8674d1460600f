/**
 * Between a shell and the process that holds the cluster: one JSON value a line over a socket in a folder of the
 * user's own, so that the socket is also how a shell finds a cluster that is up.
 */

import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { z } from "zod";
import type { Control, Order, Status } from "./control.js";

const name = z.string();
const order = z.discriminatedUnion("do", [
  z.object({ do: z.enum(["nodes", "heal"]) }),
  z.object({ do: z.enum(["kill", "start", "pause", "resume"]), node: name }),
  z.object({ do: z.literal("partition"), groups: z.array(z.array(name)) }),
  z.object({ do: z.literal("delay"), ms: z.number().nonnegative() }),
]) satisfies z.ZodType<Order>;
const status = z.object({
  title: z.string(),
  nodes: z.array(z.object({ name, host: z.string(), port: z.number(), state: z.enum(["running", "stopped", "gone"]) })),
  groups: z.array(z.array(name)),
  delayMs: z.number(),
}) satisfies z.ZodType<Status>;
const answer = z.union([
  z.object({ ok: z.literal(true), status }),
  z.object({ ok: z.literal(false), why: z.string() }),
]);

/** Only the user may look into it. */
const folder = (): string => join(tmpdir(), `kvtest-${userInfo().uid}`);
const SUFFIX = ".sock";

export interface ServedControl {
  /** What a shell calls this cluster. */
  readonly id: string;
  close(): Promise<void>;
}

/** Lets shells find and order the cluster of this process. */
export async function serveControl(control: Control): Promise<ServedControl> {
  const id = String(process.pid);
  mkdirSync(folder(), { recursive: true, mode: 0o700 });
  const path = join(folder(), id + SUFFIX);
  rmSync(path, { force: true });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
    createInterface({ input: socket }).on("line", (line) => {
      void obey(control, line).then((said) => socket.write(`${JSON.stringify(said)}\n`));
    });
  });
  await listening(server, path);
  return {
    id,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

async function obey(control: Control, line: string): Promise<z.infer<typeof answer>> {
  try {
    const parsed = order.safeParse(JSON.parse(line));
    if (!parsed.success) return { ok: false, why: "not an order" };
    // The same shape, checked a moment ago.
    return { ok: true, status: (await control.order(parsed.data)) as z.infer<typeof status> };
  } catch (error) {
    return { ok: false, why: error instanceof Error ? error.message : String(error) };
  }
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, () => resolve());
  });
}

/** The ids of all clusters that are up. The socket of one that died without a word is taken away. */
export async function clustersUp(): Promise<readonly string[]> {
  if (!existsSync(folder())) return [];
  const ids = readdirSync(folder()).filter((file) => file.endsWith(SUFFIX));
  const up = await Promise.all(
    ids.map(async (file) => {
      const path = join(folder(), file);
      const socket = await dialled(path);
      if (socket === null) rmSync(path, { force: true });
      socket?.destroy();
      return socket === null ? null : file.slice(0, -SUFFIX.length);
    }),
  );
  return up.filter((id) => id !== null);
}

function dialled(path: string): Promise<Socket | null> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => resolve(socket));
    socket.once("error", () => resolve(null));
  });
}

/** Throws when the cluster is not there. */
export async function remoteControl(id: string): Promise<Control & { close(): void }> {
  const socket = await dialled(join(folder(), id + SUFFIX));
  if (socket === null) throw new Error(`no cluster ${id} is up`);
  const waiting: { readonly resolve: (status: Status) => void; readonly reject: (error: Error) => void }[] = [];
  createInterface({ input: socket }).on("line", (line) => {
    const said = answer.parse(JSON.parse(line));
    const first = waiting.shift();
    if (said.ok) first?.resolve(said.status);
    else first?.reject(new Error(said.why));
  });
  const gone = (): void => {
    for (const one of waiting.splice(0)) one.reject(new Error("the cluster is gone"));
  };
  socket.on("error", gone);
  socket.on("close", gone);
  return {
    order: (asked) =>
      new Promise((resolve, reject) => {
        if (socket.destroyed) {
          reject(new Error("the cluster is gone"));
          return;
        }
        waiting.push({ resolve, reject });
        socket.write(`${JSON.stringify(asked)}\n`);
      }),
    close: () => socket.destroy(),
  };
}
