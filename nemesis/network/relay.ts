/**
 * User-space links of streams without root: a listener for every (from, to), and every byte under the link of its direction.
 *
 * A connection that a dials to b carries bytes both ways: those from a to b obey the link a > b, the answers obey b > a.
 * So a one-way cut is exact, whoever dialled. This is the relay itself, in the thread that calls it; `openLinks`
 * runs one in a worker for those that dial its ports, and one beside its caller for those that use `dial`.
 */

import { randomUUID } from "node:crypto";
import { CLIENTS, type NodeName } from "../fault.js";
import type { LinkCounters, Network } from "../inject.js";
import { type Address, Connection } from "./connection.js";
import { Door } from "./door.js";
import { type End, SocketEnd } from "./end.js";
import { Effects } from "./effects.js";
import { Link, type LinkState } from "./link.js";
import { type DialOptions, LocalSocket } from "./local.js";
import type { Framing } from "./mangler.js";
import { type LinkMessage, Tape, type TapeOptions } from "./tape.js";

export interface LinksOptions {
  readonly nodes: readonly NodeName[];
  /** Where the links listen. Default 127.0.0.1. */
  readonly host?: string;
  /**
   * Beside each port a Unix socket (`Address.path`) for those who can dial one: it takes half the CPU of TCP. In Linux's
   * abstract namespace, so that none outlives its process. Default: none.
   */
  readonly unixSockets?: boolean;
  /** What may wait in one direction of one connection before its sender is made to wait. Default 1 MiB. */
  readonly bufferBytesMax?: number;
  /** How messages are told apart. Without, no message can be lost, doubled or overtaken. */
  readonly framing?: Framing | null;
  /** Takes down the latest messages; needs `framing`. Default null: none. */
  readonly tape?: TapeOptions | null;
}

export interface Links
  extends Required<Omit<Network, "packet" | "packetEffects" | "distributions">>,
    Pick<Network, "packet" | "packetEffects"> {
  /** What `from` (a node, or CLIENTS) dials to reach the node `to`. Stays the same while nodes restart. */
  address(from: NodeName, to: NodeName): Address;
  /**
   * The same connection for somebody in this thread, with no socket on this side of the link, which is then nearly free.
   * Emits "connect", or an error with a `code`, as a socket does.
   *
   * @throws where the names make no link
   */
  dial(from: NodeName, to: NodeName, options?: DialOptions): LocalSocket;
  /** Where a node listens; new connections go there. null: they are reset. */
  setUpstream(node: NodeName, upstream: Address | null): Promise<void>;
  /**
   * What was said lately, where it is taken down: messages that set out since a moment (ms on the clock of
   * `process.hrtime`; default: all that are kept).
   */
  messages(sinceMs?: number): Promise<readonly LinkMessage[]>;
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

export class Relay extends Effects implements Links {
  readonly #options: Omit<Required<LinksOptions>, "framing" | "tape"> & { readonly framing: Framing | null };
  readonly #tape: Tape | null;
  readonly #links = new Map<string, Link>();
  readonly #doors = new Map<string, Door>();
  readonly #upstreams = new Map<NodeName, Address>();
  readonly #connections = new Set<Connection>();
  #isClosed = false;

  constructor(options: LinksOptions) {
    super(options.framing ?? null);
    this.#tape =
      (options.tape ?? null) === null || (options.framing ?? null) === null ? null : new Tape(options.tape ?? {});
    this.#options = { host: "127.0.0.1", unixSockets: false, bufferBytesMax: 2 ** 20, framing: null, ...options };
    for (const [from, to] of pairsOf(options.nodes)) {
      this.#links.set(nameOf(from, to), new Link(from, to));
    }
  }

  async listen(): Promise<void> {
    const dialled = pairsOf(this.#options.nodes).filter(([, to]) => to !== CLIENTS);
    await Promise.all(dialled.map(([from, to]) => this.#listen(from, to)));
  }

  address(from: NodeName, to: NodeName): Address {
    const door = this.#doors.get(nameOf(from, to));
    if (door === undefined) throw new Error(`no link from "${from}" to "${to}"`);
    return door.address;
  }

  dial(from: NodeName, to: NodeName, options?: DialOptions): LocalSocket {
    const link = this.#link(from, to);
    if (to === CLIENTS) throw new Error(`no link leads to "${to}" that can be dialled`);
    return new LocalSocket((end) => {
      const isRefused = link.state.cut === "refuse";
      if (isRefused) link.count.refusedConnections += 1;
      if (isRefused || this.#isClosed) return false;
      this.#connect(end, from, to);
      return true;
    }, options);
  }

  /** All addresses that can be dialled, for a copy of `address` elsewhere. */
  addresses(): readonly { readonly from: NodeName; readonly to: NodeName; readonly at: Address }[] {
    return [...this.#links.values()].flatMap(({ from, to }) => {
      const at = this.#doors.get(nameOf(from, to))?.address;
      return at === undefined ? [] : [{ from, to, at }];
    });
  }

  async setUpstream(node: NodeName, upstream: Address | null): Promise<void> {
    if (!this.#options.nodes.includes(node)) throw new Error(`no node "${node}"`);
    if (upstream === null) this.#upstreams.delete(node);
    else this.#upstreams.set(node, upstream);
  }

  async counters(): Promise<readonly LinkCounters[]> {
    return [...this.#links.values()].map((link) => link.counters());
  }

  async messages(sinceMs = 0): Promise<readonly LinkMessage[]> {
    return this.#tape?.messages(sinceMs) ?? [];
  }

  /** All changes of a link go through here. */
  async set(from: NodeName, to: NodeName, change: Partial<LinkState>): Promise<void> {
    const link = this.#link(from, to);
    const door = this.#doors.get(nameOf(from, to));
    link.set(change);
    if (link.state.cut === "reset") this.#each(link, (connection) => connection.resetBy(link));
    if (change.cut === "half-open") this.#each(link, (connection) => connection.halveBy(link));
    if (door === undefined || change.cut === undefined) return;
    if (change.cut === "refuse") {
      await door.shut();
      link.count.refusedConnections += 1;
    } else await door.open();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const closed = [...this.#doors.values()].map((door) => door.close());
    for (const connection of this.#connections) connection.destroy();
    this.#connections.clear();
    await Promise.all(closed);
  }

  #each(link: Link, act: (connection: Connection) => void): void {
    for (const connection of this.#connections) if (connection.uses(link)) act(connection);
  }

  async #listen(from: NodeName, to: NodeName): Promise<void> {
    const { host, unixSockets } = this.#options;
    const path = unixSockets ? { path: `\0kvtest-link-${randomUUID()}` } : {};
    const door = new Door({ host, ...path }, (accepted) => this.#connect(SocketEnd.of(accepted), from, to));
    this.#doors.set(nameOf(from, to), door);
    await door.open();
  }

  #connect(dialler: End, from: NodeName, to: NodeName): void {
    const { bufferBytesMax, framing } = this.#options;
    const connection = new Connection(dialler, {
      there: this.#link(from, to),
      back: this.#link(to, from),
      upstream: () => this.#upstreams.get(to) ?? null,
      pipes: { bufferBytesMax, framing, tape: this.#tape, connection: this.#tape?.connection() ?? 0 },
      onClosed: (ended) => void this.#connections.delete(ended),
    });
    this.#connections.add(connection);
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
