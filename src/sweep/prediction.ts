/**
 * How many reads should be stale? Probabilistically bounded staleness (Bailis et al., VLDB 2012) for a store whose
 * coordinators are replicas themselves: the WARS model in which messages of a node to itself take no time.
 *
 * Pure. The prediction is of the very reads that were measured: each by the time since the write before it, and by
 * whether the same node coordinated both.
 */

import { draw } from "../generator/random.js";
import { boundReads, UNWRITTEN } from "../../checker/staleness/per-read.js";
import { registersOf } from "../../checker/staleness/registers.js";
import { endOf, type History, type Operation } from "../../checker/history/operation.js";
import { countAtMost, type RoundTrip } from "./round-trips.js";
import { wayThere } from "./way-there.js";

/**
 * A read that began after a write of its key was acknowledged, and that write overlapped no other: so what the read
 * returned is either that write's value, or newer, or stale. Of writes that overlap nobody knows which came last.
 */
export interface ReadAfterWrite {
  /** From the latest acknowledged write's completion to the read's beginning. */
  readonly sinceMs: number;
  /** Did one node coordinate both? */
  readonly sameNode: boolean;
  readonly fresh: boolean;
}

export function readsAfterWrites(history: History): readonly ReadAfterWrite[] {
  return registersOf(history).flatMap((register) => {
    // Not what another read saw of a write under way: the model knows acknowledged writes only.
    const { overwriter } = boundReads(register, { readsProve: false });
    const alone = writesAlone(register.writes);
    const writes = register.writes
      .filter(({ type, completed }) => type === "ok" && completed !== null)
      .toSorted((a, b) => (a.completed ?? 0) - (b.completed ?? 0));
    let next = 0;
    return register.reads.flatMap((read, i): readonly ReadAfterWrite[] => {
      while ((writes[next]?.completed ?? Number.POSITIVE_INFINITY) < read.invoked) next++;
      const last = writes[next - 1];
      const found = overwriter[i] ?? UNWRITTEN;
      if (last === undefined || !alone.has(last) || found === UNWRITTEN || read.f !== "read") return [];
      const sinceMs = Math.max(0, (read.invokedTime - (last.completedTime ?? 0)) / 1e6);
      return [{ sinceMs, sameNode: read.node === last.node, fresh: found < 0 }];
    });
  });
}

/** Of writes in order of their invocation those that overlap no other. One that never completed overlaps all later ones. */
function writesAlone(writes: readonly Operation[]): ReadonlySet<Operation> {
  const alone = new Set<Operation>();
  let latestEnd = -1;
  for (const [i, write] of writes.entries()) {
    const next = writes[i + 1]?.invoked ?? Number.POSITIVE_INFINITY;
    const end = endOf(write);
    if (latestEnd < write.invoked && next > end) alone.add(write);
    latestEnd = Math.max(latestEnd, end);
  }
  return alone;
}

export interface QuorumModel {
  readonly replicas: number;
  readonly readQuorum: number;
  readonly writeQuorum: number;
  /** A write to another replica and its acknowledgement. */
  readonly writeTrip: RoundTrip;
  /** A question to another replica and its answer, half of it each way. */
  readonly readTrip: RoundTrip;
  /** Between client and coordinator, there and back: so much later than it looks a read arrives. */
  readonly hopMs: number;
  /** A replica shows a write at once, and acknowledges it so much later, once it is on its disk. */
  readonly disk: RoundTrip;
  readonly seed: number;
}

const TRIALS = 20_000;

/**
 * Share of these reads, 0..1, that miss the latest acknowledged write. Assumed: no fault, no read repair, one write at a
 * time, replicas that are alike.
 */
export function predictStale(model: QuorumModel, reads: readonly ReadAfterWrite[]): number {
  const { writeTrip, readTrip, disk, seed } = model;
  // A node says nothing after a write until that is on its disk; it shows on arrival.
  const backs = Float64Array.from(
    { length: SUMS },
    (_, i) => disk(draw(seed, i, "disk")) + readTrip(draw(seed, i, "back")),
  );
  const back = backs.sort();
  const ways: Ways = { there: wayThere(writeTrip, back), back: (u) => back[Math.floor(u * SUMS)] ?? 0 };
  const needed = Float64Array.from({ length: TRIALS }, (_, trial) => neededMs(model, ways, trial)).sort();
  let missed = 0;
  for (const { sinceMs, sameNode } of reads) {
    // Its coordinator stored the write before it acknowledged it, and always counts as one of the quorum.
    if (!sameNode) missed += 1 - countAtMost(needed, sinceMs + model.hopMs) / TRIALS;
  }
  return reads.length === 0 ? 0 : missed / reads.length;
}

const SUMS = 4000;

/** Of a write's round trip: until it shows, and from then until it is acknowledged. */
interface Ways {
  readonly there: RoundTrip;
  readonly back: RoundTrip;
}

/** How long after the acknowledgement a read by another coordinator has to come, in one draw of all delays. */
function neededMs(model: QuorumModel, { there, back }: Ways, trial: number): number {
  const { replicas, readQuorum, writeQuorum, readTrip, seed } = model;
  const u = (label: string): number => draw(seed, trial, label);
  // Replica 0 coordinates the write, replica 1 the read.
  const arrival: number[] = [0];
  const acknowledged: number[] = [0];
  for (let i = 1; i < replicas; i++) {
    // A write sets out once it is on the first disk.
    const shows = there(u(`write ${i}`));
    arrival.push(shows);
    acknowledged.push(shows + back(u(`ack ${i}`)));
  }
  const done = acknowledged.toSorted((a, b) => a - b)[writeQuorum - 1] ?? 0;
  const others = Array.from({ length: replicas }, (_, i) => ({
    i,
    tripMs: readTrip(u(`read ${i}`)),
    tie: u(`tie ${i}`),
  }));
  const fastest = others.filter(({ i }) => i !== 1).toSorted((a, b) => a.tripMs - b.tripMs || a.tie - b.tie);
  // The reader's coordinator looks at its own state first, at once.
  const first = [{ i: 1, tripMs: 0 }, ...fastest.slice(0, readQuorum - 1)];
  return Math.max(0, Math.min(...first.map(({ i, tripMs }) => (arrival[i] ?? 0) - done - tripMs / 2)));
}
