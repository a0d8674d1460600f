/**
 * A history seen as sessions: for every process what it wrote and whose write each of its reads returned.
 *
 * Columns over *nodes*. A read or a write is one node, a cas that succeeded is two (the read, then the write).
 * Nodes are numbered session by session, in the order of the session, so that "the first so many of session s" is a
 * range and a visible past is one number per session: a vector clock.
 */

import type { History, Operation } from "../history/operation.js";
import { INITIAL_ID, type Register, registersOf } from "../staleness/registers.js";

/** In `writer`: the read returned the initial value. */
export const FROM_INITIAL = -1;
/** In `writer`: the node is a write. */
export const IS_WRITE = -2;

export interface Sessions {
  /** Process of each session. */
  readonly processes: readonly number[];
  /** Nodes of session s: start[s] .. start[s + 1] - 1. */
  readonly start: Int32Array;
  /** Per node. */
  readonly session: Int32Array;
  readonly key: Int32Array;
  readonly writer: Int32Array;
  readonly op: readonly Operation[];
  readonly keys: number;
  readonly reads: number;
  readonly writes: number;
  /** Reads left out because no single write can be named. */
  readonly ambiguous: number;
  /** Reads left out because nobody wrote their value. */
  readonly unwritten: readonly Operation[];
}

/** What is known of one operation's read half: the write it returned, the initial value, several, or none. */
type Source = Operation | "initial" | "ambiguous" | "unwritten";

/** Every guarantee is asked of the same history, one after the other. */
const known = new WeakMap<History, Sessions>();

export const sessionsOf = (history: History): Sessions => {
  const found = known.get(history) ?? sessionsIn(history);
  known.set(history, found);
  return found;
};

const sessionsIn = (history: History): Sessions => {
  const registers = registersOf(history);
  const foreign = registers.some((register) => register.key === null && register.foreign.length > 0);
  const events = history.operations.reduce((most, { invoked }) => Math.max(most, invoked + 1), 0);
  const facts: Facts = {
    sources: Array.from<Source | null>({ length: events }).fill(null),
    keyOf: new Int32Array(events).fill(-1),
    observed: new Uint8Array(events),
    keys: registers.length,
  };
  for (const [key, register] of registers.entries()) {
    for (const op of register.writes) facts.keyOf[op.invoked] = key;
    for (const op of register.reads) facts.keyOf[op.invoked] = key;
    addSources(register, foreign || register.foreign.length > 0, facts);
  }
  return columns(history, facts);
};

const addSources = (register: Register, foreign: boolean, { sources, observed }: Facts): void => {
  const { reads, returned, writes, written, values, siblings } = register;
  // Per value: nobody yet, its one writer, or several. The initial value has no operation for a writer.
  const writers: Source[] = values.map((_, id) => (id === INITIAL_ID ? "initial" : "unwritten"));
  for (const [i, write] of writes.entries()) {
    const id = written[i] ?? INITIAL_ID;
    writers[id] = writers[id] === "unwritten" ? write : "ambiguous";
  }
  for (const [i, read] of reads.entries()) {
    const source = writers[returned[i] ?? INITIAL_ID] ?? "unwritten";
    sources[read.invoked] = foreign || siblings.has(i) ? "ambiguous" : source;
    if (typeof source !== "string") observed[source.invoked] = 1;
  }
};

/** By the index of an operation's invocation: a map of operations would take longer than all that is asked of it. */
interface Facts {
  /** null: it read nothing. */
  readonly sources: (Source | null)[];
  /** -1: neither a read nor a write that may have happened. */
  readonly keyOf: Int32Array;
  /** 1: a write that some read returned. */
  readonly observed: Uint8Array;
  readonly keys: number;
}

interface Node {
  readonly op: Operation;
  readonly source: Operation | "initial" | null;
}

const columns = (history: History, { sources, keyOf, observed, keys }: Facts): Sessions => {
  const bySession = new Map<number, Node[]>();
  const unwritten: Operation[] = [];
  let ambiguous = 0;
  for (const op of history.operations) {
    if ((keyOf[op.invoked] ?? -1) < 0) continue;
    let nodes = bySession.get(op.process);
    if (nodes === undefined) {
      nodes = [];
      bySession.set(op.process, nodes);
    }
    const source = sources[op.invoked] ?? null;
    if (source === "ambiguous") ambiguous++;
    else if (source === "unwritten") unwritten.push(op);
    else if (source !== null) nodes.push({ op, source });
    // An indefinite write that no read returned may never have happened, and then constrains nothing.
    if (op.f !== "read" && (op.type === "ok" || observed[op.invoked] === 1)) nodes.push({ op, source: null });
  }
  const all = [...bySession.values()].flat();
  const nodeOfWrite = new Int32Array(keyOf.length).fill(FROM_INITIAL);
  let writes = 0;
  for (const [node, { op, source }] of all.entries()) {
    if (source !== null) continue;
    nodeOfWrite[op.invoked] = node;
    writes++;
  }
  const start = new Int32Array(bySession.size + 1);
  const session = new Int32Array(all.length);
  let next = 0;
  for (const [s, nodes] of [...bySession.values()].entries()) {
    session.fill(s, next, next + nodes.length);
    next += nodes.length;
    start[s + 1] = next;
  }
  const writer = Int32Array.from(all, ({ source }) =>
    source === null ? IS_WRITE : source === "initial" ? FROM_INITIAL : (nodeOfWrite[source.invoked] ?? FROM_INITIAL),
  );
  return {
    processes: [...bySession.keys()],
    start,
    session,
    key: Int32Array.from(all, ({ op }) => keyOf[op.invoked] ?? 0),
    writer,
    op: all.map(({ op }) => op),
    keys,
    reads: all.length - writes,
    writes,
    ambiguous,
    unwritten,
  };
};

/** The writes that a session's items stand for, on one key, by the node at which each became the session's. */
export interface Stream {
  readonly session: number;
  readonly at: number[];
  readonly write: number[];
}

/** Per key and session: its own writes (`own`), or the writes that its reads returned (`read`). */
export const streamsOf = (sessions: Sessions, kind: "own" | "read"): readonly (readonly Stream[])[] => {
  const byKey: Stream[][] = Array.from({ length: sessions.keys }, () => []);
  for (const [node, writer] of sessions.writer.entries()) {
    const write = kind === "own" && writer === IS_WRITE ? node : kind === "read" && writer >= 0 ? writer : -1;
    if (write < 0) continue;
    const streams = byKey[sessions.key[node] ?? 0];
    const session = sessions.session[node] ?? 0;
    let stream = streams?.at(-1);
    if (stream?.session !== session) {
      stream = { session, at: [], write: [] };
      streams?.push(stream);
    }
    stream.at.push(node);
    stream.write.push(write);
  }
  return byKey;
};
