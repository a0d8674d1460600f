/**
 * The system under test: N processes on this machine and one user-space link per direction between them and to the
 * clients. Every port is the kernel's choice, so two clusters never collide.
 */

import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import {
  CLIENTS,
  type Journal,
  type Links,
  openLinks,
  REAL_TIME,
  type System,
  type Target,
} from "../../nemesis/index.js";
import { type Address, Connection, type Opened } from "../client/connection.js";
import type { DatabaseDefinition, Place } from "../client/database.js";
import type { World } from "../client/world.js";
import { Guardian } from "./guardian.js";
import { ClusterNode } from "./node.js";
import { ownProgram } from "./own.js";
import type { NodeProgram } from "./program.js";
import { type ReferenceOptions, referenceProgram } from "./reference.js";

const HOST = "127.0.0.1";
const NOWHERE: Address = { host: HOST, port: 0 };

interface Where {
  readonly nodes: readonly string[];
  /** Data under `data/`, one log per node under `logs/`. */
  readonly dir: string;
  /** Where it is written down which processes there are, for who comes after a crash of ours. Default: nowhere. */
  readonly journal?: Journal;
  /** The links take down what is said, where they can tell messages apart. Default: they do not. */
  readonly tape?: boolean;
}

/** A cluster of the reference store. */
export type ClusterOptions = Where & ReferenceOptions;

/** A cluster of somebody's own database. */
export interface OwnClusterOptions extends Where {
  readonly database: DatabaseDefinition;
  /** Where its nodes run, unless the database says so. */
  readonly cwd: string;
}

export class Cluster implements World {
  readonly nodes: readonly ClusterNode[];
  readonly links: Links;
  readonly #guardian: Guardian;
  readonly #program: NodeProgram;
  #stopped: Promise<void> | null = null;

  private constructor(nodes: readonly ClusterNode[], links: Links, guardian: Guardian, program: NodeProgram) {
    this.nodes = nodes;
    this.links = links;
    this.#guardian = guardian;
    this.#program = program;
  }

  /** Starts all nodes at once; resolves when every one answers. When one does not, all are stopped and it throws. */
  static start(options: ClusterOptions | OwnClusterOptions): Promise<Cluster> {
    if (!("database" in options)) return Cluster.#start(options, referenceProgram(options));
    let cluster: Cluster | null = null;
    const addresses = () =>
      cluster?.nodes.map(({ name }) => ({ name, ...(cluster?.directAddressOf(name) ?? NOWHERE) }));
    const program = ownProgram(options.database, options.cwd, () => addresses() ?? []);
    return Cluster.#start(options, program, (made) => {
      cluster = made;
    });
  }

  static async #start(
    { nodes: names, dir, journal, tape = false }: Where,
    program: NodeProgram,
    made: (cluster: Cluster) => void = () => undefined,
  ): Promise<Cluster> {
    const guardian = new Guardian(dir);
    const links = await openLinks({ nodes: names, host: HOST, framing: program.framing, tape: tape ? {} : null });
    mkdirSync(join(dir, "logs"), { recursive: true });
    const ports = await program.ports(names.length);
    const nodes = names.map((name, index) => {
      const dataDir = resolve(dir, "data", name);
      mkdirSync(dataDir, { recursive: true });
      const peers = names.filter((peer) => peer !== name).map((peer) => ({ name: peer, ...links.address(name, peer) }));
      const place: Place = { name, index, host: HOST, port: ports[index] ?? 0, dataDir, peers };
      return new ClusterNode({
        program,
        place,
        linked: links.address(CLIENTS, name),
        guardian,
        ...(journal === undefined ? {} : { journal }),
        logFile: join(dir, "logs", `${name}.log`),
        onReady: (ready) => links.setUpstream(name, { host: HOST, port: ready.port }),
        onGone: () => void links.setUpstream(name, null).catch(() => undefined),
      });
    });
    const cluster = new Cluster(nodes, links, guardian, program);
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
    Connection.open(this.addressOf(node), timeoutMs);

  /** Where a client dials to reach the node: a link, so that clients can be cut off too. */
  addressOf(node: string): Address {
    return this.links.address(CLIENTS, node);
  }

  /** Where the node itself listens, with no link in between. */
  directAddressOf(node: string): Address {
    const ready = this.nodes.find(({ name }) => name === node)?.ready;
    if (ready === null || ready === undefined) throw new Error(`${node} was never ready`);
    return { host: HOST, port: ready.port };
  }

  /** What the nemesis may do to it. */
  get system(): System {
    const targets: Target[] = this.nodes.map((node) => ({
      ...node.group,
      ...node.hardware,
      kill: () => node.kill(),
      terminate: () => node.terminate(),
      start: async () => void (await node.start()),
    }));
    const { leader } = this.#program;
    return { targets, network: this.links, ...(leader === null ? {} : { leader: () => leader(this.#up()) }) };
  }

  /** Where the nodes listen that are up. */
  #up(): readonly (Address & { readonly name: string })[] {
    return this.nodes.flatMap(({ name, pid, ready }) =>
      pid === null || ready === null ? [] : [{ name, host: HOST, port: ready.port }],
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
    const results = await Promise.allSettled([...this.nodes.map((node) => node.kill()), this.links.close()]);
    await this.#guardian.close();
    const failed = results.find((result) => result.status === "rejected");
    if (failed?.status === "rejected") throw failed.reason;
  }
}
