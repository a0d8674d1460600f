import { describe, expect, test } from "vitest";
import { createCore } from "../../../src/replica/protocol/core.js";
import type { Core, Members } from "../../../src/replica/protocol/protocol.js";
import type { ProtocolConfig } from "../../../src/replica/wire.js";
import { leaderConfig, quorumConfig } from "./alone.js";
import { simulate } from "../../../src/hunt/simulated.js";
import { agree, linearizable, seedsWhere } from "./seeds.js";

const TIMEOUT = { quorumTimeoutMs: 120 };
const majority = leaderConfig({ writeQuorum: 1, readFrom: "leader", ...TIMEOUT });

const isReply = (is: string): number => (is === "reply" ? 0 : 1);

describe("leader, a majority of acknowledgements, reads at the leader", () => {
  for (const nodes of [3, 5]) {
    test(`${nodes} nodes: linearizable and in agreement after healing, under kill, pause, partition, loss and doubles`, () => {
      const protocol = { ...majority, writeQuorum: (nodes - 1) / 2 };
      const { failed, counts } = seedsWhere(150, { protocol, nodes }, (run) => linearizable(run) && agree(run));
      expect(failed).toEqual([]);
      const seen = ["read ok", "write ok", "cas ok", "cas mismatch", "write partial", "cas partial", "write timeout"];
      const broken = ["kill", "kill between effects", "pause", "cut", "isolate", "heal"];
      for (const what of [...seen, ...broken]) expect(counts[what], what).toBeGreaterThan(40);
    });
  }

  test("the injected delay changes nothing of this", () => {
    const protocol = { ...majority, replicationDelayMs: [0.1, 80] as const };
    const { failed } = seedsWhere(60, { protocol }, (run) => linearizable(run) && agree(run));
    expect(failed).toEqual([]);
  });

  test("an answer given before the entry is durable is caught", () => {
    // The twin: a node whose effects are done in the wrong order, replies first.
    const protocol = { ...majority, writeQuorum: 0 };
    const hasty = (members: Members): Core => {
      const core = createCore(protocol, members);
      return { step: (input) => [...core.step(input)].sort((a, b) => isReply(a.is) - isReply(b.is)) };
    };
    const network = { diskMs: [5, 30] } as const;
    expect(seedsWhere(60, { protocol, network }, linearizable).failed).toEqual([]);
    const twin = { protocol, network: { ...network, createCore: hasty } };
    expect(seedsWhere(60, twin, linearizable).failed.length).toBeGreaterThan(5);
  });
});

describe("known to be bad, and caught", () => {
  const bad: { readonly [name: string]: ProtocolConfig } = {
    "asynchronous replication, reads anywhere": leaderConfig({ writeQuorum: 0, readFrom: "any", ...TIMEOUT }),
    "a majority acknowledges, but reads go anywhere": leaderConfig({ writeQuorum: 1, readFrom: "any", ...TIMEOUT }),
    "R = 1, W = 1": quorumConfig({ readQuorum: 1, writeQuorum: 1, ...TIMEOUT }),
    "R = 1, W = 1, vector clocks": quorumConfig({
      readQuorum: 1,
      writeQuorum: 1,
      versioning: "vector-clock",
      ...TIMEOUT,
    }),
  };
  for (const [name, protocol] of Object.entries(bad)) {
    test(`${name}: not linearizable`, () => {
      const { failed } = seedsWhere(40, { protocol }, linearizable);
      expect(failed.length).toBeGreaterThan(25);
    });
  }

  test("R + W > N is not linearizable either, though it takes longer to see", () => {
    const { held, failed } = seedsWhere(60, { protocol: quorumConfig(TIMEOUT) }, linearizable);
    expect(failed.length).toBeGreaterThan(0);
    expect(held.length).toBeGreaterThan(0);
  });
});

describe("agreement after healing", () => {
  const protocols: { readonly [name: string]: ProtocolConfig } = {
    "leader, asynchronous, reads anywhere": leaderConfig({ writeQuorum: 0, readFrom: "any", ...TIMEOUT }),
    "leader, all acknowledge, quorum reads": leaderConfig({ writeQuorum: 2, readFrom: "quorum", ...TIMEOUT }),
    "quorum with read repair, last write wins": quorumConfig(TIMEOUT),
    "quorum with read repair, vector clocks": quorumConfig({ versioning: "vector-clock", ...TIMEOUT }),
  };
  for (const [name, protocol] of Object.entries(protocols)) {
    test(`${name}: all replicas end up the same`, () => {
      expect(seedsWhere(60, { protocol }, agree).failed).toEqual([]);
    });
  }

  test("without read repair a replica that missed a write never learns of it", () => {
    const protocol = quorumConfig({ readRepair: false, ...TIMEOUT });
    const { failed } = seedsWhere(40, { protocol }, agree);
    expect(failed.length).toBeGreaterThan(15);
  });

  test("the leader needs no read to bring a follower up: it resends by itself", () => {
    const { failed } = seedsWhere(40, { protocol: majority }, (run) => agree(run) && run.counts["read ok"]! > 0);
    expect(failed).toEqual([]);
  });
});

test("every client is answered after healing", () => {
  for (const protocol of [majority, quorumConfig(TIMEOUT)]) {
    expect(seedsWhere(30, { protocol }, ({ progressed }) => progressed).failed).toEqual([]);
  }
});

function traceOf(protocol: ProtocolConfig, seed: number): string {
  const lines: string[] = [];
  simulate({ protocol, seed, trace: (line) => lines.push(line) });
  expect(lines.length).toBeGreaterThan(500);
  return lines.join("\n");
}

test("the same seed gives the same trace, another seed another", () => {
  for (const protocol of [majority, quorumConfig({ replicationDelayMs: [1, 50], ...TIMEOUT })]) {
    expect(traceOf(protocol, 7)).toBe(traceOf(protocol, 7));
    expect(traceOf(protocol, 7)).not.toBe(traceOf(protocol, 8));
  }
});
