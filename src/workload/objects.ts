/** Operations of one shared object each, and the transactions that do them: bank, ids, counters, sets, queues. */

import type { Json } from "../../checker/history/event.js";
import { limit, untilOk, untilSeen } from "../generator/bounds.js";
import { each, type Op, type Pick, repeatOp } from "../generator/each.js";
import type { Generator } from "../generator/generator.js";
import { below } from "../generator/random.js";
import { eachThread } from "../generator/threads.js";
import { type Dialect, found, type TxnStep } from "../generator/txn.js";
import type { BankWorkload } from "./options.js";

const op = (f: string, value: Json = null): Op => ({ f, key: null, value });
const unknownTo = (what: string, f: string): Error => new Error(`${what} does not know the operation ${f}`);

/** A look at everything by every thread, tried again where it fails. */
const ATTEMPTS_MAX = 3;
export const finalLooks = (): Generator => eachThread(untilOk(limit(ATTEMPTS_MAX, repeatOp(op("read")))));
/** Every thread takes out until it finds nothing. */
const DRAIN_MAX = 100_000;
export const finalDrain = (): Generator =>
  eachThread(untilSeen(limit(DRAIN_MAX, repeatOp(op("dequeue"))), (value) => value === null));

export const accountsOf = ({ accounts }: BankWorkload): readonly string[] =>
  Array.from({ length: accounts }, (_, i) => `a${i}`);

/** Half transfers of 1 .. maxTransfer between two accounts, half reads of all. */
export const bankOps = (config: BankWorkload, seed: number): Generator =>
  each(seed, (_, pick) => {
    if (pick("f") < 0.5) return op("read");
    const from = below(pick("from"), config.accounts);
    const to = (from + 1 + below(pick("to"), config.accounts - 1)) % config.accounts;
    return op("transfer", { from: `a${from}`, to: `a${to}`, amount: 1 + below(pick("amount"), config.maxTransfer) });
  });

/**
 * The store holds what an account has gained since the beginning, when the first had everything: so nobody must pay in
 * first, and a payment without an answer cannot come late.
 */
export function bankDialect(config: BankWorkload): Dialect {
  const accounts = accountsOf(config);
  const initially = (account: string): number => (account === accounts[0] ? config.total : 0);
  return {
    steps: (f, value) => {
      if (f === "read") return accounts.map((account): TxnStep => ["r", account, null]);
      if (f !== "transfer") throw unknownTo("the bank", f);
      const { from, to, amount } = transferOf(value);
      const take: TxnStep = config.negative ? ["add", from, -amount] : ["add", from, -amount, -initially(from) || 0];
      return [take, ["add", to, amount]];
    },
    result: (f, value, done) => {
      if (f !== "read") return value;
      const balance = (account: string, i: number): Json => {
        const gained = found(done, i) ?? 0;
        return typeof gained === "number" ? gained + initially(account) : gained;
      };
      return Object.fromEntries(accounts.map((account, i) => [account, balance(account, i)]));
    },
  };
}

function transferOf(value: Json): { readonly from: string; readonly to: string; readonly amount: number } {
  if (value !== null && typeof value === "object" && "from" in value && "to" in value && "amount" in value) {
    const { from, to, amount } = value;
    if (typeof from === "string" && typeof to === "string" && typeof amount === "number") return { from, to, amount };
  }
  throw new Error(`a transfer is { from, to, amount }, got ${JSON.stringify(value)}`);
}

export const idOps = (): Generator => repeatOp(op("generate"));

export const idDialect: Dialect = {
  steps: () => [
    ["add", "ids", 1],
    ["r", "ids", null],
  ],
  result: (_, __, done) => found(done, 1),
};

/** Half additions of 1 .. 5 (with `signs` half of them negative), half reads. */
export const counterOps = (seed: number, signs: boolean): Generator =>
  each(seed, (_, pick) => {
    if (pick("f") < 0.5) return op("read");
    const amount = 1 + below(pick("amount"), 5);
    return op("add", signs && pick("sign") < 0.5 ? -amount : amount);
  });

export const counterDialect: Dialect = {
  steps: (f, value) => {
    if (f === "read") return [["r", "counter", null]];
    if (f !== "add" || typeof value !== "number") throw unknownTo("the counter", f);
    return [["add", "counter", value]];
  },
  result: (f, value, done) => (f === "read" ? (found(done, 0) ?? 0) : value),
};

/** A set is kept in parts: every addition rewrites one, so none may become long. */
const PARTS = 16;
/** Every read carries the whole set, so there are few. */
const SET_READS = 0.1;

/** Elements 0, 1, 2, ..., and now and then a read. */
export const setOps = (seed: number): Generator =>
  each(seed, (n, pick) => (pick("f") < SET_READS ? op("read") : op("add", n)));

/** Neighbours share a part, so that additions under way at the same time get into each other's way. */
const NEIGHBOURS = 4;
const partOf = (element: Json): string =>
  `set${typeof element === "number" ? Math.floor(element / NEIGHBOURS) % PARTS : 0}`;

export const setDialect: Dialect = {
  steps: (f, value) => {
    if (f === "read") return Array.from({ length: PARTS }, (_, i): TxnStep => ["r", `set${i}`, null]);
    if (f !== "add") throw unknownTo("the set", f);
    return [["include", partOf(value), value]];
  },
  result: (f, value, done) => (f === "read" ? done.flatMap((_, i) => found(done, i) ?? []) : value),
};

/** Elements 0, 1, 2, ... go in, and half of the operations take out: so it is empty now and then. */
export const queueOps = (seed: number): Generator =>
  each(seed, (n, pick: Pick) => (pick("f") < 0.5 ? op("dequeue") : op("enqueue", n)));

export const queueDialect: Dialect = {
  steps: (f, value) => {
    if (f === "dequeue") return [["pop", "queue"]];
    if (f !== "enqueue") throw unknownTo("the queue", f);
    return [["append", "queue", value]];
  },
  result: (f, value, done) => (f === "dequeue" ? found(done, 0) : value),
};
