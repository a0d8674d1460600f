/**
 * The system under test: N replica processes on this machine and one user-space link per direction between them and
 * to the clients. Every port is the kernel's choice, so two clusters never collide.
 */

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { CLIENTS, type Links, openLinks, type System, type Target } from "../../nemesis/index.js";
import type { Address } from "../client/connection.js";
import type { NodeConfig, ProtocolConfig } from "../replica/wire.js";
import { Guardian } from "./guardian.js";
import { ClusterNode } from "./node.js";

const HOST = "127.0.0.1";

export interface ClusterOptions {
  readonly nodes: readonly string[];
  readonly protocol: ProtocolConfig;
  readonly fsync: boolean;
  readonly seed: number;
  /** The planted bug of every node; absent: none. */
  readonly bug?: string;
  /** Data under `data/`, one log per node under `logs/`. */
  readonly dir: string;
  /** First node listens here, the next on the following ports (TCP base+2i, HTTP base+2i+1); null: any free ones. */
  readonly portBase: number | null;
}

export class Cluster {
  readonly nodes: readonly ClusterNode[];
  readonly links: Links;
  readonly #guardian: Guardian;
  readonly #protocol: ProtocolConfig;
  #stopped: Promise<void> | null = null;

  private constructor(nodes: readonly ClusterNode[], links: Links, guardian: Guardian, protocol: ProtocolConfig) {
    this.nodes = nodes;
    this.links = links;
    this.#guardian = guardian;
    this.#protocol = protocol;
  }

  /** Starts all nodes at once; resolves when every one answers. When one does not, all are stopped and it throws. */
  static async start(options: ClusterOptions): Promise<Cluster> {
    const { nodes: names, protocol, fsync, seed, dir, portBase } = options;
    const guardian = new Guardian(dir);
    const links = await openLinks({ nodes: names, host: HOST });
    mkdirSync(join(dir, "logs"), { recursive: true });
    const nodes = names.map((name, i) => {
      const dataDir = join(dir, "data", name);
      mkdirSync(dataDir, { recursive: true });
      const config: NodeConfig = {
        name,
        host: HOST,
        port: portBase === null ? 0 : portBase + 2 * i,
        httpPort: portBase === null ? 0 : portBase + 2 * i + 1,
        dataDir,
        peers: names.filter((peer) => peer !== name).map((peer) => ({ name: peer, ...links.address(name, peer) })),
        fsync,
        seed: seed + i,
        protocol,
        ...(options.bug === undefined ? {} : { bug: options.bug }),
      };
      return new ClusterNode({
        config,
        guardian,
        logFile: join(dir, "logs", `${name}.log`),
        onReady: (ready) => links.setUpstream(name, { host: HOST, port: ready.port }),
        onGone: () => void links.setUpstream(name, null).catch(() => undefined),
      });
    });
    const cluster = new Cluster(nodes, links, guardian, protocol);
    const started = await Promise.allSettled(nodes.map((node) => node.start()));
    const failed = started.find((result) => result.status === "rejected");
    if (failed?.status === "rejected") {
      await cluster.stop();
      throw failed.reason;
    }
    return cluster;
  }

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
      name: node.name,
      kill: () => node.kill(),
      start: async () => void (await node.start()),
      pause: () => node.pause(),
      resume: () => node.resume(),
      state: () => node.state(),
    }));
    const leader = leaderOf(this.#protocol);
    return { targets, network: this.links, ...(leader === null ? {} : { leader: () => Promise.resolve(leader) }) };
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

/** Who leads by configuration: in sequencer mode the sequencer. null: nobody does. */
export function leaderOf(protocol: ProtocolConfig): string | null {
  if (protocol.mode === "leader") return protocol.leader;
  return protocol.mode === "sequencer" ? protocol.sequencer : null;
}
