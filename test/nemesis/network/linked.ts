/** A relay between n1, n2 and clients, whose n2 is a server in this process: what tests of relays begin with. */

import { connect } from "node:net";
import type { LinkCounters } from "../../../nemesis/inject.js";
import { openRelay, type Relay } from "../../../nemesis/network/relay.js";
import { dial, HOST, Peer, type Server, serve, until } from "./peers.js";

/** What a test has opened. It is closed after the test. */
export const open: { close(): Promise<void> | void }[] = [];

export async function closeAll(): Promise<void> {
  for (const thing of open.splice(0).reverse()) await thing.close();
}

export async function linked({
  echo = false,
  unixSockets = false,
  ...rest
}: {
  readonly echo?: boolean;
  readonly unixSockets?: boolean;
  readonly bufferBytesMax?: number;
} = {}): Promise<{ relay: Relay; server: Server }> {
  const server = await serve({ echo, unixSockets });
  open.push(server);
  const relay = await openRelay({ host: HOST, unixSockets, nodes: ["n1", "n2"], ...rest });
  open.push(relay);
  await relay.setUpstream("n2", server);
  return { relay, server };
}

/** A connection to n2. */
export async function dialled(relay: Relay, from = "n1"): Promise<Peer> {
  const peer = await dial(relay.address(from, "n2"));
  open.push({ close: () => void peer.socket.destroy() });
  return peer;
}

/** Dials without waiting for success: the reset may come before this side knows that it was accepted. */
export function attempt(relay: Relay): Peer {
  const peer = new Peer(connect(relay.address("n1", "n2")));
  open.push({ close: () => void peer.socket.destroy() });
  return peer;
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
