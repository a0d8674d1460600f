import { expect, test } from "vitest";
import { parseNodeConfig } from "../../src/replica/config.js";
import type { NodeConfig } from "../../src/replica/wire.js";
import { abdConfig, leaderConfig, quorumConfig, raftConfig } from "./protocol/alone.js";

const good: NodeConfig = {
  name: "n1",
  host: "127.0.0.1",
  port: 0,
  httpPort: 0,
  dataDir: "/tmp/x",
  peers: [
    { name: "n2", host: "127.0.0.1", port: 20_001 },
    { name: "n3", host: "127.0.0.1", port: 20_002 },
  ],
  fsync: true,
  seed: 1,
  protocol: leaderConfig(),
};

const problemsOf = (config: unknown): readonly string[] => {
  const parsed = parseNodeConfig(JSON.stringify(config));
  return parsed.ok ? [] : parsed.problems;
};

test("what is right is taken as it is", () => {
  expect(parseNodeConfig(JSON.stringify(good))).toEqual({ ok: true, config: good });
  expect(problemsOf({ ...good, protocol: quorumConfig({ replicationDelayMs: [0.1, 1000] }) })).toEqual([]);
  expect(problemsOf({ ...good, protocol: leaderConfig({ isolation: "snapshot", txnStepDelayMs: [0, 3] }) })).toEqual(
    [],
  );
  expect(problemsOf({ ...good, peers: [], protocol: leaderConfig({ writeQuorum: 0, readQuorum: 1 }) })).toEqual([]);
});

test("all problems are told at once, each with the field, the value and what was expected", () => {
  const bad = { ...good, name: "", port: -1, fsync: "yes", seed: 0.5, protocol: leaderConfig({ writeQuorum: 3 }) };
  expect(problemsOf(bad)).toEqual([
    'name is "", expected a name',
    "port is -1, expected 0 (any) .. 65535",
    'fsync is "yes", expected true or false',
    "seed is 0.5, expected a whole number",
    'protocol.leader is "n1", expected the name of a node',
    "protocol.writeQuorum is 3, expected a whole number 0 .. 2",
  ]);
});

test("what its starter tells of sockets and earlier lives is looked at too", () => {
  const [first, ...rest] = good.peers;
  const told = { ...good, lives: 2, unixSocket: true, peers: [{ ...first!, path: "\0n2" }, ...rest] };
  expect(problemsOf(told)).toEqual([]);
  expect(problemsOf({ ...told, lives: -1, unixSocket: "yes", peers: [{ ...first!, path: "" }, ...rest] })).toEqual([
    "lives is -1, expected a whole number, 0 or more",
    'unixSocket is "yes", expected true or false',
    'peers[0].path is "", expected a Unix socket',
  ]);
});

test("every setting of the protocols has its bounds", () => {
  const bad = [
    leaderConfig({ leader: "n9" }),
    leaderConfig({ readQuorum: 0 }),
    leaderConfig({ readFrom: "follower" as "any" }),
    leaderConfig({ quorumTimeoutMs: 0 }),
    leaderConfig({ replicationDelayMs: [5, 1] }),
    leaderConfig({ isolation: "chaos" as "snapshot" }),
    leaderConfig({ txnStepDelayMs: [-1, 1] }),
    quorumConfig({ readQuorum: 4 }),
    quorumConfig({ writeQuorum: 0 }),
    quorumConfig({ versioning: "none" as "lww" }),
    quorumConfig({ readRepair: "on" as unknown as boolean }),
    { ...quorumConfig(), mode: "chain" },
    raftConfig({ electionTimeoutMs: [0, 5] }),
    raftConfig({ heartbeatMs: 0 }),
    raftConfig({ read: "stale" as "index" }),
    raftConfig({ leaseClockBound: 1 }),
    raftConfig({ snapshotEvery: 0 }),
    raftConfig({ voters: ["n1", "n9"] }),
  ];
  expect(bad.map((protocol) => problemsOf({ ...good, protocol }).length)).toEqual(bad.map(() => 1));
});

test("a planted bug is one of those of the mode", () => {
  expect(problemsOf({ ...good, protocol: abdConfig(), bug: "abd-no-query" })).toEqual([]);
  expect(problemsOf({ ...good, bug: "abd-no-query" })).toEqual([
    'bug is "abd-no-query", expected a planted bug of mode "leader"',
  ]);
  expect(problemsOf({ ...good, protocol: abdConfig(), bug: "abd-no-rest" })).toHaveLength(1);
  expect(problemsOf({ ...good, protocol: { ...abdConfig(), quorumTimeoutMs: 0 } })).toHaveLength(1);
});

test("peers must be other nodes with a port", () => {
  const peers = [{ name: "n1", host: "127.0.0.1", port: 20_000 }, { name: "n2", host: "", port: 0 }, 7];
  expect(problemsOf({ ...good, peers, protocol: leaderConfig({ readQuorum: 1 }) })).toEqual([
    'peers[0].name is "n1", expected a name that no other node has',
    'peers[1].host is "", expected an address',
    "peers[1].port is 0, expected 1 .. 65535",
    "peers[2] is 7, expected an object",
  ]);
});

const problem = (text: string | undefined): string => {
  const parsed = parseNodeConfig(text);
  return parsed.ok ? "" : (parsed.problems[0] ?? "");
};

test("no argument, no JSON and no object are told apart", () => {
  expect(problem(undefined)).toMatch(/^no argument/);
  expect(problem("{")).toMatch(/^the argument is not JSON/);
  expect(problem("[]")).toBe("the argument is not a JSON object");
});
