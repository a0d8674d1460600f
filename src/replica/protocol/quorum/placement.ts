/** Which nodes hold a key, who stands in for those that are away, and who seems to be away. */

import type { NodeName, QuorumConfig } from "../../wire.js";
import type { Members } from "../protocol.js";
import { Ring } from "./ring.js";

export class Placement {
  readonly #self: NodeName;
  readonly #peers: readonly NodeName[];
  readonly #config: QuorumConfig;
  readonly ring: Ring;
  /** Did not answer in time, and have not been heard since. */
  readonly #silent = new Set<NodeName>();
  /** Said by gossip to be away. */
  #away: ReadonlySet<NodeName> = new Set();

  constructor(config: QuorumConfig, { self, peers }: Members) {
    this.#self = self;
    this.#peers = peers;
    this.#config = config;
    this.ring = new Ring([self, ...peers].sort(), config.virtualNodes);
  }

  /** N of a key, unless a request says otherwise. */
  get replicaCount(): number {
    return this.#config.replicas ?? this.ring.nodes.length;
  }

  /** Does every node hold every key? */
  get isFull(): boolean {
    return this.replicaCount === this.#peers.length + 1;
  }

  /** The replicas of a key: this node first where all are. */
  replicasOf(key: string, count = this.replicaCount): readonly NodeName[] {
    if (count === this.#peers.length + 1) return [this.#self, ...this.#peers];
    return this.ring.walk(key).slice(0, count);
  }

  isReplica(node: NodeName, key: string): boolean {
    return this.isFull || this.replicasOf(key).includes(node);
  }

  /** The nodes after the replicas, nearest first, that do not seem to be away. */
  standInsOf(key: string, count = this.replicaCount): readonly NodeName[] {
    return this.ring
      .walk(key)
      .slice(count)
      .filter((node) => !this.seemsAway(node));
  }

  seemsAway(node: NodeName): boolean {
    return this.#silent.has(node) || this.#away.has(node);
  }

  suspect(node: NodeName): void {
    this.#silent.add(node);
  }

  heardOf(node: NodeName): void {
    this.#silent.delete(node);
  }

  set away(nodes: ReadonlySet<NodeName>) {
    this.#away = nodes;
  }

  get suspects(): readonly NodeName[] {
    return this.#peers.filter((peer) => this.seemsAway(peer));
  }
}
