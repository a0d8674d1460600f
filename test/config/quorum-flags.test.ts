import { expect, test } from "vitest";
import { parseConfigFile } from "../../src/config/file.js";
import { parseRunFlags, type RunFlags } from "../../src/config/flags.js";
import { describeProtocol } from "../../src/report/describe.js";
import { parseNodeConfig } from "../../src/replica/config.js";

const quorum = (flags: RunFlags) => parseRunFlags({ mode: "quorum", ...flags }, 1);
const problemsOf = (flags: RunFlags): readonly string[] => {
  const parsed = quorum(flags);
  return parsed.ok ? [] : parsed.problems;
};

const ALL: RunFlags = {
  replicas: "3",
  virtualNodes: "8",
  versioning: "vector-clock",
  siblings: "merge",
  sloppyQuorum: true,
  hintedHandoff: "100",
  antiEntropy: "200",
  membership: "50",
  tombstoneGc: "3000",
  tombstoneConfirm: false,
  versionsMax: "10",
};

test("without flags it is what it always was", () => {
  expect(quorum({})).toMatchObject({ ok: true });
  const parsed = quorum({});
  expect(parsed.ok && parsed.value.protocol).toEqual({
    mode: "quorum",
    readQuorum: 3,
    writeQuorum: 3,
    versioning: "lww",
    readRepair: true,
    replicationDelayMs: null,
    quorumTimeoutMs: 500,
  });
});

test("every part has its flag, and R and W are of the N replicas", () => {
  const parsed = quorum(ALL);
  expect(parsed.ok && parsed.value.protocol).toEqual({
    mode: "quorum",
    readQuorum: 2,
    writeQuorum: 2,
    versioning: "vector-clock",
    readRepair: true,
    replicationDelayMs: null,
    quorumTimeoutMs: 500,
    replicas: 3,
    virtualNodes: 8,
    siblings: "merge",
    sloppyQuorum: true,
    hintedHandoffMs: 100,
    antiEntropyMs: 200,
    membershipMs: 50,
    tombstoneGcMs: 3000,
    tombstoneConfirm: false,
    versionsMax: 10,
  });
});

test("what they make is what a node takes, what a run's file keeps, and what a report says", () => {
  const parsed = quorum({ ...ALL, deleteRate: "0.3" });
  if (!parsed.ok) throw new Error(parsed.problems.join("; "));
  const { protocol } = parsed.value;
  const peers = ["n2", "n3", "n4", "n5"].map((name) => ({ name, host: "127.0.0.1", port: 1024 }));
  const node = {
    name: "n1",
    host: "127.0.0.1",
    port: 0,
    httpPort: 0,
    dataDir: "/x",
    peers,
    fsync: true,
    seed: 1,
    protocol,
  };
  expect(parseNodeConfig(JSON.stringify(node))).toMatchObject({ ok: true });
  const run = { format: 1, id: "x", version: "0", startedAt: "", command: "", ...parsed.value };
  expect(parseConfigFile(JSON.stringify(run))).toMatchObject({ ok: true, value: { protocol } });
  expect(describeProtocol(protocol, 5).replaceAll(/\s/g, " ")).toBe(
    "leaderless, N = 3 of 5, R = 2, W = 2; vector clocks with siblings; siblings are merged; read repair on; " +
      "sloppy quorum; hinted handoff every 100 ms; anti-entropy every 200 ms; gossip every 50 ms; " +
      "tombstones collected after 3.00 s; whatever others hold; version vectors of at most 10",
  );
});

test("bad values are named with what is expected", () => {
  expect(problemsOf({ replicas: "6" })).toEqual(["--replicas 6: expected a whole number from 1 to 5"]);
  expect(problemsOf({ replicas: "3", writeQuorum: "4" })).toEqual([
    '--write-quorum 4: expected 1..3 replicas, "majority" or "all"',
  ]);
  for (const flag of ["hintedHandoff", "antiEntropy", "membership", "tombstoneGc"] as const) {
    expect(problemsOf({ [flag]: "soon" }), flag).toHaveLength(1);
    expect(problemsOf({ [flag]: "off" }), flag).toEqual([]);
  }
  expect(problemsOf({ versioning: "vector-clock", siblings: "all", versionsMax: "0" })).toHaveLength(2);
  expect(problemsOf({ deleteRate: "2" })).toHaveLength(1);
});

test("what means nothing together, or in another mode, is refused", () => {
  expect(problemsOf({ sloppyQuorum: true })).toEqual([
    "--sloppy-quorum: nobody is left to stand in where every node holds every key; expected --replicas below 5",
  ]);
  expect(problemsOf({ virtualNodes: "4" })).toHaveLength(1);
  expect(problemsOf({ siblings: "lww", versionsMax: "3" })).toHaveLength(2);
  expect(problemsOf({ tombstones: false, tombstoneGc: "100" })).toHaveLength(1);
  expect(problemsOf({ tombstoneConfirm: false })).toHaveLength(1);
  expect(problemsOf({ mode: "abd", ...ALL })).toHaveLength(11);
});

test("a node refuses a quorum of more replicas than a key has", () => {
  const parsed = quorum({ replicas: "3" });
  if (!parsed.ok) throw new Error(parsed.problems.join("; "));
  const protocol = { ...parsed.value.protocol, writeQuorum: 4, siblings: "x" };
  const peers = ["n2", "n3", "n4", "n5"].map((name) => ({ name, host: "127.0.0.1", port: 1024 }));
  const node = {
    name: "n1",
    host: "127.0.0.1",
    port: 0,
    httpPort: 0,
    dataDir: "/x",
    peers,
    fsync: true,
    seed: 1,
    protocol,
  };
  const refused = parseNodeConfig(JSON.stringify(node));
  expect(refused.ok ? [] : refused.problems).toHaveLength(2);
});
