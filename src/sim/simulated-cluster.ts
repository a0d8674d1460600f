/**
 * A cluster of the reference store on one thread, in virtual time: the cores, clients, faults and checkers of a run of
 * real processes, and a scheduler where processes, sockets and clocks would be.
 *
 * Whatever is awaited in such a world is awaited through `drive`, which lets one event happen, then everything that
 * waited for it, and so on. The same seed and the same work give the same events in the same order (S1).
 */

import { setImmediate as turn } from "node:timers/promises";
import type { System, Time } from "../../nemesis/index.js";
import type { Answer, Channel, Opened } from "../client/connection.js";
import { leadershipOf } from "../client/leadership.js";
import { changesLeaders, changesMembers } from "../client/operator.js";
import type { World } from "../client/world.js";
import { type BugName, findBug } from "../replica/protocol/bugs.js";
import { createCore } from "../replica/protocol/core.js";
import { Simulation } from "../replica/protocol/simulate.js";
import type { ProtocolConfig, Request } from "../replica/wire.js";
import { simulatedSystem } from "./simulated-system.js";

export interface SimulatedClusterOptions {
  readonly nodes: readonly string[];
  readonly protocol: ProtocolConfig;
  readonly seed: number;
  /** The planted bug of every node; absent: none. */
  readonly bug?: string;
}

/** What a message takes on a network of one building, and an entry on a solid-state disk; uniform, ms. */
const LATENCY_MS = [0.2, 2] as const;
const DISK_MS = [0.1, 2] as const;
/** Virtual time may not run on for ever while somebody waits for what never comes. */
const IDLE_EVENTS_MAX = 5_000_000;

export class SimulatedCluster implements World {
  readonly nodes: readonly { readonly name: string }[];
  readonly system: System;
  readonly time: Time;
  readonly #sim: Simulation;
  readonly #channels = new Map<string, Set<SimulatedChannel>>();
  /** Something was told to whoever waits outside. */
  #touched = false;

  constructor({ nodes, protocol, seed, bug }: SimulatedClusterOptions) {
    const planted = bugNamed(bug);
    this.nodes = nodes.map((name) => ({ name }));
    this.#sim = new Simulation({
      seed,
      nodes,
      createCore: (members) => createCore(protocol, planted === null ? members : { ...members, bug: planted }),
      latencyMs: LATENCY_MS,
      lossRate: 0,
      duplicateRate: 0,
      diskMs: DISK_MS,
      clockSkewMs: 0,
    });
    this.time = {
      nowMs: () => this.#sim.nowMs,
      after: (ms, action) => this.#after(ms, action),
    };
    this.system = simulatedSystem({
      sim: this.#sim,
      nodes,
      leadership: leadershipOf(protocol),
      operated: { members: changesMembers(protocol, nodes.length), leader: changesLeaders(protocol) },
      time: this.time,
      onDown: (node) => this.#resetAll(node),
    });
  }

  readonly dial = async (node: string, timeoutMs: number): Promise<Opened> => {
    const channel = new SimulatedChannel(this.#sim, this.time, node, (one) => this.#channels.get(node)?.delete(one));
    const channels = this.#channels.get(node) ?? new Set();
    this.#channels.set(node, channels.add(channel));
    const hello = await channel.request({ op: "health" }, timeoutMs);
    if (hello.ok === true) return { is: "open", connection: channel };
    channel.close();
    return { is: "unreachable", why: hello.message };
  };

  async answers(node: string, timeoutMs: number): Promise<boolean> {
    const opened = await this.dial(node, timeoutMs);
    if (opened.is !== "open") return false;
    opened.connection.close();
    return true;
  }

  /** Lets virtual time run until the work is done. */
  async drive<T>(promised: Promise<T>): Promise<T> {
    const work = { isOver: false };
    const over = promised.finally(() => {
      work.isOver = true;
    });
    over.catch(() => undefined);
    await settled();
    while (!work.isOver) {
      this.#touched = false;
      for (let events = 0; !this.#touched; events++) {
        if (!this.#sim.runNext()) throw new Error("the simulated run waits for something that will never happen");
        if (events > IDLE_EVENTS_MAX) throw new Error("the simulated run does not come to an end");
      }
      await settled();
    }
    return over;
  }

  killNow(): void {
    // Nothing of it is outside of this process.
  }

  stop(): Promise<void> {
    for (const { name } of this.nodes) this.#resetAll(name);
    return Promise.resolve();
  }

  #after(ms: number, action: () => void): () => void {
    let isCancelled = false;
    this.#sim.after(Math.max(0, ms), () => {
      if (isCancelled) return;
      this.#touched = true;
      action();
    });
    return () => {
      isCancelled = true;
    };
  }

  #resetAll(node: string): void {
    for (const channel of this.#channels.get(node) ?? []) channel.reset();
  }
}

/** A connection: what a node of which it dies answers later is not heard any more. */
class SimulatedChannel implements Channel {
  usable = true;
  readonly #sim: Simulation;
  readonly #time: Time;
  readonly #node: string;
  readonly #gone: (channel: SimulatedChannel) => void;
  readonly #waiting = new Set<(answer: Answer) => void>();

  constructor(sim: Simulation, time: Time, node: string, gone: (channel: SimulatedChannel) => void) {
    this.#sim = sim;
    this.#time = time;
    this.#node = node;
    this.#gone = gone;
  }

  request(request: Request, timeoutMs: number): Promise<Answer> {
    return new Promise((resolve) => {
      const end = (answer: Answer): void => {
        if (!this.#waiting.delete(end)) return;
        late();
        resolve(answer);
      };
      this.#waiting.add(end);
      const late = this.#time.after(timeoutMs, () => end({ ok: null, error: "timeout", message: "no answer in time" }));
      if (!this.usable || !this.#sim.isUp(this.#node)) this.reset();
      // The answer is a wake-up like any other: through the time, so that whoever drives notices.
      else this.#sim.request(this.#node, request, (reply) => void this.#time.after(0, () => end(reply)));
    });
  }

  /** The node is gone: after a moment everybody who waits is told, unless their link is cut. */
  reset(): void {
    this.usable = false;
    const told = (): void => {
      // A reset cannot cross a cut link either: then the time-out tells.
      if (this.#sim.links.isCut(this.#node, "clients")) return;
      for (const end of this.#waiting) end({ ok: null, error: "reset", message: "connection closed" });
    };
    this.#time.after(LATENCY_MS[0], told);
    this.#gone(this);
  }

  close(): void {
    this.usable = false;
    this.#gone(this);
    for (const end of this.#waiting) end({ ok: null, error: "reset", message: "closed by the client" });
  }
}

/** Everything that was waiting for what has just happened has run: two turns, for one may ask for another. */
async function settled(): Promise<void> {
  await turn();
  await turn();
}

function bugNamed(name: string | undefined): BugName | null {
  if (name === undefined) return null;
  const found = findBug(name);
  if (found === null) throw new Error(`there is no planted bug ${name}`);
  return found.name;
}
