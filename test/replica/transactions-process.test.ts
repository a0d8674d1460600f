/** Transactions of real processes: at the strongest level under SIGKILL and SIGSTOP, and each weaker one by example. */

import fs from "node:fs";
import path from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { checkIsolation } from "../../checker/isolation/check.js";
import { fromEvents, type TxnEvent } from "../../checker/isolation/history/events.js";
import { draw } from "../../src/replica/protocol/draw.js";
import type { Isolation, Json, MicroOp, Reply } from "../../src/replica/wire.js";
import { leaderConfig } from "./protocol/alone.js";
import { type Dump, isWhole, listAppend } from "./protocol/txn-run.js";
import { Client, RealCluster, type RealNode } from "./real-node.js";

/** So long at least; on a busy machine until enough has happened, with a bound. */
const DURATION_MS = 5000;
const DURATION_MAX_MS = 90_000;
/** Of each, more than so many. */
const ENOUGH = { ok: 100, fail: 0, dumps: 20 } as const;
const CLIENT_TIMEOUT_MS = 400;
const KEYS = ["x", "y", "z"];

let cluster = new RealCluster();
afterEach(async () => {
  await cluster.end();
  cluster = new RealCluster();
});

test("serializable: strictly serializable, and no node holds half a transaction", async () => {
  const seed = Date.now() % 1_000_000;
  const protocol = leaderConfig({ quorumTimeoutMs: 200, readFrom: "any", isolation: "serializable" });
  const run = new Run(seed, await cluster.start(protocol));
  await Promise.all([run.nemesis(), run.look(), ...Array.from({ length: 6 }, () => run.client())]);
  const { events, faults, dumps } = run;
  const ended = ["ok", "fail", "info"].map((type) => `${run.count(type)} ${type}`).join(", ");
  console.log(`seed ${seed}: ${ended}, ${dumps.length} dumps, ${faults.join(", ")}`);
  const { valid, details } = checkIsolation(fromEvents(events, "list-append"), { workload: "list-append" });
  expect({ valid, problems: details.problems, not: details.not }, `seed ${seed}`).toEqual({
    valid: "valid",
    problems: [],
    not: [],
  });
  expect(dumps.filter((dump) => !isWhole(events, dump))).toEqual([]);
  expect(run.count("ok")).toBeGreaterThan(ENOUGH.ok);
  expect(run.count("fail")).toBeGreaterThan(ENOUGH.fail);
  expect(dumps.length).toBeGreaterThan(ENOUGH.dumps);
  // The same history with one append gone from its reads is refused: the check would have seen it.
  const spoilt = events.map((event) => (event.type === "ok" ? { ...event, value: withoutSecond(event.value) } : event));
  expect(checkIsolation(fromEvents(spoilt, "list-append"), { workload: "list-append" }).valid).toBe("invalid");
});

/** A list read loses its second element, now and then: where its length is even. */
function withoutSecond(value: Json | undefined): Json {
  return (value as [string, string, Json][]).map(([f, key, found]) =>
    f === "r" && Array.isArray(found) && found.length % 2 === 0
      ? [f, key, found.filter((_, i) => i !== 1)]
      : [f, key, found],
  );
}

const ok = (...value: readonly Json[]): Reply => ({ ok: true, value });

/** Steps of 20 ms, so that both are under way together. */
async function both(isolation: Isolation, ...[a, b]: [MicroOp[], MicroOp[]]): Promise<Reply[]> {
  const protocol = leaderConfig({ writeQuorum: 0, readQuorum: 1, isolation, txnStepDelayMs: [20, 20] });
  const node = cluster.node({ name: "n1", peers: [], protocol });
  await node.start();
  const client = cluster.client(node);
  return Promise.all([client.ask({ op: "txn", ops: a }), client.ask({ op: "txn", ops: b })]);
}

describe("two transactions on one connection, sent at once", () => {
  const skew: [MicroOp[], MicroOp[]] = [
    [
      ["r", "x", null],
      ["w", "y", 1],
    ],
    [
      ["r", "y", null],
      ["w", "x", 1],
    ],
  ];
  const skewed = [ok(["r", "x", null], ["w", "y", 1]), ok(["r", "y", null], ["w", "x", 1])];

  test("serializable: one of a write skew is aborted", async () => {
    const [older, younger] = await both("serializable", ...skew);
    expect([older, younger]).toEqual([
      skewed[0],
      { ok: false, error: "conflict", message: "an older transaction needed y" },
    ]);
  });

  test("snapshot: a write skew", async () => {
    expect(await both("snapshot", ...skew)).toEqual(skewed);
  });

  test("read-committed: a lost update", async () => {
    const add: MicroOp[] = [
      ["add", "n", 1],
      ["r", "n", null],
    ];
    const ended = ok(["add", "n", 1], ["r", "n", 1]);
    expect(await both("read-committed", add, add)).toEqual([ended, ended]);
  });

  test("read-uncommitted: each sees the other's write", async () => {
    const [a, b]: [MicroOp[], MicroOp[]] = [
      [
        ["w", "x", 1],
        ["r", "y", null],
      ],
      [
        ["w", "y", 1],
        ["r", "x", null],
      ],
    ];
    expect(await both("read-uncommitted", a, b)).toEqual([
      ok(["w", "x", 1], ["r", "y", 1]),
      ok(["w", "y", 1], ["r", "x", 1]),
    ]);
  });
});

const writeBoth = (value: number): MicroOp[] => [
  ["w", "x", value],
  ["w", "y", value],
];

test("a log that ends in the middle of a transaction has none of it", async () => {
  const node = cluster.node({ name: "n1", peers: [], protocol: leaderConfig({ writeQuorum: 0, readQuorum: 1 }) });
  await node.start();
  const first = cluster.client(node);
  for (const value of [1, 2]) expect(await first.ask({ op: "txn", ops: writeBoth(value) })).toMatchObject({ ok: true });
  await node.kill();
  const file = path.join(node.config.dataDir, "log");
  const log = fs.readFileSync(file);
  const lastAt = log.lastIndexOf("\n", log.length - 2) + 1;
  const dumps: Json[] = [];
  for (const cut of [lastAt, lastAt + 9, Math.floor((lastAt + log.length) / 2), log.length - 1, log.length]) {
    fs.writeFileSync(file, log.subarray(0, cut));
    await node.start();
    dumps.push(await cluster.client(node).dump());
    await node.kill();
  }
  const former = { x: [1], y: [1] };
  expect(dumps).toEqual([former, former, former, former, { x: [2], y: [2] }]);
});

class Run {
  readonly events: TxnEvent[] = [];
  readonly faults: string[] = [];
  readonly dumps: Dump[] = [];
  readonly #seed: number;
  readonly #nodes: readonly RealNode[];
  readonly #startMs = performance.now();
  #draws = 0;
  #values = 0;
  #processes = 0;

  constructor(seed: number, nodes: readonly RealNode[]) {
    this.#seed = seed;
    this.#nodes = nodes;
  }

  count(type: string): number {
    return this.events.filter((event) => event.type === type).length;
  }

  #isOver(): boolean {
    const ms = this.#elapsedMs();
    if (ms < DURATION_MS) return false;
    const [ok, fail, dumps] = [this.count("ok"), this.count("fail"), this.dumps.length];
    return ms >= DURATION_MAX_MS || (ok > ENOUGH.ok && fail > ENOUGH.fail && dumps > ENOUGH.dumps);
  }

  /** Closed loop at the leader, over a new connection and as a new process whenever an end is unknown. */
  async client(): Promise<void> {
    let process = this.#processes++;
    let connection: Client | null = null;
    while (!this.#isOver()) {
      connection ??= await connect(this.#nodes[0]!);
      if (connection === null) {
        await sleep(10);
        continue;
      }
      const ops = listAppend(KEYS).next(
        (label) => this.#draw(label),
        () => ++this.#values,
      );
      this.#event(process, "invoke", ops);
      const asked = connection.ask({ op: "txn", ops });
      const reply: Reply | null = await Promise.race([asked, connection.broken, sleep(CLIENT_TIMEOUT_MS)]);
      const type = reply === null || (!reply.ok && reply.error === "partial") ? "info" : reply.ok ? "ok" : "fail";
      this.#event(process, type, reply?.ok ? reply.value : ops);
      if (type === "info") process = this.#processes++;
      if (reply !== null) continue;
      connection.close();
      connection = null;
    }
    connection?.close();
  }

  /** What followers and leader hold, now and again. */
  async look(): Promise<void> {
    while (!this.#isOver()) {
      const node = this.#nodes[Math.floor(this.#nodes.length * this.#draw("looked at"))]!;
      const connection = await connect(node);
      const asked = connection?.ask({ op: "dump" }) ?? null;
      const reply: Reply | null = await Promise.race([asked, connection?.broken ?? null, sleep(100)]);
      if (reply?.ok) this.dumps.push(reply.value as Dump);
      connection?.close();
      await sleep(5);
    }
  }

  /** The leader is killed and paused, and then whatever the seed says. */
  async nemesis(): Promise<void> {
    await this.#fault("kill", 0, 200);
    await this.#fault("pause", 0, CLIENT_TIMEOUT_MS + 200);
    while (!this.#isOver()) {
      const victim = Math.floor(this.#nodes.length * this.#draw("victim"));
      await this.#fault(this.#draw("fault") < 0.5 ? "kill" : "pause", victim, 50 + 400 * this.#draw("for"));
    }
  }

  async #fault(fault: "kill" | "pause", victim: number, forMs: number): Promise<void> {
    await sleep(150 + 300 * this.#draw("calm"));
    const node = this.#nodes[victim]!;
    this.faults.push(`${fault} ${node.config.name}`);
    if (fault === "kill") await node.kill();
    else node.signal("SIGSTOP");
    await sleep(forMs);
    if (fault === "kill") await node.start();
    else node.signal("SIGCONT");
  }

  #event(process: number, type: string, value: Json): void {
    this.events.push({ index: this.events.length, time: this.#elapsedMs() * 1e6, process, type, f: "txn", value });
  }

  #elapsedMs(): number {
    return performance.now() - this.#startMs;
  }

  #draw(label: string): number {
    return draw(this.#seed, this.#draws++, label);
  }
}

async function connect(node: RealNode): Promise<Client | null> {
  const client = new Client(node);
  const connected = new Promise<Client>((resolve) => client.socket.once("connect", () => resolve(client)));
  return Promise.race([connected, client.broken]);
}

function sleep(ms: number): Promise<null> {
  return new Promise((resolve) => setTimeout(() => resolve(null), ms));
}
