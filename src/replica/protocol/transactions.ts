/**
 * Transactions at the leader: each goes through its micro-operations one by one, with time in between in which others
 * do theirs, and commits at the end in one step of the core.
 *
 * Until then its writes are its own: a commit puts all of them into the state at once, and an abort forgets them. What
 * the levels of isolation differ in is what a transaction sees of others, and what it locks: see `LEVELS`. The order of
 * commits is the leader's order of writes, and the order of versions of every key.
 */

import type { DoneMicroOp, Isolation, Json, MicroOp, Reply } from "../wire.js";
import { draw } from "./draw.js";
import { Locks, type LocksChanged } from "./locks.js";
import { isReadThenWrite, isWrite, runMicroOp } from "./micro-op.js";
import type { Effect, Members } from "./protocol.js";

interface Level {
  /** What a read finds that finds no write of its own transaction. */
  readonly sees: "committed" | "committed at the start" | "uncommitted";
  readonly locks: "reads and writes" | "writes" | "nothing";
}

/**
 * serializable: strict two-phase locking (Eswaran, Gray, Lorie and Traiger 1976, "The Notions of Consistency and
 * Predicate Locks in a Database System"): nobody writes what a transaction has read or written until it ends, so all
 * could have run one by one in the order of their commits.
 *
 * snapshot: first committer wins (Berenson et al. 1995, "A Critique of ANSI SQL Isolation Levels", section 4.2): a
 * transaction that wants to commit a key which somebody wrote after its start is aborted.
 *
 * read-committed and read-uncommitted: degrees 2 and 1 of Gray, Lorie, Putzolu and Traiger 1976, "Granularity of Locks
 * and Degrees of Consistency in a Shared Data Base". What is written and not committed cannot be overwritten; a read
 * locks nothing, and what it found may have changed when the same transaction writes.
 */
const LEVELS: { readonly [isolation in Isolation]: Level } = {
  serializable: { sees: "committed", locks: "reads and writes" },
  snapshot: { sees: "committed at the start", locks: "nothing" },
  "read-committed": { sees: "committed", locks: "writes" },
  "read-uncommitted": { sees: "uncommitted", locks: "writes" },
};

const STEP_DELAY_MS = [0.2, 2] as const;

interface Transaction {
  readonly id: number;
  readonly age: number;
  readonly ops: readonly MicroOp[];
  /** Keys that it writes in one of its steps: they are locked exclusively from the first step that touches them. */
  readonly writes: ReadonlySet<string>;
  readonly done: DoneMicroOp[];
  readonly written: Map<string, Json>;
  /** What the first half of an `add` or a `pop` found. */
  found: { readonly value: Json } | null;
  /** What others have replaced since it began. What is not here is as it was then. */
  readonly replaced: Map<string, Json>;
  /** When its next step comes; meaningless while it waits for a lock. */
  dueMs: number;
}

/** What is answered to request `id`, when all of the writes are as durable as the configuration wants them. */
export interface Commit {
  readonly id: number;
  readonly writes: readonly { readonly key: string; readonly value: Json }[];
  readonly reply: Reply;
}

/** One step of the core: its time, and what comes of it. */
interface Turn {
  readonly nowMs: number;
  readonly effects: Effect[];
}

export interface TransactionsOptions {
  readonly isolation: Isolation;
  readonly stepDelayMs: readonly [number, number] | undefined;
  readonly members: Members;
  /** The committed value. */
  readonly read: (key: string) => Json;
  /** All of it or nothing; tells `replacing` of each key. */
  readonly commit: (commit: Commit, nowMs: number, effects: Effect[]) => void;
}

export class Transactions {
  readonly timer = "txn-step";
  readonly #options: TransactionsOptions;
  readonly #level: Level;
  readonly #locks = new Locks<Transaction>();
  readonly #active = new Set<Transaction>();
  /** Those that wait for nothing but their next step, the next one first. */
  readonly #due: Transaction[] = [];
  #armedForMs = Number.POSITIVE_INFINITY;
  #ages = 0;
  #draws = 0;

  constructor(options: TransactionsOptions) {
    this.#options = options;
    this.#level = LEVELS[options.isolation];
  }

  begin(id: number, ops: readonly MicroOp[], nowMs: number, effects: Effect[]): void {
    const txn: Transaction = {
      id,
      age: this.#ages++,
      ops,
      writes: new Set(ops.filter(isWrite).map(([, key]) => key)),
      done: [],
      written: new Map(),
      found: null,
      replaced: new Map(),
      dueMs: nowMs,
    };
    this.#active.add(txn);
    this.#step(txn, { nowMs, effects });
    this.#arm({ nowMs, effects });
  }

  /** To be called when the timer fires. */
  look(nowMs: number, effects: Effect[]): void {
    this.#armedForMs = Number.POSITIVE_INFINITY;
    for (;;) {
      const [txn] = this.#due;
      if (txn === undefined || txn.dueMs > nowMs) break;
      this.#due.shift();
      this.#step(txn, { nowMs, effects });
    }
    this.#arm({ nowMs, effects });
  }

  /** Before a single write: it waits for no transaction, those that hold the key must go. */
  seize(key: string, nowMs: number, effects: Effect[]): void {
    this.#settle(this.#locks.seize(key), `a single write needed ${key}`, { nowMs, effects });
    this.#arm({ nowMs, effects });
  }

  /** All of them end here and did nothing: this node leads no more. */
  abandon(each: (id: number) => void): void {
    for (const txn of this.#active) {
      this.#locks.release(txn);
      each(txn.id);
    }
    this.#active.clear();
    this.#due.length = 0;
  }

  /** The committed value of a key is about to be replaced. */
  replacing(key: string, value: Json): void {
    if (this.#level.sees !== "committed at the start") return;
    for (const { replaced } of this.#active) if (!replaced.has(key)) replaced.set(key, value);
  }

  #step(txn: Transaction, turn: Turn): void {
    const op = txn.ops[txn.done.length];
    if (op === undefined) {
      this.#commit(txn, turn);
      return;
    }
    const [, key] = op;
    // What reads and then writes takes two steps, at every level: in between others do theirs, if no lock keeps them.
    const writes = isWrite(op) && (txn.found !== null || !isReadThenWrite(op));
    if (!this.#lock(txn, key, writes, turn)) return;
    if (!writes && isWrite(op)) {
      txn.found = { value: this.#see(txn, key) };
      this.#schedule(txn, turn);
      return;
    }
    const seen = txn.found === null ? this.#see(txn, key) : txn.found.value;
    txn.found = null;
    const ran = runMicroOp(op, seen);
    if (!ran.ok) {
      this.#end(txn, refusal("mismatch", ran.why), turn);
      return;
    }
    if (ran.write !== null) txn.written.set(key, ran.write.value);
    txn.done.push(ran.done);
    this.#schedule(txn, turn);
  }

  /** false: it waits, and does this step again when it has got the lock. */
  #lock(txn: Transaction, key: string, writes: boolean, turn: Turn): boolean {
    const { locks } = this.#level;
    if (locks === "nothing" || (locks === "writes" && !writes)) return true;
    const request = this.#locks.request(txn, key, txn.writes.has(key));
    this.#settle(request, `an older transaction needed ${key}`, turn);
    return request.granted;
  }

  #see(txn: Transaction, key: string): Json {
    const { sees } = this.#level;
    const own = txn.written.get(key);
    if (own !== undefined) return own;
    const before = txn.replaced.get(key);
    if (before !== undefined) return before;
    const uncommitted = sees === "uncommitted" ? this.#locks.exclusiveHolder(key)?.written.get(key) : undefined;
    return uncommitted === undefined ? this.#options.read(key) : uncommitted;
  }

  #commit(txn: Transaction, turn: Turn): void {
    // Only kept where the level sees a snapshot; everywhere else a lock keeps others from what is written here.
    const taken = [...txn.written.keys()].find((key) => txn.replaced.has(key));
    if (taken !== undefined) {
      this.#end(txn, refusal("conflict", `${taken} was written since the transaction began`), turn);
      return;
    }
    const reply: Reply = { ok: true, value: txn.done };
    if (txn.written.size === 0) this.#end(txn, reply, turn);
    else {
      const writes = [...txn.written].map(([key, value]) => ({ key, value }));
      this.#forget(txn, turn);
      this.#options.commit({ id: txn.id, writes, reply }, turn.nowMs, turn.effects);
    }
  }

  #end(txn: Transaction, reply: Reply, turn: Turn): void {
    this.#forget(txn, turn);
    turn.effects.push({ is: "reply", id: txn.id, reply });
  }

  #forget(txn: Transaction, turn: Turn): void {
    this.#active.delete(txn);
    for (const woken of this.#locks.release(txn)) this.#schedule(woken, turn);
  }

  /** The wounded are aborted, the woken go on. */
  #settle({ wounded, woken }: LocksChanged<Transaction>, why: string, turn: Turn): void {
    for (const txn of wounded) {
      const at = this.#due.indexOf(txn);
      if (at !== -1) this.#due.splice(at, 1);
      this.#end(txn, refusal("conflict", why), turn);
    }
    for (const txn of woken) this.#schedule(txn, turn);
  }

  #schedule(txn: Transaction, { nowMs }: Turn): void {
    const [lowMs, highMs] = this.#options.stepDelayMs ?? STEP_DELAY_MS;
    const { seed, self } = this.#options.members;
    txn.dueMs = nowMs + lowMs + (highMs - lowMs) * draw(seed, this.#draws++, `txn ${self}`);
    let at = this.#due.length;
    while (at > 0 && (this.#due[at - 1]?.dueMs ?? 0) > txn.dueMs) at--;
    this.#due.splice(at, 0, txn);
  }

  #arm({ nowMs, effects }: Turn): void {
    const [first] = this.#due;
    if (first === undefined || first.dueMs >= this.#armedForMs) return;
    this.#armedForMs = first.dueMs;
    effects.push({ is: "timer", name: this.timer, afterMs: first.dueMs - nowMs });
  }
}

function refusal(error: "conflict" | "mismatch", message: string): Reply {
  return { ok: false, error, message };
}
