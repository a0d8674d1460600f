/**
 * A small, slow, obviously right check of one register with compare-and-set, for the tests of this folder alone: does
 * an order of all operations exist that respects real time and explains every answer? (Wing and Gong 1993, with the
 * states that were already tried remembered.)
 */

import { type HistoryEvent, type Operation, pairEvents } from "../../../checker/index.js";

export interface RegisterOp {
  readonly f: "read" | "write" | "cas";
  readonly key: string;
  /** read: what was returned; write: what was written; cas: what was to be written. null: never written. */
  readonly value: number | null;
  /** cas: what was expected. */
  readonly from?: number | null;
  /** ok; a cas that found something else than `from`; nobody knows. An operation that never happened is left out. */
  readonly type: "ok" | "mismatch" | "info";
  readonly invokedMs: number;
  /** Infinity where nobody knows. */
  readonly completedMs: number;
}

/** Of a history of reads, writes and cas: what happened, or may have. Times are places in it. */
export function registerOps(events: readonly HistoryEvent[]): readonly RegisterOp[] {
  return pairEvents(events).operations.flatMap((op) => {
    const { f, key, type, error, invoked, completed } = op;
    if (key === null || !(f === "read" || f === "write" || f === "cas")) return [];
    if (type === "fail" && error !== "mismatch") return [];
    const times = { key, invokedMs: invoked, completedMs: completed ?? Number.POSITIVE_INFINITY };
    return [{ f, ...valuesOf(op), ...times, type: type === "fail" ? "mismatch" : type }];
  });
}

function valuesOf({ f, value, result }: Operation): Pick<RegisterOp, "value" | "from"> {
  if (f === "read") return { value: result as number | null };
  if (f === "write") return { value: value as number };
  const [from, to] = value as [number, number];
  return { from, value: to };
}

export function isLinearizable(operations: readonly RegisterOp[]): boolean {
  const keys = new Set(operations.map(({ key }) => key));
  return [...keys].every((key) => isRegister(operations.filter((op) => op.key === key)));
}

function isRegister(all: readonly RegisterOp[]): boolean {
  // A read that nobody got an answer to says nothing.
  const ops = all
    .filter(({ f, type }) => f !== "read" || type === "ok")
    .map((op) => (op.type === "info" ? { ...op, completedMs: Number.POSITIVE_INFINITY } : op))
    .sort((a, b) => a.invokedMs - b.invokedMs);
  const tried = new Set<string>();
  const search = (done: bigint, value: number | null): boolean => {
    const state = `${done} ${value}`;
    if (tried.has(state)) return false;
    tried.add(state);
    let firstEndMs = Number.POSITIVE_INFINITY;
    ops.forEach((op, i) => {
      if ((done & (1n << BigInt(i))) === 0n) firstEndMs = Math.min(firstEndMs, op.completedMs);
    });
    // All that is left is what nobody knows of: it need not have happened.
    if (firstEndMs === Number.POSITIVE_INFINITY) return true;
    for (const [i, op] of ops.entries()) {
      if (op.invokedMs > firstEndMs) break;
      if ((done & (1n << BigInt(i))) !== 0n) continue;
      const next = apply(op, value);
      if (next !== undefined && search(done | (1n << BigInt(i)), next)) return true;
    }
    return false;
  };
  return search(0n, null);
}

/** The register's next value; undefined if the operation cannot have had its answer here. */
function apply(op: RegisterOp, value: number | null): number | null | undefined {
  if (op.f === "write") return op.value;
  if (op.f === "read") return op.value === value ? value : undefined;
  if (op.type === "mismatch") return op.from === value ? undefined : value;
  return op.from === value ? op.value : undefined;
}
