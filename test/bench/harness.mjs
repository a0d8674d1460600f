// What the harness costs: closed-loop throughput and p99 against five nodes, beside a bare client loop on the same
// cluster, rounds interleaved so that both meet the same machine. Run with `npm run bench`, on an idle machine.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Cluster } from "../../dist/src/cluster/cluster.js";
import { RegisterClient } from "../../dist/src/client/register-client.js";
import { timeLimit } from "../../dist/src/generator/bounds.js";
import { interpret, Threads } from "../../dist/src/interpreter/interpreter.js";
import { Journal } from "../../dist/src/interpreter/journal.js";
import { workloads } from "../../dist/src/workload/workload.js";

const ROUNDS = 5;
const ROUND_MS = 3000;
const nodes = ["n1", "n2", "n3", "n4", "n5"];
const protocol = {
  mode: "quorum",
  readQuorum: 2,
  writeQuorum: 2,
  versioning: "lww",
  readRepair: false,
  replicationDelayMs: null,
  quorumTimeoutMs: 1000,
};
const config = { name: "register", keys: 10, values: 5, skew: 0, opsPerKey: null };

const below = (n) => Math.floor(Math.random() * n);
const quantile = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
const median = (numbers) =>
  quantile(
    numbers.toSorted((a, b) => a - b),
    0.5,
  );

/**
 * The same mix of operations as the register workload makes (half of the clients only read; a cas expects what was last
 * seen, so that it succeeds as often) with nothing around it: no generator, no history, no time-outs to sort out.
 */
async function bare(cluster, concurrency) {
  const latencies = [];
  const lastSeen = Array.from({ length: config.keys }, () => null);
  const requestOf = (client, slot) => {
    const key = `k${slot}`;
    const u = client < Math.ceil(concurrency / 2) ? Math.random() : 0;
    if (u < 0.2) return { op: "read", key };
    if (u < 0.7 || lastSeen[slot] === null) return { op: "write", key, value: below(config.values) };
    return {
      op: "cas",
      key,
      from: Math.random() < 0.25 ? below(config.values) : lastSeen[slot],
      to: below(config.values),
    };
  };
  const cpu = process.cpuUsage();
  const end = performance.now() + ROUND_MS;
  await Promise.all(
    Array.from({ length: concurrency }, async (_, client) => {
      const opened = await cluster.dial(nodes[client % nodes.length], 2000);
      if (opened.is !== "open") throw new Error(opened.why);
      while (performance.now() < end) {
        const slot = below(config.keys);
        const request = requestOf(client, slot);
        const began = performance.now();
        const answer = await opened.connection.request(request, 2000);
        latencies.push(performance.now() - began);
        if (answer.ok === true) lastSeen[slot] = request.op === "read" ? answer.value : (request.to ?? request.value);
      }
      opened.connection.close();
    }),
  );
  return summary(latencies, process.cpuUsage(cpu));
}

async function harness(cluster, concurrency, dir, round) {
  const open = (thread) =>
    new RegisterClient({
      nodes,
      home: nodes[thread % nodes.length],
      protocol,
      dial: cluster.dial,
      timeoutMs: 2000,
    });
  const threads = new Threads(concurrency, open);
  const journal = new Journal(join(dir, `history-${concurrency}-${round}.jsonl`));
  const latencies = [];
  const began = new Map();
  const { main } = workloads.register.make({ config, seed: round, concurrency });
  const spy = (generator) => ({
    next(context) {
      const step = generator.next(context);
      return step.is === "op"
        ? { ...step, next: spy(step.next) }
        : step.is === "pending" && step.next
          ? { ...step, next: spy(step.next) }
          : step;
    },
    update(event) {
      if (event.type === "invoke") began.set(event.process, event.time);
      else latencies.push((event.time - began.get(event.process)) / 1e6);
      return spy(generator.update(event));
    },
  });
  const cpu = process.cpuUsage();
  await interpret({
    generator: timeLimit(ROUND_MS * 1e6, spy(main)),
    threads,
    journal,
    signal: new AbortController().signal,
  });
  threads.close();
  journal.close();
  return summary(latencies, process.cpuUsage(cpu));
}

/** `cpu`: µs of this process (clients, harness and links together) for one operation. */
const summary = (latencies, cpu) => {
  const sorted = latencies.toSorted((a, b) => a - b);
  return {
    rate: (latencies.length / ROUND_MS) * 1000,
    p50: quantile(sorted, 0.5),
    p99: quantile(sorted, 0.99),
    cpu: (cpu.user + cpu.system) / latencies.length,
  };
};

const dir = mkdtempSync(join(tmpdir(), "kvtest-bench-"));
const cluster = await Cluster.start({ nodes, protocol, fsync: true, seed: 1, dir, portBase: null });
try {
  console.log("harness beside a bare client loop: 5 nodes, quorum R=2 W=2, closed loop, medians of", ROUNDS, "rounds");
  for (const concurrency of [10, 50]) {
    const rows = { bare: [], harness: [] };
    for (let round = 0; round < ROUNDS; round++) {
      rows.bare.push(await bare(cluster, concurrency));
      rows.harness.push(await harness(cluster, concurrency, dir, round));
    }
    const of = (name, field) => median(rows[name].map((row) => row[field]));
    for (const name of ["bare", "harness"]) {
      console.log(
        `${String(concurrency).padStart(3)} clients  ${name.padEnd(8)} ${of(name, "rate").toFixed(0).padStart(6)} ops/s   p50 ${of(name, "p50").toFixed(2)} ms   p99 ${of(name, "p99").toFixed(2)} ms   ${of(name, "cpu").toFixed(0)} µs CPU/op`,
      );
    }
    console.log(
      `${String(concurrency).padStart(3)} clients  ratio    ${((100 * of("harness", "rate")) / of("bare", "rate")).toFixed(0).padStart(5)} % of the bare loop's throughput`,
    );
  }
} finally {
  await cluster.stop();
  rmSync(dir, { recursive: true, force: true });
}
