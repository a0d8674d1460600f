import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { expect, test } from "vitest";
import { openRelay } from "../../../nemesis/network/relay.js";
import { until, WAYS } from "./peers.js";

const BYTES = 24 * 2 ** 20;
/** What the operating system keeps for a connection is less than what comes while nobody reads. */
const STRIDE_BYTES = 4 * 2 ** 20;

const digestOf = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

/** Reads in fits and starts, so that what comes piles up on the way. */
function reads(socket: Duplex): {
  readonly heard: () => number;
  readonly digest: () => string;
  readonly stops: () => number;
} {
  const hash = createHash("sha256");
  let heard = 0;
  let stops = 0;
  socket.on("data", (bytes: Buffer) => {
    hash.update(bytes);
    const before = heard;
    heard += bytes.length;
    if (Math.floor(before / STRIDE_BYTES) === Math.floor(heard / STRIDE_BYTES)) return;
    stops += 1;
    socket.pause();
    setTimeout(() => socket.resume(), 300);
  });
  return { heard: () => heard, digest: () => hash.copy().digest("hex"), stops: () => stops };
}

/** In pieces smaller than what is read at once, each by itself, and faster than they are read. */
async function says(socket: Duplex, all: Buffer): Promise<void> {
  let at = 0;
  for (let i = 0; at < all.length; i++) {
    const piece = all.subarray(at, at + ((i * 7919) % 9_000) + 1);
    at += piece.length;
    if (!socket.write(piece)) await once(socket, "drain");
    await new Promise(setImmediate);
  }
}

test.each(WAYS)(
  "over $over, bytes that wait for a slow reader are not written over by later ones, in either direction",
  async (way) => {
    const [there, back] = [randomBytes(BYTES), randomBytes(BYTES)];
    const accepted: Socket[] = [];
    const server = createServer({ noDelay: true }, (socket) => void accepted.push(socket));
    server.listen({ host: "127.0.0.1", port: 0 });
    await once(server, "listening");
    const bound = server.address();
    if (bound === null || typeof bound === "string") throw new Error("no port");
    const relay = await openRelay({ nodes: ["n1", "n2"], unixSockets: way.unixSockets });
    try {
      await relay.setUpstream("n2", { host: "127.0.0.1", port: bound.port });
      const near = way.dial(relay, "n1", "n2", { allowHalfOpen: false });
      await once(near, "connect");
      await until("the other end is there", () => accepted.length === 1);
      const far = accepted[0]!;
      const [atFar, atNear] = [reads(far), reads(near)];
      await Promise.all([says(near, there), says(far, back)]);
      await until("all is heard", () => atFar.heard() === BYTES && atNear.heard() === BYTES);
      expect([atFar.digest(), atNear.digest()]).toEqual([digestOf(there), digestOf(back)]);
      expect(Math.min(atFar.stops(), atNear.stops())).toBeGreaterThan(3);
      near.destroy();
      far.destroy();
    } finally {
      await relay.close();
      server.close();
    }
  },
);
