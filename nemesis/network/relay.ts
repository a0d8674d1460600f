/**
 * User-space TCP links without root: a listener for every (from, to), and every byte under the link of its direction.
 *
 * A connection that a dials to b carries bytes both ways: those from a to b obey the link a > b, the answers obey b > a.
 * So a one-way cut is exact, whoever dialled. This is the relay itself, in the thread that calls it; `openLinks` runs it
 * in a worker.
 */

import { createServer, type Server, type Socket } from "node:net";
import { CLIENTS, type NodeName } from "../fault.js";
import type { LinkCounters, Network } from "../inject.js";
import { type Address, Connection } from "./connection.js";
import { type Latency, Link } from "./link.js";

export interface LinksOptions {
  readonly nodes: readonly NodeName[];
  /** Where the links listen. Default 127.0.0.1. */
  readonly host?: string;
  /** What may wait in one direction of one connection before its sender is made to wait. Default 1 MiB. */
  readonly bufferBytesMax?: number;
}

export interface Links extends Network {
  delay(from: NodeName, to: NodeName, latency: Latency | null): Promise<void>;
  /** What `from` (a node, or CLIENTS) dials to reach the node `to`. Stays the same while nodes restart. */
  address(from: NodeName, to: NodeName): Address;
  /** Where a node listens; new connections go there. null: they are reset. */
  setUpstream(node: NodeName, upstream: Address | null): Promise<void>;
  /** Ends every connection and listener. Idempotent. */
  close(): Promise<void>;
}

/** @throws when a listener cannot be opened; those that were are closed again. */
export async function openRelay(options: LinksOptions): Promise<Relay> {
  const relay = new Relay(options);
  try {
    await relay.listen();
  } catch (error) {
    await relay.close();
    throw error;
  }
  return relay;
}

export class Relay implements Links {
  readonly #options: Required<LinksOptions>;
  readonly #links = new Map<string, Link>();
  readonly #servers = new Map<string, Server>();
  readonly #addresses = new Map<string, Address>();
  readonly #upstreams = new Map<NodeName, Address>();
  readonly #connections = new Set<Connection>();

  constructor(options: LinksOptions) {
    this.#options = { host: "127.0.0.1", bufferBytesMax: 2 ** 20, ...options };
    for (const [from, to] of pairsOf(options.nodes)) {
      this.#links.set(nameOf(from, to), new Link(from, to));
    }
  }

  async listen(): Promise<void> {
    const dialled = pairsOf(this.#options.nodes).filter(([, to]) => to !== CLIENTS);
    await Promise.all(dialled.map(([from, to]) => this.#listen(from, to)));
  }

  address(from: NodeName, to: NodeName): Address {
    const address = this.#addresses.get(nameOf(from, to));
    if (address === undefined) throw new Error(`no link from "${from}" to "${to}"`);
    return address;
  }

  /** All addresses that can be dialled, for a copy of `address` elsewhere. */
  addresses(): readonly { readonly from: NodeName; readonly to: NodeName; readonly at: Address }[] {
    return [...this.#links.values()].flatMap(({ from, to }) => {
      const at = this.#addresses.get(nameOf(from, to));
      return at === undefined ? [] : [{ from, to, at }];
    });
  }

  async setUpstream(node: NodeName, upstream: Address | null): Promise<void> {
    if (!this.#options.nodes.includes(node)) throw new Error(`no node "${node}"`);
    if (upstream === null) this.#upstreams.delete(node);
    else this.#upstreams.set(node, upstream);
  }

  async cut(from: NodeName, to: NodeName): Promise<void> {
    this.#link(from, to).set({ isCut: true });
  }

  async heal(from: NodeName, to: NodeName): Promise<void> {
    this.#link(from, to).set({ isCut: false });
  }

  async delay(from: NodeName, to: NodeName, latency: Latency | null): Promise<void> {
    // Through the queue and its timers even 0 ms would cost a millisecond.
    const isNone = latency === null || (latency.latencyMs <= 0 && latency.jitterMs <= 0);
    this.#link(from, to).set({ latency: isNone ? null : latency });
  }

  async counters(): Promise<readonly LinkCounters[]> {
    return [...this.#links.values()].map((link) => link.counters());
  }

  async close(): Promise<void> {
    const closed = [...this.#servers.values()].map(
      (server) => new Promise<void>((resolve) => void server.close(() => resolve())),
    );
    for (const connection of this.#connections) connection.destroy();
    this.#connections.clear();
    await Promise.all(closed);
  }

  async #listen(from: NodeName, to: NodeName): Promise<void> {
    const there = this.#link(from, to);
    const back = this.#link(to, from);
    const server = createServer({ noDelay: true, allowHalfOpen: true }, (dialler: Socket) => {
      const connection = new Connection(dialler, {
        there,
        back,
        upstream: () => this.#upstreams.get(to) ?? null,
        bufferBytesMax: this.#options.bufferBytesMax,
        onClosed: (ended) => void this.#connections.delete(ended),
      });
      this.#connections.add(connection);
    });
    this.#servers.set(nameOf(from, to), server);
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host: this.#options.host, port: 0 }, resolve);
    });
    const bound = server.address();
    if (bound === null || typeof bound === "string") throw new Error(`the link ${from} > ${to} has no port`);
    this.#addresses.set(nameOf(from, to), { host: this.#options.host, port: bound.port });
  }

  #link(from: NodeName, to: NodeName): Link {
    const link = this.#links.get(nameOf(from, to));
    if (link === undefined) throw new Error(`no link from "${from}" to "${to}"`);
    return link;
  }
}

/** Every directed pair of nodes, and of the clients with each node. */
function pairsOf(nodes: readonly NodeName[]): [from: NodeName, to: NodeName][] {
  const ends = [...nodes, CLIENTS];
  if (new Set(ends).size !== ends.length)
    throw new Error(`names of nodes must differ, and from "${CLIENTS}": ${nodes.join(", ")}`);
  return ends.flatMap((from) => ends.filter((to) => to !== from).map((to): [NodeName, NodeName] => [from, to]));
}

/** Names may hold any character, so a pair is written as JSON. */
const nameOf = (from: NodeName, to: NodeName): string => JSON.stringify([from, to]);
