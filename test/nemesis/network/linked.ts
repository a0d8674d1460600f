/** A relay between n1, n2 and clients, whose n2 is a server in this process: what tests of relays begin with. */

import { once } from "node:events";
import type { LinkCounters } from "../../../nemesis/inject.js";
import { openRelay, type Relay } from "../../../nemesis/network/relay.js";
import { HOST, Peer, type Server, serve, until, type Way, WAYS } from "./peers.js";

/** What a test has opened. It is closed after the test. */
export const open: { close(): Promise<void> | void }[] = [];

export async function closeAll(): Promise<void> {
  for (const thing of open.splice(0).reverse()) await thing.close();
}

export interface Linked {
  readonly relay: Relay;
  /** n2. */
  readonly server: Server;
  /** A connection to n2. */
  readonly dialled: (from?: string) => Promise<Peer>;
  /** Dials without waiting for success: the reset may come before this side knows that it was accepted. */
  readonly attempt: () => Peer;
}

export interface LinkedOptions {
  readonly echo?: boolean;
  /** Default: over TCP. */
  readonly way?: Way;
  readonly bufferBytesMax?: number;
}

export async function linked({ echo = false, way = WAYS[0]!, ...rest }: LinkedOptions = {}): Promise<Linked> {
  const { unixSockets } = way;
  const server = await serve({ echo, unixSockets });
  open.push(server);
  const relay = await openRelay({ host: HOST, unixSockets, nodes: ["n1", "n2"], ...rest });
  open.push(relay);
  await relay.setUpstream("n2", server);
  const peerOf = (from: string, allowHalfOpen: boolean): Peer => {
    const peer = new Peer(way.dial(relay, from, "n2", { allowHalfOpen }));
    open.push({ close: () => void peer.socket.destroy() });
    return peer;
  };
  return {
    relay,
    server,
    async dialled(from = "n1") {
      const peer = peerOf(from, true);
      await once(peer.socket, "connect");
      return peer;
    },
    attempt: () => peerOf("n1", false),
  };
}

export async function countersOf(relay: Relay, from: string, to: string): Promise<LinkCounters> {
  const found = (await relay.counters()).find((link) => link.from === from && link.to === to);
  if (found === undefined) throw new Error(`no counters for ${from} > ${to}`);
  return found;
}

/** `more` would tell a connection that broke, or a stranger's, from one that is late. */
export const counted = (relay: Relay, wanted: Partial<LinkCounters>, more: () => object = () => ({})): Promise<void> =>
  until(
    `n1 > n2 has ${JSON.stringify(wanted)}`,
    async () => ({ ...(await countersOf(relay, "n1", "n2")), ...more() }),
    (seen) => Object.entries(wanted).every(([name, value]) => seen[name as keyof LinkCounters] === value),
  );

/** Waits until a count has begun to grow and grows no more: the last of it. */
export async function standsStill(count: () => Promise<number>): Promise<number> {
  let before = -1;
  await until("it stands still", async () => {
    const now = await count();
    const stands = now > 0 && now === before;
    before = now;
    await settle(50);
    return stands;
  });
  return before;
}

/** Long enough for anything that is not held to arrive over loopback. */
export const settle = (ms = 100): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
