/** Random transactions against each level of isolation, under faults, judged by the isolation checker. */

import { describe, expect, test } from "vitest";
import { checkIsolation } from "../../../checker/isolation/check.js";
import { fromEvents } from "../../../checker/isolation/history/events.js";
import { createCore } from "../../../src/replica/protocol/core.js";
import type { Core, Members } from "../../../src/replica/protocol/protocol.js";
import type { Isolation, Json, LeaderConfig, MicroOp } from "../../../src/replica/wire.js";
import { leaderConfig } from "./alone.js";
import {
  isWhole,
  listAppend,
  readWrite,
  txnRun,
  type TxnRun,
  type TxnRunOptions,
  type TxnWorkload,
} from "./txn-run.js";

const at = (isolation: Isolation, settings: Partial<LeaderConfig> = {}): LeaderConfig =>
  leaderConfig({ isolation, quorumTimeoutMs: 150, compactAfter: 30, ...settings });
const LEVELS = ["serializable", "snapshot", "read-committed", "read-uncommitted"] as const;
const KEYS = ["x", "y", "z"];

interface Found {
  /** Anomaly or refuted model -> in how many runs. */
  readonly runs: { [what: string]: number };
  readonly counts: { [what: string]: number };
}

function count(counts: { [what: string]: number }, what: string, n: number): void {
  counts[what] = (counts[what] ?? 0) + n;
}

/** What the checker says of so many runs, all of its anomalies forbidden. */
function found(
  seeds: number,
  workload: "list-append" | "rw-register",
  protocol: LeaderConfig,
  settings: Partial<TxnRunOptions> = {},
): Found {
  const result: Found = { runs: {}, counts: {} };
  const clients = workload === "list-append" ? listAppend(KEYS) : readWrite(KEYS);
  // Where keys are not linearizable, to order versions by real time would accuse what the level does not promise.
  const linearizableKeys = protocol.isolation === "serializable";
  for (let seed = 1; seed <= seeds; seed++) {
    const run = txnRun({ protocol, seed, workload: clients, ...settings });
    const { valid, details } = checkIsolation(fromEvents(run.events, workload), {
      workload,
      wfrKeys: true,
      linearizableKeys,
    });
    expect(details.problems, `seed ${seed}`).toEqual([]);
    for (const what of [valid, ...details.anomalyTypes, ...details.not, ...details.alsoNot])
      count(result.runs, what, 1);
    for (const [what, n] of Object.entries(run.counts)) count(result.counts, what, n);
  }
  return result;
}

describe("serializable", () => {
  for (const workload of ["list-append", "rw-register"] as const) {
    test(`${workload}: strictly serializable under kill, pause, partition, loss and doubles`, () => {
      const { runs, counts } = found(200, workload, at("serializable"));
      expect(runs).toEqual({ valid: 200 });
      for (const what of ["ok", "conflict", "partial", "timeout", "kill", "kill between effects", "pause", "isolate"]) {
        expect(counts[what], what).toBeGreaterThan(100);
      }
    });
  }

  test("the injected delay, and steps that take long, change nothing of this", () => {
    const protocol = at("serializable", { replicationDelayMs: [0.1, 80], txnStepDelayMs: [0, 20] });
    expect(found(60, "list-append", protocol).runs).toEqual({ valid: 60 });
  });
});

describe("the levels below show what they allow, and nothing that they forbid", () => {
  const cases: {
    readonly [isolation in Exclude<Isolation, "serializable">]: {
      readonly shows: readonly string[];
      readonly keeps: string;
    };
  } = {
    // Write skew is a G2-item whose transactions read what the other writes.
    snapshot: { shows: ["G2-item"], keeps: "strong-snapshot-isolation" },
    "read-committed": { shows: ["lost-update", "G-single-item", "internal"], keeps: "strong-read-committed" },
    "read-uncommitted": { shows: ["G1a", "G1b", "G1c", "lost-update"], keeps: "strong-read-uncommitted" },
  };
  for (const [isolation, { shows, keeps }] of Object.entries(cases) as [
    keyof typeof cases,
    (typeof cases)["snapshot"],
  ][]) {
    test(`${isolation} shows ${shows.join(", ")}, and keeps ${keeps}`, () => {
      const lists = found(100, "list-append", at(isolation)).runs;
      const registers = found(100, "rw-register", at(isolation)).runs;
      for (const what of shows) expect((lists[what] ?? 0) + (registers[what] ?? 0), what).toBeGreaterThan(5);
      expect(lists["serializable"]).toBeGreaterThan(20);
      for (const runs of [lists, registers]) expect(runs[keeps]).toBeUndefined();
    });
  }

  test("single reads and writes among them keep what the level keeps", () => {
    const single = { singles: true };
    expect(found(100, "rw-register", at("serializable"), single).runs).toEqual({ valid: 100 });
    for (const [isolation, { keeps }] of Object.entries(cases) as [keyof typeof cases, (typeof cases)["snapshot"]][]) {
      expect(found(60, "rw-register", at(isolation), single).runs[keeps], isolation).toBeUndefined();
    }
  });

  test("snapshot loses no update", () => {
    expect(found(100, "list-append", at("snapshot")).runs["lost-update"]).toBeUndefined();
  });
});

/** Three accounts, transfers between them, and reads of all. */
const bank: TxnWorkload = {
  keys: ["a", "b", "c"],
  first: ["a", "b", "c"].map((key): MicroOp => ["w", key, 10]),
  next: (pick) => {
    if (pick("f") < 0.4) return ["a", "b", "c"].map((key): MicroOp => ["r", key, null]);
    const from = Math.floor(3 * pick("from"));
    const to = (from + 1 + Math.floor(2 * pick("to"))) % 3;
    const amount = 1 + Math.floor(5 * pick("amount"));
    return [
      ["add", "abc".charAt(from), -amount, 0],
      ["add", "abc".charAt(to), amount],
    ];
  },
};

/** Elements are put at the end of one list and taken from its front. */
const queue: TxnWorkload = {
  keys: ["q"],
  next: (pick, value) =>
    pick("f") < 0.5
      ? [["append", "q", value()]]
      : [
          ["pop", "q"],
          ["append", "other", value()],
        ],
};

/** Runs where this holds, of so many. */
function runsWhere(seeds: number, options: Omit<TxnRunOptions, "seed">, holds: (run: TxnRun) => boolean): number {
  let held = 0;
  for (let seed = 1; seed <= seeds; seed++) if (holds(txnRun({ ...options, seed }))) held++;
  return held;
}

const results = (run: TxnRun): readonly (readonly [string, string, Json])[][] =>
  run.events.flatMap(({ type, value }) => (type === "ok" ? [value as [string, string, Json][]] : []));

/** Of each read of all accounts the sum, and whether no account is below zero. */
const totals = (run: TxnRun): { readonly total: number; readonly debt: boolean }[] =>
  results(run)
    .filter((ops) => ops.every(([f]) => f === "r"))
    .map((ops) => ops.map(([, , value]) => value as number))
    .map((values) => ({ total: values.reduce((a, b) => a + b), debt: values.some((value) => value < 0) }));

const popped = (run: TxnRun): Json[] =>
  results(run).flatMap((ops) => ops.flatMap(([f, , value]) => (f === "pop" && value !== null ? [value] : [])));

describe("add and pop read, and then write", () => {
  for (const isolation of LEVELS) {
    const strong = isolation === "serializable" || isolation === "snapshot";
    test(`${isolation}: ${strong ? "no money comes or goes" : "money comes and goes"}, and accounts stay above zero`, () => {
      let reads = 0;
      const kept = runsWhere(60, { protocol: at(isolation), workload: bank }, (run) => {
        reads += totals(run).length;
        expect(totals(run).some(({ debt }) => debt)).toBe(false);
        return totals(run).every(({ total }) => total === 30);
      });
      expect(reads).toBeGreaterThan(600);
      if (strong) expect(kept).toBe(60);
      else expect(kept).toBeLessThan(40);
    });

    test(`${isolation}: ${strong ? "nothing is taken twice" : "an element is taken twice"}`, () => {
      let all = 0;
      const once = runsWhere(60, { protocol: at(isolation), workload: queue }, (run) => {
        const elements = popped(run);
        all += elements.length;
        return new Set(elements).size === elements.length;
      });
      expect(all).toBeGreaterThan(300);
      if (strong) expect(once).toBe(60);
      else expect(once).toBeLessThan(40);
    });
  }

  test("a transfer below the minimum is refused", () => {
    const { counts } = txnRun({ protocol: at("serializable"), workload: bank, seed: 1, faults: false });
    expect(counts["mismatch"]).toBeGreaterThan(0);
  });
});

const whole = (run: TxnRun): boolean => [...run.dumps, ...run.lastDumps].every((dump) => isWhole(run.events, dump));
const agree = ({ lastDumps }: TxnRun): boolean =>
  new Set(lastDumps.map((dump) => JSON.stringify(Object.entries(dump).sort(([a], [b]) => (a < b ? -1 : 1))))).size ===
  1;

describe("P7 whole-transactions", () => {
  const workload = listAppend(["x", "y", "z", "u", "v", "w"]);
  const delayed = at("serializable", { replicationDelayMs: [0.1, 80] });

  test("no node ever holds half a transaction, and in the end all hold the same", () => {
    for (const protocol of [
      at("serializable"),
      delayed,
      at("read-uncommitted"),
      at("serializable", { writeQuorum: 0 }),
    ]) {
      expect(runsWhere(60, { protocol, workload }, (run) => whole(run) && agree(run))).toBe(60);
    }
  });

  test("a follower that takes the keys of a transaction one by one is caught", () => {
    const careless = (members: Members): Core => {
      const core = createCore(delayed, members);
      return {
        step: (input) => {
          const message = input.is === "message" ? (input.message as { is: string; entries: Json[] }) : null;
          if (input.is !== "message" || message?.is !== "together") return core.step(input);
          return message.entries.flatMap((entry) =>
            core.step({ ...input, message: { is: "replicate", entries: [entry] } }),
          );
        },
      };
    };
    const twin = { protocol: delayed, workload, createCore: careless };
    expect(runsWhere(40, twin, whole)).toBeLessThan(20);
  });

  test("a follower that takes a transaction before what it builds upon is caught", () => {
    const hasty = (members: Members): Core => {
      const core = createCore(delayed, members);
      return {
        step: (input) => {
          if (input.is !== "message") return core.step(input);
          const text = JSON.stringify(input.message).replaceAll(/,"after":\d+/g, "");
          return core.step({ ...input, message: JSON.parse(text) as Json });
        },
      };
    };
    const twin = { protocol: delayed, workload, createCore: hasty };
    expect(runsWhere(40, twin, whole)).toBeLessThan(20);
  });
});
