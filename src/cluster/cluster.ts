/**
 * The system under test: N processes on this machine and one user-space link per direction between them and to the
 * clients. Every port is the kernel's choice, so two clusters never collide.
 */

import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import {
  CLIENTS,
  type FaultKind,
  type Journal,
  type Links,
  NO_JOURNAL,
  REAL_TIME,
  type System,
  type Target,
} from "../../nemesis/index.js";
import { type Address, Connection, type Opened, type Endpoint } from "../client/connection.js";
import type { DatabaseDefinition, Place } from "../client/database.js";
import { operatedBy } from "../client/operator.js";
import type { World } from "../client/world.js";
import { Guardian } from "./guardian.js";
import type { Machine } from "./machine.js";
import { operatorOf, type Up } from "./operator.js";
import { ClusterNode } from "./node.js";
import { ownProgram } from "./own.js";
import type { NodeProgram } from "./program.js";
import { type ReferenceOptions, referenceProgram } from "./reference.js";
import type { NetworkKind } from "../client/network.js";
import { openWires, type Wires } from "./wires.js";

const NOWHERE: Address = { host: "127.0.0.1", port: 0 };
/** In namespaces of their own nodes have all ports to themselves; known before, so that the others can be told. */
const PORT_IN_NAMESPACE = 7000;

interface Where {
  readonly nodes: readonly string[];
  /** Data under `data/`, one log per node under `logs/`. */
  readonly dir: string;
  /** Where it is written down which processes there are, for who comes after a crash of ours. Default: nowhere. */
  readonly journal?: Journal;
  /** The links take down what is said, where they can tell messages apart. Default: they do not. */
  readonly tape?: boolean;
  /** Default: links. */
  readonly network?: NetworkKind;
}

/** A cluster of the reference store. */
export type ClusterOptions = Where & ReferenceOptions;

/** A cluster of somebody's own database. */
export interface OwnClusterOptions extends Where {
  readonly database: DatabaseDefinition;
  /** Where its nodes run, unless the database says so. */
  readonly cwd: string;
  /** The kinds of faults that it is to suffer: what those do not need is not loaded into its nodes. Default: none. */
  readonly kinds?: ReadonlySet<FaultKind>;
  /** Draws how files are damaged. */
  readonly seed: number;
}

export class Cluster implements World {
  readonly nodes: readonly ClusterNode[];
  readonly #wires: Wires;
  readonly #guardian: Guardian;
  readonly #program: NodeProgram;
  #stopped: Promise<void> | null = null;

  private constructor(nodes: readonly ClusterNode[], wires: Wires, guardian: Guardian, program: NodeProgram) {
    this.nodes = nodes;
    this.#wires = wires;
    this.#guardian = guardian;
    this.#program = program;
  }

  /** Starts all nodes at once; resolves when every one answers. When one does not, all are stopped and it throws. */
  static start(options: ClusterOptions | OwnClusterOptions): Promise<Cluster> {
    if (!("database" in options)) {
      const portBase = options.network === "namespaces" ? (options.portBase ?? PORT_IN_NAMESPACE) : options.portBase;
      return Cluster.#start(
        options,
        referenceProgram({ ...options, portBase, isDialled: options.network === "direct" }),
      );
    }
    let cluster: Cluster | null = null;
    const addresses = () =>
      cluster?.nodes.map(({ name }) => ({ name, ...(cluster?.directAddressOf(name) ?? NOWHERE) }));
    const { database, cwd, dir, seed, kinds = new Set() } = options;
    const program = ownProgram({ database, cwd, dir, seed, kinds, addresses: () => addresses() ?? [] });
    return Cluster.#start(options, program, (made) => {
      cluster = made;
    });
  }

  static async #start(
    { nodes: names, dir, journal, network = "links", tape = false }: Where,
    program: NodeProgram,
    made: (cluster: Cluster) => void = () => undefined,
  ): Promise<Cluster> {
    const guardian = new Guardian(dir);
    const journalled = journal === undefined ? {} : { journal };
    const { framing, unixSockets = false } = program;
    const wires = await openWires(network, { nodes: names, framing, unixSockets, tape, ...journalled });
    mkdirSync(join(dir, "logs"), { recursive: true });
    const ports = await program.ports(names.length);
    const portOf = (node: string): number => ports[names.indexOf(node)] ?? 0;
    const logFileOf = (name: string): string => join(dir, "logs", `${name}.log`);
    const places = names.map((name, index): Place => {
      const dataDir = resolve(dir, "data", name);
      mkdirSync(dataDir, { recursive: true });
      const peers = names
        .filter((peer) => peer !== name)
        .map((peer) => ({ name: peer, ...wires.address(name, peer, portOf(peer)) }));
      return { name, index, host: wires.hostOf(name), port: portOf(name), dataDir, peers };
    });
    let nodes: readonly ClusterNode[] = [];
    const machines = await openAll(places, (place) =>
      program.machine(place, {
        pid: () => nodes[place.index]?.pid ?? null,
        ready: () => nodes[place.index]?.ready ?? null,
        journal: journal ?? NO_JOURNAL,
        logFile: logFileOf(place.name),
      }),
    ).catch(async (error: unknown) => {
      await wires.close();
      await guardian.close();
      throw error;
    });
    nodes = machines.map(([place, machine]) => {
      const { name } = place;
      return new ClusterNode({
        program,
        place,
        machine,
        linked: wires.address(CLIENTS, name, portOf(name)),
        enter: wires.enter(name),
        guardian,
        ...journalled,
        logFile: logFileOf(name),
        onReady: ({ port, path }) => wires.listens(name, path === undefined ? { port } : { port, path }),
        onGone: () => void wires.listens(name, null).catch(() => undefined),
      });
    });
    const cluster = new Cluster(nodes, wires, guardian, program);
    made(cluster);
    const started = await Promise.allSettled(nodes.map((node) => node.start()));
    const failed = started.find((result) => result.status === "rejected");
    if (failed?.status === "rejected") {
      await cluster.stop();
      throw failed.reason;
    }
    return cluster;
  }

  /** Does the node answer now? Never rejects. */
  answers(node: string, timeoutMs: number): Promise<boolean> {
    return this.#program.answers({ direct: this.directAddressOf(node), linked: this.addressOf(node) }, timeoutMs);
  }

  readonly time = REAL_TIME;

  readonly dial = (node: string, timeoutMs: number): Promise<Opened> =>
    Connection.over(this.endpointOf(node).connect(), timeoutMs);

  /** How a client of any kind reaches the node: by a link, so that clients can be cut off too. */
  endpointOf(node: string): Endpoint {
    return { name: node, ...this.addressOf(node), connect: () => this.#wires.dial(node, this.#portOf(node)) };
  }

  /** Where one dials to reach the node by that link. */
  addressOf(node: string): Address {
    return this.#wires.address(CLIENTS, node, this.#portOf(node));
  }

  /** Where the node itself listens, with no link in between. */
  directAddressOf(node: string): Address {
    const ready = this.nodes.find(({ name }) => name === node)?.ready;
    if (ready === null || ready === undefined) throw new Error(`${node} was never ready`);
    return { host: this.#wires.hostOf(node), port: ready.port };
  }

  /** What the nemesis may do to it. */
  get system(): System {
    const targets: Target[] = this.nodes.map((node) => ({
      ...node.group,
      ...node.machine.hardware,
      kill: () => node.kill(),
      terminate: () => node.terminate(),
      start: async () => void (await node.start()),
    }));
    const { network } = this.#wires;
    const { leader, operated } = this.#program;
    const up = (): readonly Up[] => this.#up();
    return {
      targets,
      ...(network === null ? {} : { network }),
      ...(leader === null ? {} : { leader: () => leader(up()) }),
      ...(operated === undefined ? {} : operatedBy(operatorOf(up), operated)),
    };
  }

  /** What the links took down, as far as they do. */
  get tape(): Pick<Links, "messages"> {
    return this.#wires;
  }

  /** 0: it was never ready, and a link knows later where it listens. */
  #portOf(node: string): number {
    return this.nodes.find(({ name }) => name === node)?.ready?.port ?? 0;
  }

  /** Where the nodes listen that are up. */
  #up(): readonly Up[] {
    return this.nodes.flatMap(({ name, pid, ready }) =>
      pid === null || ready === null ? [] : [{ name, host: this.#wires.hostOf(name), port: ready.port }],
    );
  }

  /** At once and without waiting: for a second Ctrl-C and for a crash of ours. */
  killNow(): void {
    this.#guardian.killAll();
  }

  /** SIGKILL to every node, links closed, guardian gone. Idempotent. The first error is thrown after all is done. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    const killed = await Promise.allSettled(this.nodes.map((node) => node.kill()));
    const machines = await Promise.allSettled(this.nodes.map(({ machine }) => machine.close()));
    const results = [...killed, ...machines, ...(await Promise.allSettled([this.#wires.close()]))];
    await this.#guardian.close();
    const failed = results.find((result) => result.status === "rejected");
    if (failed?.status === "rejected") throw failed.reason;
  }
}

/** A machine for every place; when one cannot be had, none stays. */
async function openAll(
  places: readonly Place[],
  open: (place: Place) => Promise<Machine>,
): Promise<readonly (readonly [Place, Machine])[]> {
  const opened: (readonly [Place, Machine])[] = [];
  try {
    for (const place of places) opened.push([place, await open(place)]);
    return opened;
  } catch (error) {
    await Promise.allSettled(opened.map(([, machine]) => machine.close()));
    throw error;
  }
}
