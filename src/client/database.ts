/**
 * A database of one's own, as a test describes it: how a node is started, how one knows that it answers, and how a
 * client reads and writes. Everything is either a function or a template in plain data, so that a YAML file can say it.
 */

import type { Address, Endpoint } from "./connection.js";
import type { NetworkKind } from "./network.js";
import { type DatabaseClient, filled } from "./database-client.js";
import { httpClient, type HttpTemplate } from "./http-template.js";
import type { Reading } from "./reading.js";

export type { Reading };

export { type Ask, type DatabaseClient, type DefiniteError, NotDone } from "./database-client.js";

/** One node before it is started. */
export interface Place {
  /** n1, n2, ... */
  readonly name: string;
  /** 0 for n1, 1 for n2, ... */
  readonly index: number;
  readonly host: string;
  /** The node has to listen here, also after a restart. */
  readonly port: number;
  /** Its own folder: there before the first start, and kept over restarts. */
  readonly dataDir: string;
  /** Where it dials each of the others: a link in between, so that they can be cut off from each other. */
  readonly peers: readonly (Address & { readonly name: string })[];
}

/** One process to start. Its whole process group is killed and paused by the nemesis. */
export interface Launch {
  readonly command: string;
  readonly args?: readonly string[];
  /** Beside the environment of kvtest. */
  readonly env?: { readonly [name: string]: string };
  /** Default: the folder of the suite's file. */
  readonly cwd?: string;
}

/**
 * The same as data. In `args` and `env`: {name} {index} {host} {port} {data} {peers}; {peers} is `peer` for each of the
 * others, joined by `separator`.
 */
export interface LaunchTemplate extends Launch {
  /** Default "{name}={host}:{port}". */
  readonly peer?: string;
  /** Default ",". */
  readonly separator?: string;
}

/** How one knows that a node answers: it accepts a connection, or answers a GET with a status below 400, or asks you. */
export type ReadyCheck = "tcp" | { readonly http: string } | ((at: Address) => Promise<boolean>);

/**
 * What of a node's machine can be broken, and by which means, beside what can be for every program (processes, links, files
 * while it is down). libfaketime and libfiu are loaded before the program: it has to be linked dynamically.
 */
export interface BreakableHardware {
  /** Its wall clock. Programs that do not ask the C library for the time (written in Go, say) do not notice. */
  readonly clock?: "libfaketime";
  /** Its clock as the node itself reads it. Without, nothing proves that a fault of the clock bit. */
  readonly readClock?: Reading;
  /**
   * libfiu: full, read-only or failing calls, also those of sockets that are used by `write`. tmpfsMb: its data are kept in
   * memory, in a file system of so many megabytes (2^20 bytes) that can be full; takes root.
   */
  readonly disk?: "libfiu" | { readonly tmpfsMb: number };
  /** With libfiu: how many calls to its disk failed so far. Default: lines of its log that tell of such an error. */
  readonly diskHits?: Reading;
}

export interface DatabaseDefinition {
  /** For reports. */
  readonly name: string;
  readonly start: LaunchTemplate | ((place: Place) => Launch);
  /** Default "tcp". */
  readonly ready?: ReadyCheck;
  /** How long a node may take until it answers; ms, default 15000. */
  readonly readyWithinMs?: number;
  /** Either a client in code, or HTTP requests as data. */
  readonly client?: (at: Endpoint) => DatabaseClient;
  readonly http?: HttpTemplate;
  /**
   * namespaces: every node in a network namespace of its own, where it finds the others by themselves, without links in
   * between; takes root, and Linux. direct: neither, and no fault of the network. Default: links.
   */
  readonly network?: NetworkKind;
  /** Default: nothing but its files, while it is down. */
  readonly hardware?: BreakableHardware;
  /** Who leads now, where the database knows: faults can then aim at it. */
  readonly leader?: (nodes: readonly (Address & { readonly name: string })[]) => Promise<string | null>;
}

/** Says nothing at run time; the compiler checks the definition. */
export const defineDatabase = (definition: DatabaseDefinition): DatabaseDefinition => definition;

/** @throws where the definition has neither a client nor a template */
export function clientOf({ name, client, http }: DatabaseDefinition, at: Endpoint): DatabaseClient {
  if (client !== undefined) return client(at);
  if (http !== undefined) return httpClient(http, at);
  throw new Error(`${name} has neither client nor http: nobody knows how to ask it`);
}

function notYet(): never {
  throw new Error("a client connects when it is first asked, and not before");
}

/** A client in code is made to see which methods it has: it may connect only when it is first asked. */
export function canDo(database: DatabaseDefinition, method: "cas" | "dump"): boolean {
  if (database.client === undefined) return database.http?.[method] !== undefined;
  const client = database.client({ name: "n1", host: "127.0.0.1", port: 0, connect: notYet });
  const can = client[method] !== undefined;
  client.close?.();
  return can;
}

/** The process of one node. */
export function launchOf({ start }: DatabaseDefinition, place: Place): Launch {
  if (typeof start === "function") return start(place);
  const peer = start.peer ?? "{name}={host}:{port}";
  const values = {
    name: place.name,
    index: String(place.index),
    host: place.host,
    port: String(place.port),
    data: place.dataDir,
    peers: place.peers
      .map(({ name, host, port }) => filled(peer, { name, host, port: String(port) }))
      .join(start.separator ?? ","),
  };
  const env = Object.entries(start.env ?? {}).map(([name, value]) => [name, filled(value, values)] as const);
  return {
    command: filled(start.command, values),
    args: (start.args ?? []).map((arg) => filled(arg, values)),
    env: Object.fromEntries(env),
    ...(start.cwd === undefined ? {} : { cwd: start.cwd }),
  };
}
