/** The strongest promise, kept by real processes: the other arm of the random runs under the scheduler. */

import { afterEach, expect, test } from "vitest";
import { draw } from "../../src/replica/protocol/draw.js";
import type { Reply } from "../../src/replica/wire.js";
import { leaderConfig } from "./protocol/alone.js";
import { isLinearizable, type RegisterOp } from "./protocol/linearizable.js";
import { Client, RealCluster, type RealNode } from "./real-node.js";

/** So long at least; on a busy machine until enough has happened, with a bound. */
const DURATION_MS = 6000;
const DURATION_MAX_MS = 90_000;
/** Of each, more than so many. */
const ENOUGH = [
  ["read", "ok", 100],
  ["write", "ok", 50],
  ["cas", "ok", 5],
  ["write", "info", 0],
] as const;
const CLIENT_TIMEOUT_MS = 400;
/** A key is retired after so long, for the check is slow on long histories. */
const KEY_MS = 250;

let cluster = new RealCluster();
afterEach(async () => {
  await cluster.end();
  cluster = new RealCluster();
});

test("leader, majority, reads at the leader: linearizable under SIGKILL and SIGSTOP of any node", async () => {
  const seed = Date.now() % 1_000_000;
  const protocol = leaderConfig({ writeQuorum: 1, quorumTimeoutMs: 200 });
  const nodes = await cluster.start(protocol);
  const run = new Run(seed, nodes);
  await Promise.all([run.nemesis(), ...[0, 1, 2, 3].map((client) => run.client(client))]);
  const { operations, faults } = run;
  console.log(`seed ${seed}: ${operations.length} operations, ${faults.join(", ")}`);
  expect(isLinearizable(operations), `seed ${seed}`).toBe(true);
  for (const [f, type, least] of ENOUGH) expect(run.count(f, type), `${f} ${type}`).toBeGreaterThan(least);
  // The same history with one read gone wrong is refused: the check would have seen it.
  const at = operations.findLastIndex((op) => op.f === "read" && op.value !== null);
  expect(isLinearizable(operations.map((op, i) => (i === at ? { ...op, value: -1 } : op)))).toBe(false);
});

class Run {
  readonly operations: RegisterOp[] = [];
  readonly faults: string[] = [];
  readonly #seed: number;
  readonly #nodes: readonly RealNode[];
  readonly #startMs = performance.now();
  #draws = 0;
  #values = 0;

  constructor(seed: number, nodes: readonly RealNode[]) {
    this.#seed = seed;
    this.#nodes = nodes;
  }

  count(f: RegisterOp["f"], type: RegisterOp["type"]): number {
    return this.operations.filter((op) => op.f === f && op.type === type).length;
  }

  #isOver(): boolean {
    const ms = this.#elapsedMs();
    if (ms < DURATION_MS) return false;
    return ms >= DURATION_MAX_MS || ENOUGH.every(([f, type, least]) => this.count(f, type) > least);
  }

  /** Closed loop at the leader, over a new connection whenever the old one is no good any more. */
  async client(name: number): Promise<void> {
    const leader = this.#nodes[0]!;
    let connection: Client | null = null;
    while (!this.#isOver()) {
      connection ??= await connect(leader);
      if (connection === null) {
        await sleep(10);
        continue;
      }
      const broken: boolean = await this.#operation(connection, `c${name}`);
      if (!broken) continue;
      connection.close();
      connection = null;
    }
    connection?.close();
  }

  async #operation(connection: Client, label: string): Promise<boolean> {
    const key = `k${Math.floor(this.#elapsedMs() / KEY_MS)}`;
    const f = this.#draw(`${label} f`);
    const value = ++this.#values;
    const invokedMs = performance.now();
    const answer = (asked: Promise<Reply>): Promise<Reply | null> =>
      Promise.race([asked, connection.broken, sleep(CLIENT_TIMEOUT_MS)]);
    let reply: Reply | null;
    let op: Pick<RegisterOp, "f" | "value" | "from">;
    if (f < 0.5) {
      reply = await answer(connection.read(key));
      op = { f: "read", value: reply?.ok ? (reply.value as number | null) : null };
    } else if (f < 0.8) {
      op = { f: "write", value };
      reply = await answer(connection.write(key, value));
    } else {
      const from = Math.max(1, value - 1 - Math.floor(3 * this.#draw(`${label} from`)));
      op = { f: "cas", value, from };
      reply = await answer(connection.ask({ op: "cas", key, from, to: value }));
    }
    const completedMs = performance.now();
    const type = reply?.ok ? "ok" : reply?.error === "mismatch" ? "mismatch" : "info";
    this.operations.push({ ...op, key, type, invokedMs, completedMs });
    await sleep(8 * this.#draw(`${label} think`));
    return reply === null;
  }

  /** A pause of the leader longer than clients wait, a kill of it, and then whatever the seed says. */
  async nemesis(): Promise<void> {
    await this.#fault("pause", 0, CLIENT_TIMEOUT_MS + 200);
    await this.#fault("kill", 0, 200);
    while (!this.#isOver()) {
      const victim = this.#draw("leader") < 0.5 ? 0 : 1 + Math.floor((this.#nodes.length - 1) * this.#draw("victim"));
      await this.#fault(this.#draw("fault") < 0.5 ? "kill" : "pause", victim, 50 + 500 * this.#draw("for"));
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
