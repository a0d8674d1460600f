/** The checker against the definitions, on small random histories of stores that isolate well, badly, or not at all. */

import { expect, test } from "vitest";
import type { Json } from "../../../checker/history/event.js";
import { checkIsolation, type IsolationOptions } from "../../../checker/isolation/check.js";
import { fromEvents, type TxnEvent } from "../../../checker/isolation/history/events.js";
import type { TxnHistory, Workload } from "../../../checker/isolation/history/columns.js";
import { nothing, realtime, serializable, sessions, snapshotIsolated } from "./oracle.js";
import { Draws } from "./random.js";

interface Client {
  readonly process: number;
  readonly mops: readonly Mop[];
  done: Mop[];
  readonly outcome: "ok" | "info" | "fail";
  /** Reads come from here: the store itself, or a copy of it made when the transaction began. */
  view: Map<string, Json>;
  readonly snapshot: boolean;
}

type Mop = readonly [string, string, Json];

const randomMops = (draws: Draws, keys: readonly string[], write: string, value: () => number): readonly Mop[] =>
  Array.from({ length: 1 + draws.below(3) }, (): Mop => {
    const key = keys[draws.below(keys.length)]!;
    return draws.chance(0.5) ? ["r", key, null] : [write, key, value()];
  });

/**
 * Transactions whose micro-operations interleave freely over one store without any isolation; some see a snapshot,
 * perhaps an old one, some abort and leave their writes behind, some never answer. How many do what differs from history
 * to history.
 *
 * `orderly`: all end ok, and a last transaction reads every key, so that no append stays unordered: without that, two
 * transactions that blindly append to one key may violate snapshot isolation in either order, and nobody can tell.
 */
const randomHistory = (draws: Draws, workload: Workload, orderly: boolean): TxnHistory =>
  fromEvents(randomEvents(draws, workload, orderly), workload);

/** The same where some invocations are missing: of those transactions only the completion is known. */
const halfKnown = (draws: Draws, workload: Workload): TxnHistory =>
  fromEvents(
    randomEvents(draws, workload, false).filter(({ type }) => type !== "invoke" || draws.chance(0.5)),
    workload,
  );

const randomEvents = (draws: Draws, workload: Workload, orderly: boolean): readonly TxnEvent[] => {
  const atomic = draws.next();
  const snapshots = draws.next();
  const stale = draws.next() * 0.7;
  const count = 2 + draws.below(4);
  const keys = ["x", "y", "z"].slice(0, 1 + draws.below(3));
  const store = new Map<string, Json>();
  const past: ReadonlyMap<string, Json>[] = [new Map()];
  const events: TxnEvent[] = [];
  const emit = (process: number, type: string, value: Json): number =>
    events.push({ index: events.length, time: events.length, process, type, f: "txn", value });
  let value = 0;
  let begun = 0;
  const write = workload === "list-append" ? "append" : "w";
  const [open, free]: [Client[], number[]] = [[], [0, 1, 2]];
  const begin = (): void => {
    const process = free.splice(draws.below(free.length), 1)[0]!;
    const mops = randomMops(draws, keys, write, () => ++value);
    const fate = orderly ? 1 : draws.next();
    const outcome = fate < 0.1 ? "info" : fate < 0.2 ? "fail" : "ok";
    const snapshot = draws.chance(snapshots);
    const seen = draws.chance(stale) ? past[draws.below(past.length)]! : store;
    open.push({ process, mops, done: [], outcome, view: snapshot ? new Map(seen) : store, snapshot });
    emit(process, "invoke", mops);
    begun++;
  };
  const step = (client: Client): void => {
    const [f, key, argument] = client.mops[client.done.length]!;
    const held = client.view.get(key) ?? null;
    if (f === "r") {
      client.done.push(["r", key, held]);
      return;
    }
    client.done.push([f, key, argument]);
    if (client.outcome !== "ok" && draws.chance(0.7)) return;
    for (const map of client.snapshot ? [client.view, store] : [store]) {
      const list = (map.get(key) ?? []) as readonly Json[];
      map.set(key, f === "append" ? [...list, argument] : argument);
    }
    past.push(new Map(store));
  };
  for (;;) {
    if (begun === count && open.length === 0) break;
    if (begun < count && free.length > 0 && (open.length === 0 || draws.chance(0.4))) {
      begin();
      continue;
    }
    const client = open[draws.below(open.length)]!;
    if (client.done.length === client.mops.length) {
      open.splice(open.indexOf(client), 1);
      emit(client.process, client.outcome, client.outcome === "ok" ? client.done : client.mops);
      if (client.outcome !== "info") free.push(client.process);
      else free.push(client.process + 10);
      continue;
    }
    do step(client);
    while (client.done.length < client.mops.length && draws.chance(atomic));
  }
  if (orderly) {
    const reads = (from: ReadonlyMap<string, Json>): Json => keys.map((key) => ["r", key, from.get(key) ?? null]);
    emit(100, "invoke", reads(new Map()));
    emit(100, "ok", reads(store));
  }
  return events;
};

const SEED = 7_041_776;

/** How many were refuted; fails where the checker and the definition differ. */
const compare = (
  workload: Workload,
  histories: number,
  options: Omit<IsolationOptions, "workload">,
  holds: (history: TxnHistory) => boolean,
  complete: boolean,
  orderly = false,
  make: (draws: Draws, workload: Workload, orderly: boolean) => TxnHistory = randomHistory,
): void => {
  const draws = new Draws(SEED);
  const counts = { agreedValid: 0, agreedInvalid: 0, missed: 0 };
  for (let i = 0; i < histories; i++) {
    const history = make(draws, workload, orderly);
    expect(history.problems).toEqual([]);
    const verdict = checkIsolation(history, { workload, ...options });
    const refuted = verdict.valid === "invalid";
    const allowed = holds(history);
    const mistaken = refuted === allowed && (complete || allowed);
    expect(mistaken ? [i, verdict.because, allowed] : null).toBeNull();
    if (refuted) expect(verdict.witness.length).toBeGreaterThan(0);
    counts[allowed ? "agreedValid" : refuted ? "agreedInvalid" : "missed"]++;
  }
  process.stdout.write(`\n${workload} ${options.consistency?.join() ?? ""}: ${JSON.stringify(counts)}\n`);
  expect(counts.agreedValid).toBeGreaterThan(histories / 20);
  expect(counts.agreedInvalid).toBeGreaterThan(histories / 20);
  if (complete) expect(counts.missed).toBe(0);
};

test(`list-append is serializable exactly when some order explains it (seed ${SEED})`, () => {
  compare("list-append", 4000, { consistency: ["serializable"] }, (h) => serializable(h, nothing), true);
});

test(`list-append is strict serializable exactly when some order in real time explains it (seed ${SEED})`, () => {
  compare("list-append", 4000, { consistency: ["strict-serializable"] }, (h) => serializable(h, realtime), true);
});

test(`list-append is strong session serializable exactly when some order of sessions explains it (seed ${SEED})`, () => {
  const claim = { consistency: ["strong-session-serializable"] };
  compare("list-append", 4000, claim, (h) => serializable(h, sessions), true);
});

for (const [model, order] of [
  ["strong-session-serializable", sessions],
  ["strict-serializable", realtime],
] as const) {
  const claim = { consistency: [model] };
  const holds = (h: TxnHistory): boolean => serializable(h, order);
  test(`where invocations are missing, list-append is ${model} exactly when some order explains it (seed ${SEED})`, () => {
    compare("list-append", 2000, claim, holds, true, false, halfKnown);
  });
  test(`where invocations are missing, no ${model} history of registers is ever refuted (seed ${SEED})`, () => {
    compare("rw-register", 2000, claim, holds, false, false, halfKnown);
  });
}

for (const [model, order] of [
  ["snapshot-isolation", nothing],
  ["strong-session-snapshot-isolation", sessions],
  ["strong-snapshot-isolation", realtime],
] as const) {
  test(`list-append has ${model} exactly when some starts and commits explain it (seed ${SEED})`, () => {
    compare("list-append", 2000, { consistency: [model] }, (h) => snapshotIsolated(h, order), true, true);
  });
}

test(`no serializable history of registers is ever refuted (seed ${SEED})`, () => {
  compare("rw-register", 3000, { consistency: ["serializable"] }, (h) => serializable(h, nothing), false);
  const wfr = { consistency: ["serializable"], wfrKeys: true };
  compare("rw-register", 3000, wfr, (h) => serializable(h, nothing), false);
});

test(`models of registers that are called refuted are, whatever was claimed (seed ${SEED})`, () => {
  const draws = new Draws(SEED);
  const definitions = [
    ["serializable", nothing],
    ["strong-session-serializable", sessions],
    ["strong-serializable", realtime],
  ] as const;
  const counts = { refuted: 0, held: 0, onlyRealTime: 0, plain: 0, claimed: 0 };
  for (let i = 0; i < 3000; i++) {
    const history = randomHistory(draws, "rw-register", false);
    const holds = new Map(definitions.map(([model, order]) => [model, serializable(history, order)]));
    for (const [claimed] of definitions) {
      const verdict = checkIsolation(history, { workload: "rw-register", consistency: [claimed] });
      const { not, alsoNot, strongest } = verdict.details;
      const refuted = [...not, ...alsoNot];
      for (const [model] of definitions) {
        expect(holds.get(model) === true && refuted.includes(model) ? [i, claimed, model] : null).toBeNull();
        expect(strongest.includes(model) && refuted.includes(model)).toBe(false);
        counts[refuted.includes(model) ? "refuted" : "held"]++;
      }
      if (not.join() === "strong-serializable") counts.onlyRealTime++;
      const plain = checkIsolation(history, { workload: "rw-register", consistency: [claimed], assumeClaim: false });
      if (plain.valid === "invalid") counts.plain++;
      if (verdict.valid === "invalid") counts.claimed++;
    }
  }
  process.stdout.write(`\nrw-register, what is refuted: ${JSON.stringify(counts)}\n`);
  expect(Math.min(counts.refuted, counts.held, counts.onlyRealTime)).toBeGreaterThan(20);
  expect(counts.claimed).toBeGreaterThan(counts.plain);
});

test(`no strict serializable history of registers is ever refuted, however versions are ordered (seed ${SEED})`, () => {
  const rules = { wfrKeys: true, sequentialKeys: true, linearizableKeys: true };
  compare(
    "rw-register",
    3000,
    { consistency: ["strict-serializable"], ...rules },
    (h) => serializable(h, realtime),
    false,
  );
});

test(`no strong session serializable history of registers is ever refuted (seed ${SEED})`, () => {
  const claim = { consistency: ["strong-session-serializable"], wfrKeys: true, sequentialKeys: true };
  compare("rw-register", 3000, claim, (h) => serializable(h, sessions), false);
});
