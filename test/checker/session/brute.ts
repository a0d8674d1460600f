/** The definitions, word for word, by trying every order. At most about eight operations. */

import type { History, Operation } from "../../../checker/history/operation.js";

type Relation = ReadonlySet<string>;
interface Facts {
  readonly ops: readonly Operation[];
  readonly so: (a: Operation, b: Operation) => boolean;
  /** The write that a read returned; null for the initial value. */
  readonly rf: ReadonlyMap<Operation, Operation | null>;
}

const so = (a: Operation, b: Operation): boolean => a.process === b.process && a.invoked < b.invoked;

const factsOf = (history: History): Facts => {
  const ops = history.operations.filter(
    (op) =>
      op.type === "ok" ||
      (op.f === "write" && history.operations.some((r) => r.f === "read" && r.key === op.key && r.result === op.value)),
  );
  const rf = new Map<Operation, Operation | null>();
  for (const read of ops) {
    if (read.f !== "read") continue;
    rf.set(read, ops.find((op) => op.f === "write" && op.key === read.key && op.value === read.result) ?? null);
  }
  return { ops, so, rf };
};

const isWrite = (op: Operation): boolean => op.f === "write";
const closure = (ops: readonly Operation[], base: (a: Operation, b: Operation) => boolean) => {
  const at = new Map(ops.map((op, i) => [op, i]));
  const reach = ops.map((a) => ops.map((b) => base(a, b)));
  for (const k of ops.keys()) {
    for (const i of ops.keys()) {
      for (const j of ops.keys()) if (reach[i]![k]! && reach[k]![j]!) reach[i]![j] = true;
    }
  }
  return (a: Operation, b: Operation): boolean => reach[at.get(a)!]![at.get(b)!]!;
};

/** Is there an order of `ops` that extends `before` and satisfies `good` at every prefix? */
const someOrder = (
  ops: readonly Operation[],
  before: (a: Operation, b: Operation) => boolean,
  good: (prefix: readonly Operation[]) => boolean,
): boolean => {
  const extend = (prefix: readonly Operation[]): boolean => {
    if (prefix.length === ops.length) return true;
    return ops.some((op) => {
      if (prefix.includes(op) || ops.some((a) => a !== op && !prefix.includes(a) && before(a, op))) return false;
      const next = [...prefix, op];
      return good(next) && extend(next);
    });
  };
  return extend([]);
};

const lastWrite = (prefix: readonly Operation[], key: string | null): Operation | null =>
  prefix.findLast((op) => isWrite(op) && op.key === key) ?? null;

/** What the rules make visible to a read, closed. */
const visibleTo = (read: Operation, rules: Relation, { ops, so, rf }: Facts): ReadonlySet<Operation> => {
  const visible = new Set<Operation>();
  const add = (op: Operation | null | undefined): void => void (op && visible.add(op));
  if (rules.has("ryw")) for (const op of ops) if (isWrite(op) && so(op, read)) add(op);
  if (rules.has("mr")) for (const op of ops) if (rf.has(op) && so(op, read)) add(rf.get(op));
  add(rf.get(read));
  for (let size = -1; size !== visible.size; ) {
    size = visible.size;
    for (const write of visible) {
      for (const op of ops) {
        if (!so(op, write)) continue;
        if (rules.has("mw") && isWrite(op)) add(op);
        if (rules.has("wfr") && rf.has(op)) add(rf.get(op));
      }
    }
  }
  return visible;
};

/** One order per key, shared by all, in which each read returned the last of what it had to see. */
const sharedOrder = (facts: Facts, rules: Relation): boolean => {
  const { ops, so, rf } = facts;
  const reads = [...rf.keys()];
  const visible = new Map(reads.map((read) => [read, visibleTo(read, rules, facts)]));
  return [...new Set(ops.map((op) => op.key))].every((key) => {
    const before = (a: Operation, b: Operation): boolean =>
      (rules.has("mw") && so(a, b)) ||
      (rules.has("wfr") && reads.some((read) => read.key === key && rf.get(read) === a && so(read, b))) ||
      reads.some((read) => read.key === key && rf.get(read) === b && visible.get(read)!.has(a));
    const stuck = reads.some(
      (read) => read.key === key && rf.get(read) === null && [...visible.get(read)!].some((op) => op.key === key),
    );
    const writes = ops.filter((op) => isWrite(op) && op.key === key);
    return (
      !stuck &&
      someOrder(
        writes,
        (a, b) => a !== b && before(a, b),
        () => true,
      )
    );
  });
};

const causalOrderOf = ({ ops, so, rf }: Facts) => closure(ops, (a, b) => so(a, b) || rf.get(b) === a);

export const BRUTE: { readonly [guarantee: string]: (history: History) => boolean } = {
  "read-your-writes": (history) => sharedOrder(factsOf(history), new Set(["ryw"])),
  "monotonic-reads": (history) => sharedOrder(factsOf(history), new Set(["mr"])),
  "monotonic-writes": (history) => sharedOrder(factsOf(history), new Set(["mr", "mw"])),
  "writes-follow-reads": (history) => {
    const facts = factsOf(history);
    const co = causalOrderOf(facts);
    return facts.ops.every((op) => !co(op, op)) && sharedOrder(facts, new Set(["mr", "wfr"]));
  },
  /** Every process can order all writes and its own reads, each session's in order. */
  pram: (history) => {
    const { ops, so, rf } = factsOf(history);
    return ops.every((viewer) =>
      someOrder(
        ops.filter((op) => isWrite(op) || op.process === viewer.process),
        so,
        (prefix) => explains(prefix, prefix.at(-1)!, rf),
      ),
    );
  },
  /** Of every read: its causal past can be ordered so that the read is right. */
  causal: (history) => {
    const facts = factsOf(history);
    const co = causalOrderOf(facts);
    if (facts.ops.some((op) => co(op, op))) return false;
    return facts.ops.every((read) => {
      if (!facts.rf.has(read)) return true;
      const past = facts.ops.filter((op) => co(op, read) || op === read);
      return someOrder(past, co, (prefix) => prefix.at(-1) !== read || explains(prefix, read, facts.rf));
    });
  },
  /** One order of all writes explains every read from its causal past. */
  "causal-convergence": (history) => {
    const facts = factsOf(history);
    const co = causalOrderOf(facts);
    if (facts.ops.some((op) => co(op, op))) return false;
    const reads = [...facts.rf.keys()];
    return someOrder(facts.ops.filter(isWrite), co, (prefix) => {
      if (prefix.length < facts.ops.filter(isWrite).length) return true;
      return reads.every(
        (read) =>
          lastWrite(
            prefix.filter((op) => co(op, read)),
            read.key,
          ) === facts.rf.get(read),
      );
    });
  },
  /** Every operation can order its causal past so that it and all earlier reads of its session are right. */
  "causal-memory": (history) => {
    const { ops, so, rf } = factsOf(history);
    const co = causalOrderOf({ ops, so, rf });
    if (ops.some((op) => co(op, op))) return false;
    return ops.every((last) =>
      someOrder(
        ops.filter((op) => co(op, last) || op === last),
        co,
        (prefix) => {
          const op = prefix.at(-1)!;
          return (op !== last && !so(op, last)) || explains(prefix, op, rf);
        },
      ),
    );
  },
};

/** If the last of the prefix is a read, it returned the last write of its key. */
const explains = (prefix: readonly Operation[], op: Operation, rf: Facts["rf"]): boolean =>
  !rf.has(op) || lastWrite(prefix, op.key) === rf.get(op);
