import { expect, test } from "vitest";
import { type RunConfig, WORKLOADS } from "../../src/config/config.js";
import { parseConfigFile } from "../../src/config/file.js";
import { parseRunFlags, type RunFlags } from "../../src/config/flags.js";

const problemsOf = (flags: RunFlags): readonly string[] => {
  const parsed = parseRunFlags(flags, 1);
  return parsed.ok ? [] : parsed.problems;
};

const configOf = (flags: RunFlags) => {
  const parsed = parseRunFlags(flags, 1);
  if (!parsed.ok) throw new Error(parsed.problems.join("; "));
  return parsed.value;
};

test("with no flags it is a leader whose writes wait for a majority, and no nemesis", () => {
  expect(configOf({})).toMatchObject({
    seed: 1,
    nodes: ["n1", "n2", "n3", "n4", "n5"],
    protocol: { mode: "leader", leader: "n1", writeQuorum: 2, readFrom: "leader" },
    nemesis: { faults: [] },
    claims: ["linearizable", "converges"],
  });
});

test("a leader's write quorum counts followers, a leaderless one counts replicas", () => {
  expect(configOf({ writeQuorum: "all" }).protocol).toMatchObject({ writeQuorum: 4 });
  expect(configOf({ mode: "quorum", writeQuorum: "all" }).protocol).toMatchObject({ writeQuorum: 5 });
  expect(configOf({ mode: "quorum", writeQuorum: "majority" }).protocol).toMatchObject({ writeQuorum: 3 });
  expect(configOf({ writeQuorum: "0" }).protocol).toMatchObject({ writeQuorum: 0 });
});

test("an impossible quorum is named with what would be possible", () => {
  expect(problemsOf({ mode: "quorum", nodes: "3", writeQuorum: "4" })).toEqual([
    '--write-quorum 4: expected 1..3 replicas, "majority" or "all"',
  ]);
  expect(problemsOf({ nodes: "3", writeQuorum: "3" })).toEqual([
    '--write-quorum 3: expected 0..2 follower acknowledgements, "majority" or "all"',
  ]);
  expect(problemsOf({ mode: "quorum", readQuorum: "0" })).toHaveLength(1);
});

test("every problem is reported, not the first", () => {
  const problems = problemsOf({
    nodes: "0",
    workload: "blank",
    nemesis: "partition,earthquake",
    rate: "fast",
    timeLimit: "soon",
  });
  expect(problems.map((problem) => problem.split(" ")[0])).toEqual([
    "--nodes",
    "--time-limit",
    "--workload",
    "--rate",
    "--nemesis",
  ]);
});

test("a flag that means nothing here is refused instead of ignored", () => {
  expect(problemsOf({ mode: "quorum", readFrom: "any" })).toHaveLength(1);
  expect(problemsOf({ mode: "leader", versioning: "lww" })).toHaveLength(1);
  expect(problemsOf({ readQuorum: "2" })).toHaveLength(1);
  expect(problemsOf({ workload: "unique-register", values: "9" })).toHaveLength(1);
  expect(problemsOf({ partitions: "one" })).toHaveLength(1);
  expect(problemsOf({ nodes: "1", nemesis: "partition" })[0]).toContain("or --partitions clients");
  expect(problemsOf({ nodes: "1", nemesis: "partition", partitions: "clients,one" })).toHaveLength(1);
  expect(problemsOf({ nodes: "1", nemesis: "partition", partitions: "clients" })).toEqual([]);
  expect(problemsOf({ nodes: "1", nemesis: "partition,delay", partitions: "clients" })).toHaveLength(1);
});

test("abd has no cas, and the register workload does without", () => {
  expect(configOf({ mode: "abd" })).toMatchObject({ protocol: { mode: "abd" }, workload: { cas: false } });
  expect(configOf({}).workload).not.toHaveProperty("cas");
  expect(problemsOf({ mode: "abd", writeQuorum: "2", workload: "bank" })).toHaveLength(2);
});

test("a planted bug belongs to a mode", () => {
  expect(configOf({ mode: "abd", bug: "abd-no-query" }).bug).toBe("abd-no-query");
  expect(configOf({}).bug).toBeUndefined();
  expect(problemsOf({ bug: "abd-no-query" })).toEqual([
    "--bug abd-no-query: is a bug of --mode abd, and the mode is leader",
  ]);
  expect(problemsOf({ bug: "none-such" })).toEqual([
    "--bug none-such: there is none of that name; kvtest bugs lists them",
  ]);
});

test("times are seconds unless they say otherwise", () => {
  expect(["10", "10s", "1500ms", "2m"].map((timeLimit) => configOf({ timeLimit }).timeLimitMs)).toEqual([
    10_000, 10_000, 1500, 120_000,
  ]);
  expect(problemsOf({ timeLimit: "-1" })).toHaveLength(1);
  expect(problemsOf({ timeLimit: "" })).toHaveLength(1);
});

test("a replication delay is a range in milliseconds", () => {
  expect(configOf({ replicationDelay: "0.1..1000" }).protocol.replicationDelayMs).toEqual([0.1, 1000]);
  expect(configOf({ replicationDelay: "5" }).protocol.replicationDelayMs).toEqual([5, 5]);
  expect(problemsOf({ replicationDelay: "9..1" })).toHaveLength(1);
});

test("config.json reads back as what was written, and a damaged one names every wrong field", () => {
  const config: RunConfig = {
    format: 1,
    id: "x",
    version: "0",
    startedAt: "now",
    command: "c",
    ...configOf({ nemesis: "kill", mode: "quorum" }),
  };
  expect(parseConfigFile(JSON.stringify(config))).toEqual({ ok: true, value: config });
  const planted = { ...config, ...configOf({ mode: "abd", bug: "abd-no-query" }) };
  expect(parseConfigFile(JSON.stringify(planted))).toEqual({ ok: true, value: planted });
  const damaged = parseConfigFile(JSON.stringify({ ...config, seed: -1, nodes: [] }));
  expect(damaged.ok ? [] : damaged.problems.map((problem) => problem.split(":")[0])).toEqual(["seed", "nodes"]);
  expect(parseConfigFile("{").ok).toBe(false);
});

test("a workload with transactions claims what it is for, and takes the flags that mean something to it", () => {
  expect(configOf({ workload: "list-append" })).toMatchObject({
    workload: {
      name: "list-append",
      keyCount: 10,
      keyDist: "exponential",
      minTxnLength: 1,
      maxTxnLength: 4,
      maxWritesPerKey: 256,
      consistency: ["strict-serializable"],
    },
    claims: ["isolation", "converges"],
  });
  expect(configOf({ workload: "rw-register", keyDist: "uniform" }).workload).toMatchObject({ keyCount: 3 });
  expect(configOf({ workload: "list-append", consistency: "snapshot-isolation, PL-2" }).workload).toMatchObject({
    consistency: ["snapshot-isolation", "PL-2"],
  });
  expect(configOf({ workload: "bank", accounts: "3", negativeBalances: true })).toMatchObject({
    workload: { name: "bank", accounts: 3, total: 100, maxTransfer: 5, negative: true },
    claims: ["bank", "converges"],
  });
  expect(configOf({ workload: "long-fork" }).workload).toEqual({ name: "long-fork", groupSize: 4 });
  expect(configOf({ workload: "set-full", claim: "set-full" }).claims).toEqual(["set-full"]);
});

test("an isolation level is part of the configuration only where it was asked for", () => {
  expect(configOf({ workload: "bank" }).protocol).not.toHaveProperty("isolation");
  expect(configOf({ workload: "bank", isolation: "read-committed" }).protocol).toMatchObject({
    isolation: "read-committed",
  });
});

test("what a workload with transactions cannot be had with is refused, all of it at once", () => {
  const problems = problemsOf({
    workload: "list-append",
    consistency: "strict",
    keys: "4",
    minTxnLength: "5",
    maxTxnLength: "2",
    claim: "linearizable",
    readFrom: "quorum",
  });
  expect(problems.map((problem) => problem.split(" ")[0])).toEqual([
    "--keys",
    "--max-txn-length",
    "--consistency",
    "--read-from",
    "--claim",
  ]);
  expect(problemsOf({ workload: "bank", mode: "quorum" })).toHaveLength(1);
  expect(problemsOf({ workload: "register", isolation: "snapshot" })).toHaveLength(1);
  expect(problemsOf({ workload: "bank", isolation: "chaos" })).toHaveLength(1);
  expect(problemsOf({ workload: "counter", groupSize: "3" })).toHaveLength(1);
  expect(problemsOf({ workload: "register", claim: "bank" })).toHaveLength(1);
  expect(problemsOf({ mode: "quorum", isolation: "snapshot" })).toHaveLength(1);
});

test("config.json of every workload reads back as what was written, and a foreign field is named", () => {
  for (const workload of WORKLOADS) {
    const isolation = workload.includes("register") && workload !== "rw-register" ? {} : { isolation: "snapshot" };
    const config: RunConfig = {
      format: 1,
      id: "x",
      version: "0",
      startedAt: "now",
      command: "c",
      ...configOf({ workload, ...isolation }),
    };
    expect(parseConfigFile(JSON.stringify(config))).toEqual({ ok: true, value: config });
    const odd = parseConfigFile(JSON.stringify({ ...config, workload: { ...config.workload, odd: 1 } }));
    expect(odd.ok).toBe(false);
  }
});

test("how faults are drawn is said by plan, target, election and parameters, and nothing of it without faults", () => {
  expect(
    configOf({
      nemesis: "partition,delay,pause",
      schedule: "swarm",
      target: "leader",
      faultParam: ["delay.latency=50..500", "partition.modes=drop,reset", "flap.rate=0.5"],
    }).nemesis,
  ).toMatchObject({
    plan: "swarm",
    target: "leader",
    params: { latencyMs: [50, 500], cutModes: ["drop", "reset"], flapRate: 0.5 },
  });
  expect(configOf({ nemesis: "kill", schedule: "intervals" }).nemesis).not.toHaveProperty("plan");
  expect(
    problemsOf({
      nemesis: "kill",
      schedule: "daily",
      target: "n1",
      faultParam: ["delay.latency=5", "clock.colour=red", "flap.rate=2", "flap.rate"],
    }),
  ).toEqual([
    "--schedule daily: expected one of intervals, phases, cycle, mix, swarm",
    "--target n1: expected one of leader",
    "--fault-param delay.latency=5: only means something with --nemesis delay",
    expect.stringMatching(/^--fault-param clock.colour=red: expected NAME=VALUE with one of partition.modes, /),
    "--fault-param flap.rate=2: only means something with --nemesis partition or pause",
    "--fault-param flap.rate=2: expected a number from 0 to 1",
    "--fault-param flap.rate: only means something with --nemesis partition or pause",
    "--fault-param flap.rate=: expected a number from 0 to 1",
  ]);
  expect(problemsOf({ schedule: "cycle", after: "election", faultParam: ["disk.time=5"] })).toHaveLength(3);
  expect(problemsOf({ nemesis: "kill", faults: "x.yaml" })).toEqual([
    "--faults x.yaml: the schedule is in the file, so --nemesis kill has nothing to draw",
  ]);
});

test("what was said of the nemesis survives config.json", () => {
  const header = { format: 1, id: "x", version: "0", startedAt: "2026-01-01T00:00:00.000Z", command: "x" } as const;
  const config: RunConfig = {
    ...header,
    ...configOf({ nemesis: "delay,clock", schedule: "mix", faultParam: ["clock.skews=bump", "clock.offset=5..10"] }),
  };
  expect(parseConfigFile(JSON.stringify(config))).toEqual({ ok: true, value: config });
});
