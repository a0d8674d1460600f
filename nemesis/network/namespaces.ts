/**
 * A network of real network namespaces, one for each node, for systems whose connections cannot be led through links:
 * those that find their peers by themselves, and those that do not speak TCP.
 *
 * Every two nodes have a virtual cable of their own, and every node has one to us, the clients. So each direction of each
 * pair is the outgoing side of one device: it is cut by nft where it arrives, narrowed by tc where it leaves. All rules
 * are inside of the namespaces and end with them.
 *
 * Takes the right to make namespaces: root, or whoever runs in a user namespace of their own (`unshare -Urnm`).
 */

import { existsSync, readFileSync } from "node:fs";
import { networkInterfaces, release } from "node:os";
import { join } from "node:path";
import { CLIENTS, type CutMode, type NodeName } from "../fault.js";
import type { LinkCounters, Network } from "../inject.js";
import { type Journal, NO_JOURNAL } from "../journal.js";
import { wordsOf } from "../patience.js";
import { programPath, run } from "../run-program.js";
import { countsIn, type Counts, type Filter, FILTER_MODES, type FilterMode, rulesOf, tableOf } from "./firewall.js";
import { NETEM_DISTRIBUTIONS, needsNetem, NO_SHAPE, type Shape, shapeCommands, shapeCountsIn } from "./shaper.js";

export interface NamespacesOptions {
  readonly nodes: readonly NodeName[];
  /** Where the namespaces are written down before they are made. Default: nowhere. */
  readonly journal?: Journal;
}

export interface Namespaces extends Network {
  /** The address of a node, for the others and for us. It can listen on any port: it has them all to itself. */
  hostOf(node: NodeName): string;
  /** Our own address, as the nodes see it. */
  readonly clientsHost: string;
  /** Words to put before a command so that it runs in the node's namespace, as the same process. */
  enter(node: NodeName): readonly string[];
  /** Namespaces, cables and rules are gone, and what still runs in them is killed. Idempotent. */
  close(): Promise<void>;
}

/** 198.18.0.0/15 is set aside for measuring networks (RFC 2544): no route of anybody leads there. */
const BASES = 512;
const NODES_MAX = 200;
let opened = 0;

/** Whether this kernel has netem loaded, or lists it. Tried is it only when a network is opened. */
export function mayHaveNetem(modules = join("/lib/modules", release()), loaded = "/sys/module/sch_netem"): boolean {
  const lists = ["modules.dep", "modules.builtin"]
    .map((name) => join(modules, name))
    .filter((path) => existsSync(path));
  return existsSync(loaded) || lists.some((path) => readFileSync(path, "utf8").includes("sch_netem.ko"));
}

/** Null where namespaces can be made; else why not. Nothing is left behind. */
export async function whyNoNamespaces(): Promise<string | null> {
  try {
    await (await openNamespaces({ nodes: ["n1"] })).close();
    return null;
  } catch (error) {
    return wordsOf(error);
  }
}

/** @throws where a program or a right is missing, with what is put back of what was done */
export async function openNamespaces({ nodes, journal = NO_JOURNAL }: NamespacesOptions): Promise<Namespaces> {
  if (nodes.length > NODES_MAX) throw new Error(`${nodes.length} nodes are too many: ${NODES_MAX} have addresses`);
  for (const program of ["ip", "nft", "tc", "nsenter"])
    if (programPath(program) === null) throw new Error(`network namespaces need ${program}, which is not here`);
  const network = new NamespaceNetwork(nodes, journal);
  try {
    await network.open();
  } catch (error) {
    await network.close().catch(() => undefined);
    throw new Error(`no network namespaces here: ${wordsOf(error)}`, { cause: error });
  }
  return network;
}

interface Link {
  readonly from: NodeName;
  readonly to: NodeName;
  cut: FilterMode | null;
  loss: number;
  shape: Shape;
  isShaped: boolean;
  /** What earlier shapes counted: tc forgets it with them. */
  delayedBytes: number;
  throttledBytes: number;
}

class NamespaceNetwork implements Namespaces {
  readonly cutModes = FILTER_MODES;
  readonly distributions = NETEM_DISTRIBUTIONS;
  packetEffects: readonly ("loss" | "duplicate" | "reorder")[] = ["loss"];
  delay?: NonNullable<Network["delay"]>;
  corrupt?: NonNullable<Network["corrupt"]>;
  readonly clientsHost: string;
  readonly #nodes: readonly NodeName[];
  readonly #journal: Journal;
  readonly #written = new Map<NodeName, number>();
  readonly #links: readonly Link[];
  readonly #prefix: string;
  readonly #base: string;
  /** One change of a namespace after the other. */
  readonly #turns = new Map<string, Promise<unknown>>();
  #nsenter = "nsenter";
  #closing: Promise<void> | null = null;

  constructor(nodes: readonly NodeName[], journal: Journal) {
    opened += 1;
    this.#nodes = nodes;
    this.#journal = journal;
    this.#prefix = `kvt${process.pid}${opened === 1 ? "" : String.fromCodePoint(97 + (opened % 26))}`;
    this.#base = freeBase();
    this.clientsHost = `${this.#base}.254`;
    const ends = [...nodes, CLIENTS];
    this.#links = ends.flatMap((from) =>
      ends
        .filter((to) => to !== from)
        .map((to) => ({
          from,
          to,
          cut: null,
          loss: 0,
          shape: NO_SHAPE,
          isShaped: false,
          delayedBytes: 0,
          throttledBytes: 0,
        })),
    );
  }

  hostOf(node: NodeName): string {
    return `${this.#base}.${this.#number(node)}`;
  }

  enter(node: NodeName): readonly string[] {
    return [this.#nsenter, `--net=/run/netns/${this.#space(node)}`, "--"];
  }

  async open(): Promise<void> {
    this.#nsenter = programPath("nsenter") ?? this.#nsenter;
    for (const node of this.#nodes) {
      this.#written.set(node, this.#journal.begin({ undo: "namespace", name: this.#space(node) }));
      await run("ip", ["netns", "add", this.#space(node)]);
    }
    await run("ip", ["-batch", "-"], this.#cables());
    for (const node of this.#nodes) {
      await run("ip", ["-n", this.#space(node), "-batch", "-"], this.#routes(node));
      await this.#nft(node, `${tableOf(this.#filters(node))}\n${rulesOf(this.#filters(node))}`);
    }
    if (await this.#hasNetem()) {
      this.packetEffects = ["loss", "duplicate", "reorder"];
      this.delay = (from, to, delay) => this.#reshape(from, to, { delay });
      this.corrupt = (from, to, corrupt) => this.#reshape(from, to, { corrupt });
    }
  }

  cut(from: NodeName, to: NodeName, mode: CutMode = "drop"): Promise<void> {
    const known = FILTER_MODES.find((one) => one === mode);
    if (known === undefined) return Promise.reject(new Error(`a packet filter cannot cut by ${mode}`));
    return this.#refilter(from, to, (link) => {
      link.cut = known;
    });
  }

  heal(from: NodeName, to: NodeName): Promise<void> {
    return this.#refilter(from, to, (link) => {
      link.cut = null;
    });
  }

  bandwidth(from: NodeName, to: NodeName, bytesPerSecond: number | null): Promise<void> {
    return this.#reshape(from, to, { bytesPerSecond });
  }

  async packet(from: NodeName, to: NodeName, packet: Parameters<NonNullable<Network["packet"]>>[2]): Promise<void> {
    await this.#refilter(from, to, (link) => {
      link.loss = packet?.loss ?? 0;
    });
    await this.#reshape(from, to, { packet });
  }

  async counters(): Promise<readonly LinkCounters[]> {
    const bySpace = new Map<NodeName, ReadonlyMap<string, Counts>>();
    for (const node of this.#nodes) {
      const json = await run(this.#nsenter, [...this.enter(node).slice(1), "nft", "-j", "list", "counters"]);
      bySpace.set(node, countsIn(json));
    }
    return Promise.all(
      this.#links.map(async (link) => {
        const { from, to } = link;
        const counts = bySpace.get(to === CLIENTS ? from : to)?.get(this.#nameOf(link));
        const shaped = link.isShaped ? await this.#shapeCounts(link) : { delayedBytes: 0, throttledBytes: 0 };
        return {
          from,
          to,
          passedBytes: counts?.passed.bytes ?? 0,
          heldBytes: counts?.held.bytes ?? 0,
          heldConnections: counts?.dials.packets ?? 0,
          refusedConnections: counts?.refused.packets ?? 0,
          resetConnections: counts?.reset.packets ?? 0,
          lostMessages: counts?.lost.packets ?? 0,
          delayedBytes: link.delayedBytes + shaped.delayedBytes,
          throttledBytes: link.throttledBytes + shaped.throttledBytes,
        };
      }),
    );
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const errors: unknown[] = [];
    for (const [node, written] of this.#written) {
      try {
        await removeNamespace(this.#space(node));
        this.#journal.end(written);
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw new Error(errors.map(wordsOf).join("; "));
  }

  #number(node: NodeName): number {
    const at = this.#nodes.indexOf(node);
    if (at < 0) throw new Error(`there is no node "${node}"`);
    return at + 1;
  }

  readonly #space = (node: NodeName): string => `${this.#prefix}-${node}`;

  /** Of the end that `node` has of its cable to `other`; for clients the name has to be unlike all on this machine. */
  #device(node: NodeName, other: NodeName): string {
    if (node === CLIENTS) return `${this.#prefix}c${this.#number(other)}`;
    return other === CLIENTS ? "clients" : `to${this.#number(other)}`;
  }

  #cables(): string {
    const lines = this.#nodes.flatMap((node, i) => [
      `link add ${this.#device(CLIENTS, node)} type veth peer name ${this.#device(node, CLIENTS)} netns ${this.#space(node)}`,
      ...this.#nodes
        .slice(i + 1)
        .map(
          (other) =>
            `link add ${this.#device(node, other)} netns ${this.#space(node)} type veth ` +
            `peer name ${this.#device(other, node)} netns ${this.#space(other)}`,
        ),
      `addr add ${this.clientsHost}/32 dev ${this.#device(CLIENTS, node)}`,
      `link set ${this.#device(CLIENTS, node)} up`,
      `route add ${this.hostOf(node)}/32 dev ${this.#device(CLIENTS, node)} src ${this.clientsHost}`,
    ]);
    return `${lines.join("\n")}\n`;
  }

  #routes(node: NodeName): string {
    const others = [...this.#nodes.filter((other) => other !== node), CLIENTS];
    const lines = [
      "link set lo up",
      `addr add ${this.hostOf(node)}/32 dev lo`,
      ...others.flatMap((other) => [
        `link set ${this.#device(node, other)} up`,
        `route add ${other === CLIENTS ? this.clientsHost : this.hostOf(other)}/32 ` +
          `dev ${this.#device(node, other)} src ${this.hostOf(node)}`,
      ]),
    ];
    return `${lines.join("\n")}\n`;
  }

  /** Links that arrive at the node, and the one to us: our own side has no rules. */
  #filters(node: NodeName): readonly Filter[] {
    return this.#links
      .filter(({ from, to }) => to === node || (from === node && to === CLIENTS))
      .map((link): Filter => {
        const isIn = link.to === node;
        const device = this.#device(node, isIn ? link.from : link.to);
        return { name: this.#nameOf(link), device, way: isIn ? "in" : "out", cut: link.cut, loss: link.loss };
      });
  }

  #nameOf({ from, to }: Link): string {
    const short = (end: NodeName): string => (end === CLIENTS ? "c" : String(this.#number(end)));
    return `${short(from)}_${short(to)}`;
  }

  #link(from: NodeName, to: NodeName): Link {
    const link = this.#links.find((one) => one.from === from && one.to === to);
    if (link === undefined) throw new Error(`no link from "${from}" to "${to}"`);
    return link;
  }

  async #refilter(from: NodeName, to: NodeName, change: (link: Link) => void): Promise<void> {
    const link = this.#link(from, to);
    const node = to === CLIENTS ? from : to;
    await this.#inTurn(node, async () => {
      change(link);
      await this.#nft(node, rulesOf(this.#filters(node)));
    });
  }

  async #nft(node: NodeName, rules: string): Promise<void> {
    await run(this.#nsenter, [...this.enter(node).slice(1), "nft", "-f", "-"], `${rules}\n`);
  }

  async #reshape(from: NodeName, to: NodeName, change: Partial<Shape>): Promise<void> {
    const link = this.#link(from, to);
    const { distribution = "constant" } = change.delay ?? {};
    if (!NETEM_DISTRIBUTIONS.includes(distribution)) throw new Error(`netem has no distribution ${distribution}`);
    await this.#inTurn(`${from} > ${to}`, async () => {
      const shape = { ...link.shape, ...change };
      if (needsNetem(shape) && this.delay === undefined) throw new Error("this kernel has no netem");
      if (link.isShaped) {
        const { delayedBytes, throttledBytes } = await this.#shapeCounts(link);
        link.delayedBytes += delayedBytes;
        link.throttledBytes += throttledBytes;
      }
      for (const command of shapeCommands(this.#device(from, to), shape, link.isShaped)) {
        await this.#tc(from, command);
        link.isShaped = command[1] === "add";
      }
      link.shape = shape;
    });
  }

  async #shapeCounts({ from, to }: Link): Promise<{ delayedBytes: number; throttledBytes: number }> {
    return shapeCountsIn(await this.#tc(from, ["-s", "-j", "qdisc", "show", "dev", this.#device(from, to)]));
  }

  #tc(from: NodeName, command: readonly string[]): Promise<string> {
    return run("tc", [...(from === CLIENTS ? [] : ["-n", this.#space(from)]), ...command]);
  }

  async #hasNetem(): Promise<boolean> {
    const [first] = this.#nodes;
    if (first === undefined) return false;
    try {
      await this.#tc(first, ["qdisc", "add", "dev", "lo", "root", "netem", "delay", "1ms"]);
      await this.#tc(first, ["qdisc", "del", "dev", "lo", "root"]);
      return true;
    } catch {
      return false;
    }
  }

  #inTurn(what: string, act: () => Promise<void>): Promise<void> {
    const mine = (this.#turns.get(what) ?? Promise.resolve()).then(act);
    this.#turns.set(
      what,
      mine.catch(() => undefined),
    );
    return mine;
  }
}

/** A /24 whose addresses nobody has here. */
function freeBase(): string {
  const taken = new Set(
    Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => baseOf(address))),
  );
  for (let i = 0; i < BASES; i++) {
    const n = (process.pid * 7 + opened + i) % BASES;
    const base = `198.${18 + Math.floor(n / 256)}.${n % 256}`;
    if (!taken.has(base)) return base;
  }
  throw new Error("all addresses for namespaces are taken");
}

const baseOf = (address: string): string => address.slice(0, address.lastIndexOf("."));

/** Kills what still runs in it, then deletes it; its cables and rules go with it. Nothing where it is gone. */
export async function removeNamespace(name: string): Promise<boolean> {
  if (!existsSync(`/run/netns/${name}`)) return false;
  const pids = (await run("ip", ["netns", "pids", name])).split("\n").map(Number);
  for (const pid of pids)
    if (pid > 1 && pid !== process.pid && existsSync(`/proc/${pid}`)) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It ended meanwhile.
      }
    }
  await run("ip", ["netns", "delete", name]);
  return true;
}
