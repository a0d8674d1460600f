/** What a shell may have done to the cluster beside asking its nodes; by whoever holds the cluster. */

import type { Network } from "../../nemesis/index.js";
import type { Cluster } from "../cluster/cluster.js";

export type Order =
  | { readonly do: "nodes" | "heal" }
  | { readonly do: "kill" | "start" | "pause" | "resume"; readonly node: string }
  | { readonly do: "partition"; readonly groups: readonly (readonly string[])[] }
  | { readonly do: "delay"; readonly ms: number };

export interface NodeStatus {
  readonly name: string;
  readonly host: string;
  /** Where clients dial it; the same for the cluster's life. */
  readonly port: number;
  readonly state: "running" | "stopped" | "gone";
}

export interface Status {
  /** The cluster in words. */
  readonly title: string;
  readonly nodes: readonly NodeStatus[];
  /** Who is cut off from whom; empty: nobody. */
  readonly groups: readonly (readonly string[])[];
  readonly delayMs: number;
}

/** Does it, and tells how things stand then. Rejects with words where it cannot be done. */
export interface Control {
  order(order: Order): Promise<Status>;
}

export class ClusterControl implements Control {
  readonly #cluster: Cluster;
  readonly #title: string;
  #groups: readonly (readonly string[])[] = [];
  #delayMs = 0;
  /** One order at a time. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(cluster: Cluster, title: string) {
    this.#cluster = cluster;
    this.#title = title;
  }

  order(order: Order): Promise<Status> {
    const done = this.#turn.then(() => this.#do(order)).then(() => this.#status());
    this.#turn = done.catch(() => undefined);
    return done;
  }

  async #do(order: Order): Promise<void> {
    switch (order.do) {
      case "nodes":
        return;
      case "heal":
        await this.#partition([]);
        await this.#delay(0);
        return;
      case "partition":
        await this.#partition(order.groups);
        return;
      case "delay":
        await this.#delay(order.ms);
        return;
      case "kill":
      case "start":
      case "pause":
      case "resume":
        await this.#signal(order.do, order.node);
    }
  }

  async #signal(what: "kill" | "start" | "pause" | "resume", name: string): Promise<void> {
    const node = this.#cluster.nodes.find((one) => one.name === name);
    if (node === undefined) throw new Error(`${name}: no such node`);
    if (what === "start") {
      if (node.pid !== null) throw new Error(`${name} is up already`);
      await node.start();
      return;
    }
    if (node.pid === null) throw new Error(`${name} is down already`);
    await node[what]();
  }

  get #links(): Network {
    const { network } = this.#cluster.system;
    if (network === undefined) throw new Error("this cluster has no links");
    return network;
  }

  async #partition(groups: readonly (readonly string[])[]): Promise<void> {
    this.#groups = groups;
    const sideOf = (node: string): number => groups.findIndex((group) => group.includes(node));
    const links = this.#links;
    await this.#eachLink((from, to) => (sideOf(from) === sideOf(to) ? links.heal(from, to) : links.cut(from, to)));
  }

  async #delay(ms: number): Promise<void> {
    this.#delayMs = ms;
    const latency = ms === 0 ? null : { latencyMs: ms, jitterMs: 0 };
    await this.#eachLink(async (from, to) => {
      await this.#links.delay?.(from, to, latency);
    });
  }

  async #eachLink(act: (from: string, to: string) => Promise<void>): Promise<void> {
    const names = this.#cluster.nodes.map(({ name }) => name);
    await Promise.all(names.flatMap((from) => names.filter((to) => to !== from).map((to) => act(from, to))));
  }

  async #status(): Promise<Status> {
    const nodes = await Promise.all(
      this.#cluster.nodes.map(async (node) => {
        const { host, port } = this.#cluster.addressOf(node.name);
        return { name: node.name, host, port, state: await node.state() };
      }),
    );
    return { title: this.#title, nodes, groups: this.#groups, delayMs: this.#delayMs };
  }
}
