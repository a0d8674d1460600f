/** After healing: wait until every node answers, and look at each replica on its own until they agree. */

import type { Json } from "../../checker/history/event.js";
import type { Client } from "../client/client.js";
import type { Channel } from "../client/connection.js";
import type { World } from "../client/world.js";
import { ask, type Time } from "../../nemesis/index.js";
import type { Invocation } from "../generator/generator.js";
import type { Journal } from "../interpreter/journal.js";

const sleep = (time: Time, ms: number): Promise<void> => new Promise((resolve) => void time.after(ms, resolve));

const HEALTHY_WITHIN_MS = 10_000;

/** Names of the nodes that did not answer in time; empty when all did. */
export async function awaitHealthy(world: World, signal: AbortSignal): Promise<readonly string[]> {
  const { nodes, time } = world;
  const deadline = time.nowMs() + HEALTHY_WITHIN_MS;
  const silent = await Promise.all(
    nodes.map(async ({ name }) => {
      while (!signal.aborted && time.nowMs() < deadline) {
        if (await world.answers(name, 1000)) return null;
        await sleep(time, 50);
      }
      return name;
    }),
  );
  return silent.filter((name) => name !== null);
}

const REPLICATED_WITHIN_MS = 15_000;

/**
 * Waits until no follower owes the leader an acknowledgement. Where followers answer reads, the last ones are to tell what
 * the store has in the end; that followers lag behind shows before. A busy leader that is silent for a while is asked again.
 */
export async function awaitReplicated(world: World, leader: string, signal: AbortSignal): Promise<void> {
  let connection: Channel | null = null;
  const isOver = async (): Promise<true | null> => {
    if (signal.aborted) return true;
    if (connection?.usable !== true) {
      const opened = await world.dial(leader, 1000);
      connection = opened.is === "open" ? opened.connection : null;
    }
    const health = await connection?.request({ op: "health" }, 1000);
    return health?.ok === true && owed(health.value) === 0 ? true : null;
  };
  const close = (): void => connection?.close();
  await ask(REPLICATED_WITHIN_MS, isOver, world.time, 50).finally(close);
}

/** Versions that followers have not acknowledged, as the leader counts them. */
function owed(health: Json): number {
  const counts = Object.entries(health ?? {}).find(([name]) => name === "unacknowledged")?.[1] ?? {};
  return Object.values(counts).reduce<number>((sum, count) => sum + Number(count), 0);
}

export interface DumpOptions {
  readonly world: World;
  readonly journal: Journal;
  /** A client that asks exactly this node for its own state. */
  readonly open: (node: string) => Client;
  /** The first process number that no client used. */
  readonly firstProcess: number;
  /** So many of them hold a key; absent: all do. */
  readonly replicas?: number;
  /** Give up waiting for agreement after this long. */
  readonly withinMs: number;
  readonly signal: AbortSignal;
}

/** Rounds of dumps, further and further apart, until one shows the same state everywhere or the time is up. */
export async function dumpUntilAgreed(options: DumpOptions): Promise<boolean> {
  const { world, withinMs, signal } = options;
  const { nodes, time } = world;
  const dumpers = nodes.map(({ name }, i) => new Dumper(options, name, options.firstProcess + i));
  const deadline = time.nowMs() + withinMs;
  let pauseMs = 50;
  try {
    for (;;) {
      const states = await Promise.all(dumpers.map((dumper) => dumper.dump()));
      const agreed = allAgree(states, options.replicas ?? states.length);
      if (agreed || signal.aborted || time.nowMs() + pauseMs > deadline) return agreed;
      await sleep(time, pauseMs);
      pauseMs = Math.min(1000, pauseMs * 1.6);
    }
  } finally {
    for (const dumper of dumpers) dumper.close();
  }
}

class Dumper {
  readonly #client: Client;
  readonly #node: string;
  readonly #process: number;
  readonly #journal: Journal;

  constructor({ journal, open }: DumpOptions, node: string, process: number) {
    this.#client = open(node);
    this.#node = node;
    this.#process = process;
    this.#journal = journal;
  }

  /** Key -> its siblings in one canonical string, null when it did not answer. */
  async dump(): Promise<ReadonlyMap<string, string> | null> {
    const op: Invocation = { process: this.#process, f: "dump", key: null, value: null, time: 0 };
    this.#journal.invoke(op, this.#node);
    const completion = await this.#client.invoke(op);
    this.#journal.complete(op, completion);
    return completion.type === "ok" ? canonical(completion.value) : null;
  }

  close(): void {
    this.#client.close();
  }
}

/** Every key is on so many replicas, and the same wherever it is. */
function allAgree(states: readonly (ReadonlyMap<string, string> | null)[], replicas: number): boolean {
  const held = new Map<string, string[]>();
  for (const state of states) {
    if (state === null) return false;
    for (const [key, siblings] of state) held.set(key, [...(held.get(key) ?? []), siblings]);
  }
  return [...held.values()].every((each) => each.length >= replicas && new Set(each).size === 1);
}

/** Siblings sorted: the same state gives the same strings. */
function canonical(state: Json): ReadonlyMap<string, string> {
  const entries = Object.entries((state ?? {}) as { readonly [key: string]: Json });
  return new Map(
    entries.map(([key, siblings]) => [
      key,
      JSON.stringify(Array.isArray(siblings) ? siblings.map((one) => JSON.stringify(one)).toSorted() : siblings),
    ]),
  );
}
