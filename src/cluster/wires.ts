/** What joins the nodes of a cluster with each other and with the clients: links of ours, or real network namespaces. */

import { connect } from "node:net";
import type { Duplex } from "node:stream";
import {
  CLIENTS,
  type Framing,
  type Journal,
  type LinkMessage,
  type Namespaces,
  type Network,
  openLinks,
  openNamespaces,
} from "../../nemesis/index.js";
import type { Address } from "../client/connection.js";
import type { NetworkKind } from "../client/network.js";

export interface Wires {
  /** null: nobody can do anything to it. */
  readonly network: Network | null;
  /** The address that a node listens on. */
  hostOf(node: string): string;
  /** What `from` (a node, or CLIENTS) dials to reach `to`, whose port is `port` where it is known before. */
  address(from: string, to: string, port: number): Address;
  /** A client's connection to it, from this process. */
  dial(to: string, port: number): Duplex;
  /** Words before the command that starts a node. */
  enter(node: string): readonly string[];
  /** Where the node listens now; null: nowhere. */
  listens(node: string, at: Omit<Address, "host"> | null): Promise<void>;
  /** What was said since then, where it is taken down. */
  messages(sinceMs?: number): Promise<readonly LinkMessage[]>;
  close(): Promise<void>;
}

interface WiresOptions {
  readonly nodes: readonly string[];
  readonly framing: Framing | null;
  /** Nodes and clients dial Unix sockets where they are told of one, so links have them. */
  readonly unixSockets: boolean;
  readonly journal?: Journal;
  /** Links take down what is said. */
  readonly tape: boolean;
}

export const openWires = (kind: NetworkKind, options: WiresOptions): Promise<Wires> =>
  ({ links: linked, namespaces: spaced, direct: straight })[kind](options);

const HOST = "127.0.0.1";

async function linked({ nodes, framing, unixSockets, tape }: WiresOptions): Promise<Wires> {
  const links = await openLinks({ nodes, host: HOST, unixSockets, framing, tape: tape ? {} : null });
  return {
    network: links,
    hostOf: () => HOST,
    address: (from, to) => links.address(from, to),
    dial: (to) => links.dial(CLIENTS, to),
    enter: () => [],
    listens: (node, at) => links.setUpstream(node, at === null ? null : { host: HOST, ...at }),
    messages: (sinceMs) => links.messages(sinceMs),
    close: () => links.close(),
  };
}

async function spaced({ nodes, journal }: WiresOptions): Promise<Wires> {
  const network: Namespaces = await openNamespaces({ nodes, ...(journal === undefined ? {} : { journal }) });
  return {
    network,
    hostOf: (node) => (node === CLIENTS ? network.clientsHost : network.hostOf(node)),
    address: (_, to, port) => ({ host: network.hostOf(to), port }),
    dial: (to, port) => connect({ host: network.hostOf(to), port, noDelay: true }),
    enter: (node) => network.enter(node),
    listens: () => Promise.resolve(),
    messages: () => Promise.resolve([]),
    close: () => network.close(),
  };
}

const straight = async (): Promise<Wires> => ({
  network: null,
  hostOf: () => HOST,
  address: (_, __, port) => ({ host: HOST, port }),
  dial: (_, port) => connect({ host: HOST, port, noDelay: true }),
  enter: () => [],
  listens: () => Promise.resolve(),
  messages: () => Promise.resolve([]),
  close: () => Promise.resolve(),
});
