/** Which nodes hold a key, who stands in for those that are away, and who seems to be away. */

import type { NodeName, QuorumConfig } from "../../wire.js";
import type { Members } from "../protocol.js";
import { Ring } from "./ring.js";
import { firstView, type View } from "./view.js";

export class Placement {
  readonly #names: readonly NodeName[];
  readonly #peers: readonly NodeName[];
  readonly #config: QuorumConfig;
  #view: View;
  #ring: Ring;
  /** While the ring changes: as it will be. */
  #next: Ring | null = null;
  /** Did not answer in time, and have not been heard since. */
  readonly #silent = new Set<NodeName>();
  /** Said by gossip to be away. */
  #away: ReadonlySet<NodeName> = new Set();

  constructor(config: QuorumConfig, { self, peers }: Members) {
    this.#names = [self, ...peers];
    this.#peers = peers;
    this.#config = config;
    this.#view = firstView(this.#names);
    this.#ring = this.#ringOf(this.#view.nodes);
  }

  get view(): View {
    return this.#view;
  }

  set view(view: View) {
    this.#view = view;
    this.#ring = this.#ringOf(view.nodes);
    this.#next = view.next === null ? null : this.#ringOf(view.next);
  }

  /** The nodes of which every quorum is taken: while the ring changes, there are never more than these. */
  get nodeCount(): number {
    return Math.min(this.#ring.nodes.length, this.#next?.nodes.length ?? Number.POSITIVE_INFINITY);
  }

  /** N of a key, unless a request says otherwise. */
  get replicaCount(): number {
    return this.#config.replicas ?? this.#ring.nodes.length;
  }

  /** Does every node that there is hold every key? */
  get isFull(): boolean {
    return this.replicaCount === this.#names.length;
  }

  /** Of these a read quorum is asked. This node first where all are. */
  readersOf(key: string, count = this.replicaCount): readonly NodeName[] {
    const turned = this.#view.step === "turn" ? this.#next : null;
    return this.#first(turned ?? this.#ring, key, count);
  }

  /** Of each of these groups a write quorum must have a write: two while the ring changes. */
  writersOf(key: string, count = this.replicaCount): readonly (readonly NodeName[])[] {
    const now = this.#first(this.#ring, key, count);
    return this.#next === null ? [now] : [now, this.#first(this.#next, key, count)];
  }

  /** All that hold the key, or will. */
  replicasOf(key: string, count = this.replicaCount): readonly NodeName[] {
    return union(this.writersOf(key, count));
  }

  /** Who holds it once the change is over; by now, where there is none. */
  lastingOf(key: string): readonly NodeName[] {
    return this.#first(this.#next ?? this.#ring, key, this.replicaCount);
  }

  isReplica(node: NodeName, key: string): boolean {
    return this.isFull || this.replicasOf(key).includes(node);
  }

  /** The nodes after the replicas, nearest first, that do not seem to be away. */
  standInsOf(key: string, replicas: readonly NodeName[]): readonly NodeName[] {
    return (this.#next ?? this.#ring).walk(key).filter((node) => !replicas.includes(node) && !this.seemsAway(node));
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

  #ringOf(nodes: readonly NodeName[]): Ring {
    return new Ring(nodes, this.#config.virtualNodes);
  }

  #first(ring: Ring, key: string, count: number): readonly NodeName[] {
    if (count === ring.nodes.length) return this.#names.filter((node) => ring.nodes.includes(node));
    return ring.walk(key).slice(0, count);
  }
}

export function union(groups: readonly (readonly NodeName[])[]): readonly NodeName[] {
  const [first = []] = groups;
  return groups.length === 1 ? first : [...new Set(groups.flat())];
}
