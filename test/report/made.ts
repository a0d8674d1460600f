/**
 * Histories and verdicts made up for the report: no checker has seen them, so that the report is tested against what its
 * contract allows, and not against what one checker happens to say.
 */

import type { FaultEvent, Json } from "../../checker/history/event.js";
import type { History, Operation } from "../../checker/history/operation.js";
import type { ConvergenceDetails } from "../../checker/convergence/details.js";
import type { LinearizabilityDetails } from "../../checker/linearizability/details.js";
import type { PerformanceDetails } from "../../checker/performance/details.js";
import type { StalenessDetails } from "../../checker/staleness/details.js";
import type { Verdict } from "../../checker/verdict.js";
import type { FaultPlan, RunConfig } from "../../src/config/config.js";
import type { ReportInput, RunVerdict } from "../../src/report/report.js";

/** Draws from a seed: mulberry32. */
export const draws = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
};

export interface HistoryOptions {
  readonly operations: number;
  readonly seconds: number;
  readonly clients?: number;
  readonly keys?: readonly string[];
  readonly nodes?: readonly string[];
  readonly faults?: readonly { readonly kind: string; readonly from: number; readonly to: number | null }[];
  readonly seed?: number;
  /** Puts a text of the test's into every value, error and so on. */
  readonly taint?: (value: number) => Json;
  readonly error?: string;
}

type Event = { time: number; finish: (index: number) => void };

/** Clients that read, write and compare-and-set, slowly and with errors while a fault is active. */
export const makeHistory = (options: HistoryOptions): History => {
  const { clients = 10, keys = ["k0", "k1", "k2", "k3", "k4"], nodes = ["n1", "n2", "n3", "n4", "n5"] } = options;
  const draw = draws(options.seed ?? 7);
  const taint = options.taint ?? ((n: number): Json => n);
  const events: Event[] = [];
  const operations: { -readonly [k in keyof Operation]: Operation[k] }[] = [];
  const faults: { -readonly [k in keyof FaultEvent]: FaultEvent[k] }[] = [];
  const end = options.seconds * 1e9;
  for (const [i, fault] of (options.faults ?? []).entries()) {
    const base = { process: "nemesis" as const, type: "info" as const, f: fault.kind, fault: `f${i + 1}` };
    const begin = {
      ...base,
      index: 0,
      time: fault.from * 1e9,
      phase: "begin" as const,
      value: doneBy(fault.kind, nodes),
    };
    faults.push(begin);
    events.push({ time: begin.time, finish: (index) => (begin.index = index) });
    if (fault.to === null) continue;
    const done = {
      ...base,
      index: 0,
      time: fault.to * 1e9,
      phase: "end" as const,
      value: { bit: i !== 3, heldBytes: 4120, heldConnections: 3 },
    };
    faults.push(done);
    events.push({ time: done.time, finish: (index) => (done.index = index) });
  }
  const broken = (time: number): boolean =>
    (options.faults ?? []).some((fault) => time >= fault.from * 1e9 && time <= (fault.to ?? options.seconds) * 1e9);
  const mean = end / (options.operations / clients);
  for (let client = 0; client < clients; client++) {
    let process = client;
    let time = draw() * mean;
    while (time < end) {
      const bad = broken(time) && draw() < 0.12;
      const latency = bad ? (draw() < 0.5 ? 1e9 : 4e7 * draw()) : 6e5 * Math.exp(2.2 * draw() * draw());
      const f = draw() < 0.5 ? "read" : draw() < 0.75 ? "write" : "cas";
      const type = bad
        ? f === "read"
          ? "fail"
          : latency === 1e9
            ? "info"
            : "fail"
        : f === "cas" && draw() < 0.5
          ? "fail"
          : "ok";
      const number = Math.floor(draw() * 5);
      const argument: Json = f === "read" ? null : f === "cas" ? [taint(number), taint(number + 1)] : taint(number);
      const op = {
        process,
        f,
        type,
        key: keys[Math.floor(draw() * keys.length)] ?? "k0",
        value: argument,
        result: type === "ok" ? (f === "read" ? taint(number) : argument) : null,
        invoked: 0,
        completed: 0 as number | null,
        invokedTime: Math.round(time),
        completedTime: Math.round(time + latency) as number | null,
        node: nodes[Math.floor(draw() * nodes.length)] ?? "n1",
        error:
          type === "ok"
            ? null
            : (options.error ??
              (f === "cas" && !bad
                ? "mismatch: found another value"
                : latency === 1e9
                  ? "timeout: no answer in 1000 ms"
                  : "no-quorum: 1 of 2 replicas answered")),
        siblings: null,
      } as const;
      const mutable = { ...op } as (typeof operations)[number];
      operations.push(mutable);
      events.push({ time: op.invokedTime, finish: (index) => (mutable.invoked = index) });
      if (time + latency <= end + 5e8)
        events.push({ time: time + latency, finish: (index) => (mutable.completed = index) });
      else {
        mutable.completed = null;
        mutable.completedTime = null;
        mutable.type = "info";
        mutable.result = null;
      }
      if (type === "info") process += clients;
      time += latency + mean * (0.4 + 1.1 * draw());
    }
  }
  events.sort((a, b) => a.time - b.time);
  for (const [index, event] of events.entries()) event.finish(index);
  operations.sort((a, b) => a.invoked - b.invoked);
  faults.sort((a, b) => a.index - b.index);
  return { operations, faults, events: events.length };
};

const doneBy = (kind: string, nodes: readonly string[]): Json =>
  kind === "partition"
    ? {
        grudge: {
          [nodes[0] ?? "n1"]: nodes.slice(1),
          ...Object.fromEntries(nodes.slice(1).map((node) => [node, [nodes[0] ?? "n1"]])),
        },
      }
    : { nodes: nodes.slice(0, 1) };

export const FAULTS = [
  { kind: "partition", from: 4, to: 7.5 },
  { kind: "kill", from: 10, to: 12 },
  { kind: "partition", from: 11, to: 15 },
  { kind: "pause", from: 18, to: 19.5 },
  { kind: "partition", from: 22, to: 25.5 },
] as const;

export const CONFIG: RunConfig = {
  format: 1,
  id: "20261121T091405-register-quorum-7",
  version: "0.1.0",
  startedAt: "2026-11-21T09:14:05.120Z",
  seed: 7,
  nodes: ["n1", "n2", "n3", "n4", "n5"],
  protocol: {
    mode: "quorum",
    readQuorum: 1,
    writeQuorum: 1,
    versioning: "lww",
    readRepair: false,
    replicationDelayMs: null,
    quorumTimeoutMs: 500,
  },
  fsync: false,
  workload: { name: "register", keys: 5, values: 5, skew: 0, opsPerKey: null },
  concurrency: 10,
  timeLimitMs: 30_000,
  rate: null,
  timeoutMs: 1000,
  nemesis: { faults: ["partition", "kill", "pause"], partitions: ["one", "halves", "bridge"], intervalMs: 5000 },
  claims: ["linearizable"],
  command:
    "kvtest run --workload register --mode quorum --read-quorum 1 --write-quorum 1 --nemesis partition,kill,pause --seed 7 --time-limit 30",
};

export const PLAN: FaultPlan = {
  format: 1,
  faults: [
    {
      id: "f1",
      atMs: 4000,
      forMs: 3500,
      fault: {
        f: "partition",
        shape: "one",
        grudge: { n1: ["n2", "n3", "n4", "n5"], n2: ["n1"], n3: ["n1"], n4: ["n1"], n5: ["n1"] },
      },
    },
    { id: "f2", atMs: 10_000, forMs: 2000, fault: { f: "kill", who: ["n3"] } },
    {
      id: "f3",
      atMs: 11_000,
      forMs: 4000,
      fault: {
        f: "partition",
        shape: "halves",
        grudge: {
          n1: ["n3", "n4", "n5"],
          n2: ["n3", "n4", "n5"],
          n3: ["n1", "n2"],
          n4: ["n1", "n2"],
          n5: ["n1", "n2"],
        },
      },
    },
    { id: "f4", atMs: 18_000, forMs: 1500, fault: { f: "pause", who: "leader" } },
    {
      id: "f5",
      atMs: 22_000,
      forMs: 3500,
      fault: {
        f: "partition",
        shape: "bridge",
        grudge: { n1: ["n4", "n5"], n2: ["n4", "n5"], n4: ["n1", "n2"], n5: ["n1", "n2"] },
      },
    },
    { id: "f6", atMs: 31_000, forMs: 2000, fault: { f: "kill", who: ["n1"] } },
  ],
};

const quantiles = (all: readonly number[]): { p50: number; p95: number; p99: number; max: number } => {
  const sorted = [...all].sort((a, b) => a - b);
  const at = (q: number): number => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
};

const latencyOf = (op: Operation): number => ((op.completedTime ?? op.invokedTime) - op.invokedTime) / 1e6;

const count = (all: readonly Operation[], type: string): number => all.filter((op) => op.type === type).length;

export const statisticsOf = (history: History): PerformanceDetails => {
  const ops = history.operations;
  const end = Math.max(1, ...ops.map((op) => op.completedTime ?? op.invokedTime)) / 1e6;
  const windowMs = end / 60;
  const group = <K>(keyOf: (op: Operation) => K): Map<K, Operation[]> => {
    const groups = new Map<K, Operation[]>();
    for (const op of ops) groups.set(keyOf(op), [...(groups.get(keyOf(op)) ?? []), op]);
    return groups;
  };
  const windows = new Map<string, { atMs: number; f: string; type: Operation["type"]; all: number[] }>();
  for (const op of ops) {
    if (op.completedTime === null) continue;
    const atMs = Math.floor(op.completedTime / 1e6 / windowMs) * windowMs;
    const name = `${atMs} ${op.f} ${op.type}`;
    const row = windows.get(name) ?? { atMs, f: op.f, type: op.type, all: [] };
    row.all.push(latencyOf(op));
    windows.set(name, row);
  }
  return {
    operations: ops.length,
    ok: count(ops, "ok"),
    fail: count(ops, "fail"),
    info: count(ops, "info"),
    durationMs: end,
    rate: count(ops, "ok") / (end / 1000),
    availability: 0.953,
    availabilityUnderFault: 0.881,
    longestOutageMs: 1204,
    longestOutageAtMs: 11_020,
    byF: Object.fromEntries(
      [...group((op) => op.f)].map(([f, all]) => {
        const latencies = all.filter((op) => op.type === "ok").map(latencyOf);
        return [
          f,
          {
            ok: count(all, "ok"),
            fail: count(all, "fail"),
            info: count(all, "info"),
            latency: latencies.length === 0 ? null : { count: latencies.length, mean: 1.4, ...quantiles(latencies) },
          },
        ];
      }),
    ),
    errors: { timeout: 3 },
    windowMs,
    windows: [...windows.values()].map(({ atMs, f, type, all }) => ({
      atMs,
      f,
      type,
      count: all.length,
      ...quantiles(all),
    })),
  };
};

/** A write that was answered, and a later read of another node that does not show it. */
export const counterexampleIn = (history: History, fromSeconds: number): LinearizabilityDetails => {
  const after = history.operations.filter((op) => op.invokedTime > fromSeconds * 1e9 && op.type === "ok");
  const write = after.find((op) => op.f === "write");
  const key = write?.key ?? null;
  const ofKey = after.filter((op) => op.key === key && write !== undefined && op.invoked > (write.completed ?? 0));
  const second = ofKey.find((op) => op.f === "write" && JSON.stringify(op.value) !== JSON.stringify(write?.value));
  const unanswered = history.operations.find(
    (op) => op.key === key && op.type === "info" && op.invokedTime > fromSeconds * 1e9,
  );
  const read = ofKey.find((op) => op.f === "read" && op.invoked > (second?.completed ?? 0) + 10);
  const operations = [write, second, unanswered, read]
    .filter((op) => op !== undefined)
    .sort((a, b) => a.invoked - b.invoked)
    .map((op) => ({
      invoked: op.invoked,
      completed: op.completed,
      start: op.invokedTime,
      end: op.completedTime,
      process: op.process,
      node: op.node,
      type: op.type,
      f: op.f,
      key: op.key,
      value: op.f === "read" ? (write?.value ?? null) : op.value,
    }));
  return {
    model: "cas-register",
    keys: 5,
    operations: history.operations.length,
    invalidKeys: [key ?? ""],
    unknownKeys: [],
    invalidKeyCount: 3,
    unknownKeyCount: 0,
    counterexamples: [
      {
        key,
        pattern: "stale read",
        because: `Read #${read?.invoked} returned ${JSON.stringify(write?.value)}, although write #${second?.invoked} had replaced it before the read began.`,
        operations,
      },
      {
        key,
        pattern: "lost write",
        because: `Nothing explains read #${read?.invoked} once write #${write?.invoked} is done.`,
        operations: operations.slice(0, 3),
      },
    ],
    steps: 81_204,
    stepsMax: 10_000_000,
  };
};

export const stalenessOf = (history: History): StalenessDetails => {
  const reads = history.operations.filter((op) => op.f === "read" && op.type === "ok");
  const stale = reads.filter(
    (op, i) =>
      i % 17 === 0 &&
      history.faults.some(
        (fault) => fault.phase === "begin" && op.invokedTime > fault.time && op.invokedTime < fault.time + 3e9,
      ),
  );
  const draw = draws(3);
  const worst = stale
    .map((op) => ({
      invoked: op.invoked,
      key: op.key,
      time: op.invokedTime,
      node: op.node,
      staleForMs: 3000 * draw() ** 3 + 0.3,
      versionsBehind: 1 + Math.floor(draw() * 9),
      overwrittenBy: Math.max(0, op.invoked - 40),
    }))
    .sort((a, b) => b.staleForMs - a.staleForMs);
  return {
    reads: reads.length,
    stale: stale.length,
    share: stale.length / Math.max(1, reads.length),
    interval: [0.01, 0.03],
    ambiguous: 12,
    staleForMs: worst.length === 0 ? null : { p50: 40, p95: 900, p99: 2100, max: worst[0]?.staleForMs ?? 0 },
    versionsBehindMax: 9,
    worst: worst.slice(0, 1000),
    // What the contract may have gained since.
    ...({ unwritten: 0, severalWriters: 0 } as object),
  };
};

export const divergence = (
  nodes: readonly string[],
  keys: readonly string[],
  taint: (n: number) => Json,
): ConvergenceDetails => {
  const row = (key: string, i: number): ConvergenceDetails["finalState"][number] => ({
    key,
    values: Object.fromEntries(
      nodes.map((node, n) => [
        node,
        i === 0 && n === 2
          ? [taint(9)]
          : i === 0 && n === 4
            ? null
            : i === 1 && n < 2
              ? [taint(3), taint(4)]
              : [taint(i)],
      ]),
    ),
  });
  const finalState = keys.map(row);
  return {
    agreed: false,
    timeToAgreeMs: null,
    rounds: 8,
    keys: keys.length,
    replicas: nodes.map((node, i) => ({ node, dump: 9000 + i, keys: keys.length })),
    missingReplicas: [],
    disagreementCount: 2,
    disagreements: finalState.slice(0, 2),
    lost: [{ key: keys[0] ?? "", value: taint(2), invoked: 812 }],
    phantoms: [{ key: keys[1] ?? "", value: taint(77), node: nodes[1] ?? "" }],
    finalState,
  };
};

export const agreement = (nodes: readonly string[], keys: readonly string[]): ConvergenceDetails => ({
  ...divergence(nodes, keys, (n) => n),
  agreed: true,
  timeToAgreeMs: 412,
  rounds: 2,
  disagreementCount: 0,
  disagreements: [],
  lost: [],
  phantoms: [],
  finalState: keys.map((key, i) => ({ key, values: Object.fromEntries(nodes.map((node) => [node, [i]])) })),
});

export const verdict = (
  valid: Verdict["valid"],
  checker: string,
  because: string,
  details: unknown = null,
  witness: readonly number[] = [],
): Verdict => ({
  valid,
  checker,
  because,
  witness,
  // The same trip that verdict.json makes.
  details: JSON.parse(JSON.stringify(details)) as Json,
});

export const runVerdict = (
  valid: Verdict["valid"],
  because: string,
  verdicts: readonly Verdict[],
  claims: readonly string[] = ["linearizable"],
): RunVerdict => ({ format: 1, valid, because, claims, verdicts });

/** A run of 30 s, 15,000 operations and five faults, in which a stale read is proven. */
export const invalidRun = (operations = 15_000): ReportInput => {
  const history = makeHistory({ operations, seconds: 30, faults: FAULTS });
  const linearizable = counterexampleIn(history, 11.4);
  const because = linearizable.counterexamples[0]?.because ?? "";
  return {
    config: CONFIG,
    plan: PLAN,
    history,
    title: "history.jsonl",
    verdict: runVerdict("invalid", `Not linearizable on 3 of 5 keys. ${because}`, [
      verdict("invalid", "linearizable", because, linearizable, [1, 2]),
      verdict(
        "invalid",
        "fresh",
        "98 of 7,412 reads were stale, the worst by 2.1 s and 9 versions.",
        stalenessOf(history),
        [3],
      ),
      verdict(
        "invalid",
        "converges",
        "Replicas differ on 2 keys after healing; write #812 is lost.",
        divergence(CONFIG.nodes, ["k0", "k1", "k2", "k3", "k4"], (n) => n),
        [4],
      ),
      verdict("valid", "statistics", "14,120 ok, 733 fail, 147 info.", statisticsOf(history)),
      verdict("valid", "not-vacuous", "There were ok reads and ok writes; 4 of 5 faults bit."),
    ]),
  };
};

export const validRun = (): ReportInput => {
  const history = makeHistory({
    operations: 5000,
    seconds: 10,
    faults: [
      { kind: "partition", from: 2, to: 4 },
      { kind: "kill", from: 6, to: 7.4 },
    ],
  });
  return {
    config: {
      ...CONFIG,
      id: "20261121T091501-register-leader-8",
      seed: 8,
      timeLimitMs: 10_000,
      protocol: {
        mode: "leader",
        leader: "n1",
        writeQuorum: 2,
        readFrom: "leader",
        readQuorum: 3,
        replicationDelayMs: [0.1, 1000],
        quorumTimeoutMs: 500,
      },
      nemesis: { faults: ["partition", "kill"], partitions: ["halves"], intervalMs: 4000 },
      claims: ["linearizable", "converges"],
    },
    plan: null,
    history,
    title: "",
    verdict: runVerdict(
      "valid",
      "Every key's operations can be put in one order that respects real time, and all replicas agree.",
      [
        verdict("valid", "linearizable", "All 5 keys are linearizable.", {
          model: "cas-register",
          keys: 5,
          operations: 5000,
          invalidKeys: [],
          unknownKeys: [],
          invalidKeyCount: 0,
          unknownKeyCount: 0,
          counterexamples: [],
          steps: 9000,
          stepsMax: 1_000_000,
        }),
        verdict("valid", "fresh", "None of 2,403 reads is proven stale.", {
          ...stalenessOf(history),
          stale: 0,
          share: 0,
          staleForMs: null,
          worst: [],
        }),
        verdict("valid", "converges", "All replicas agree after 412 ms.", agreement(CONFIG.nodes, ["k0", "k1", "k2"])),
        verdict("valid", "statistics", "4,812 ok.", statisticsOf(history)),
        verdict("valid", "not-vacuous", "There were ok reads and ok writes; both faults bit."),
      ],
      ["linearizable", "converges"],
    ),
  };
};

export const unknownRun = (): ReportInput => ({
  ...validRun(),
  verdict: runVerdict("unknown", "The search ran out of its budget of 1,000,000 steps on key k3.", [
    verdict("unknown", "linearizable", "Undecided on key k3.", { keys: "a shape of another version" }),
  ]),
});

export const emptyRun = (): ReportInput => ({
  config: CONFIG,
  plan: null,
  title: "",
  history: { operations: [], faults: [], events: 0 },
  verdict: runVerdict("unknown", "The history is empty.", []),
});

export const foreignRun = (): ReportInput => {
  const history = makeHistory({ operations: 400, seconds: 2, clients: 5 });
  return {
    config: null,
    plan: null,
    history,
    title: "etcd-register.edn",
    verdict: runVerdict("valid", "All keys are linearizable.", [
      verdict("valid", "linearizable", "All 5 keys are linearizable."),
      verdict("valid", "statistics", "", statisticsOf(history)),
    ]),
  };
};

export const HOSTILE = `</script><img src=x onerror=alert(1)>`;

/** The hostile text in every place that a store, a file or a foreign tool can fill. */
export const hostileRun = (): ReportInput => {
  const evil = (n: number): Json => `${HOSTILE}${n}`;
  const nodes = [1, 2, 3].map((n) => `${HOSTILE}${n}`);
  const keys = [0, 1].map((n) => `${HOSTILE}${n}`);
  const made = makeHistory({
    operations: 600,
    seconds: 3,
    clients: 4,
    keys,
    nodes,
    taint: evil,
    error: `${HOSTILE}: ${HOSTILE}`,
    faults: [{ kind: HOSTILE, from: 1, to: 2 }],
  });
  const history = {
    ...made,
    operations: made.operations.map((op, i) => (i % 50 === 0 ? { ...op, f: HOSTILE } : op)),
    faults: made.faults.map((fault) => ({ ...fault, fault: HOSTILE, value: { [HOSTILE]: HOSTILE } })),
  };
  const linearizable = counterexampleIn(history, 0.5);
  return {
    config: { ...CONFIG, id: HOSTILE, version: HOSTILE, startedAt: HOSTILE, nodes, command: `kvtest run ${HOSTILE}` },
    plan: null,
    history,
    title: HOSTILE,
    verdict: runVerdict(
      "invalid",
      `Because ${HOSTILE}`,
      [
        verdict(
          "invalid",
          "linearizable",
          HOSTILE,
          {
            ...linearizable,
            counterexamples: linearizable.counterexamples.map((each) => ({
              ...each,
              because: `${each.because} ${HOSTILE}`,
              pattern: HOSTILE,
            })),
          },
          [1],
        ),
        verdict("invalid", "fresh", HOSTILE, stalenessOf(history), [1]),
        verdict("invalid", "converges", HOSTILE, divergence(nodes, keys, evil), [1]),
        verdict("valid", "statistics", HOSTILE, statisticsOf(history)),
        verdict("valid", HOSTILE, HOSTILE),
      ],
      ["linearizable", HOSTILE],
    ),
  };
};
