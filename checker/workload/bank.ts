/** Money moves between accounts: does every read of all accounts find the same total? (Jepsen's bank test) */

import { isList } from "../history/canonical.js";
import type { Json } from "../history/event.js";
import type { History, Operation } from "../history/operation.js";
import type { Verdict } from "../verdict.js";
import { counted, SAMPLES_MAX, unknown, witnessOf } from "./evidence.js";

export interface BankOptions {
  readonly accounts: readonly string[];
  /** Sum of all balances, at any time. */
  readonly total: number;
  /** May a balance be negative? */
  readonly negative: boolean;
}

export const BANK_ERRORS = [
  "not-balances",
  "unexpected-account",
  "missing-balance",
  "wrong-total",
  "negative-balance",
] as const;
export type BankErrorKind = (typeof BANK_ERRORS)[number];

export interface BankError {
  readonly kind: BankErrorKind;
  readonly invoked: number;
  readonly completed: number | null;
  readonly node: string | null;
  /** Sum of the balances that were read; null where they cannot be added up. */
  readonly total: number | null;
  readonly value: Json;
  readonly because: string;
}

export interface BankDetails {
  readonly reads: number;
  readonly transfers: { readonly ok: number; readonly info: number; readonly fail: number };
  readonly total: number;
  readonly errorCount: number;
  readonly counts: { readonly [kind: string]: number };
  readonly first: BankError | null;
  readonly last: BankError | null;
  /** The wrong total furthest from the right one, and the lowest and highest totals that were read. */
  readonly worst: BankError | null;
  readonly lowest: number | null;
  readonly highest: number | null;
  readonly samples: readonly BankError[];
}

/**
 * Judges every ok `read`: an object account -> balance. An account that is not the bank's, one without a balance, a
 * sum other than the total, and (unless allowed) a negative balance are errors. Sound where transfers are atomic and
 * move money between accounts only: then every state has these properties, whether or not a transfer without an answer
 * took effect. Not complete: a read of a state that never was, with the right total, passes.
 */
export const checkBank = (history: History, options: BankOptions): Verdict<BankDetails> => {
  const reads = history.operations.filter(({ f, type }) => f === "read" && type === "ok");
  const totals: number[] = [];
  const errors: BankError[] = [];
  for (const op of reads) {
    const { total, errors: found } = errorsOf(op, options);
    if (total !== null) totals.push(total);
    errors.push(...found);
  }
  const details = detailsOf(history, options, { reads: reads.length, totals, errors });
  const checker = "bank";
  if (reads.length === 0) return unknown(checker, "the accounts were never read", details);
  const [first] = errors;
  if (first === undefined) {
    const because = `${counted(reads.length, "read")} of ${counted(options.accounts.length, "account")} found ${options.total} in total`;
    return { valid: "valid", checker, because, witness: [], details };
  }
  const bad = new Set(errors.map(({ invoked }) => invoked));
  const kinds = Object.entries(details.counts).map(([kind, count]) => `${kind} ${count} times`);
  return {
    valid: "invalid",
    checker,
    because: `${bad.size} of ${counted(reads.length, "read")} found what no transfer can lead to (${kinds.join(", ")}). ${(details.worst ?? first).because}`,
    witness: witnessOf(reads.filter(({ invoked }) => bad.has(invoked))),
    details,
  };
};

const errorsOf = (
  op: Operation,
  { accounts, total: expected, negative }: BankOptions,
): { readonly total: number | null; readonly errors: readonly BankError[] } => {
  const balances = balancesOf(op.result);
  const { invoked, completed, node, result: value } = op;
  const error = (kind: BankErrorKind, why: string, total: number | null): BankError => ({
    kind,
    invoked,
    completed,
    node,
    total,
    value,
    because: `The read at ${completed ?? invoked} ${why}`,
  });
  if (balances === null) {
    return { total: null, errors: [error("not-balances", `returned ${JSON.stringify(value)}, no balances`, null)] };
  }
  const unexpected = [...balances.keys()].filter((account) => !accounts.includes(account));
  const missing = accounts.filter((account) => typeof balances.get(account) !== "number");
  const numbers = [...balances.values()].filter((balance) => typeof balance === "number");
  const total = missing.length > 0 ? null : numbers.reduce((sum, balance) => sum + balance, 0);
  const below = accounts.filter((account) => Number(balances.get(account) ?? 0) < 0);
  const errors: BankError[] = [];
  if (unexpected.length > 0)
    errors.push(error("unexpected-account", `found ${unexpected.join(", ")}, nobody's`, total));
  if (missing.length > 0) errors.push(error("missing-balance", `found no balance of ${missing.join(", ")}`, total));
  if (total !== null && total !== expected)
    errors.push(error("wrong-total", `found ${total} in total, expected ${expected}`, total));
  if (!negative && below.length > 0)
    errors.push(error("negative-balance", `found a negative balance of ${below.join(", ")}`, total));
  return { total, errors };
};

/** null where it is no object of balances. */
const balancesOf = (value: Json): ReadonlyMap<string, Json> | null =>
  value === null || typeof value !== "object" || isList(value) ? null : new Map(Object.entries(value));

const detailsOf = (
  history: History,
  { total }: BankOptions,
  found: { readonly reads: number; readonly totals: readonly number[]; readonly errors: readonly BankError[] },
): BankDetails => {
  const { reads, totals, errors } = found;
  const transfers = history.operations.filter(({ f }) => f === "transfer");
  const count = (type: Operation["type"]): number => transfers.filter((op) => op.type === type).length;
  const counts = BANK_ERRORS.map((kind) => [kind, errors.filter((error) => error.kind === kind).length] as const);
  const off = (error: BankError | null): number => Math.abs((error?.total ?? total) - total);
  let worst: BankError | null = null;
  for (const error of errors) if (error.kind === "wrong-total" && off(error) > off(worst)) worst = error;
  const extreme = (pick: (a: number, b: number) => number): number | null =>
    totals.length === 0 ? null : totals.reduce(pick);
  return {
    reads,
    transfers: { ok: count("ok"), info: count("info"), fail: count("fail") },
    total,
    errorCount: errors.length,
    counts: Object.fromEntries(counts.filter(([, times]) => times > 0)),
    first: errors[0] ?? null,
    last: errors.at(-1) ?? null,
    worst,
    lowest: extreme((a, b) => Math.min(a, b)),
    highest: extreme((a, b) => Math.max(a, b)),
    samples: errors.slice(0, SAMPLES_MAX),
  };
};
