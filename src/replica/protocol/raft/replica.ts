/**
 * What a node of the raft protocol has: its term and vote, its log, the state that the committed part of it comes to,
 * and the snapshot that stands for the part of the log that is gone. Whatever must survive is persisted here.
 */

import type { Json, NodeName, Reply } from "../../wire.js";
import type { bugsOf } from "../bugs.js";
import { isArray, isCount, isObject } from "../json.js";
import type { Effect } from "../protocol.js";
import { Entries } from "./entries.js";
import { Machine } from "./machine.js";
import { type Entry, isEntry, isSnapshot, type Snapshot } from "./message.js";

export interface ReplicaOptions {
  readonly voters: readonly NodeName[];
  /** Committed entries between two snapshots. */
  readonly snapshotEvery: number;
  readonly bug: ReturnType<typeof bugsOf>;
}

/** Of the entries that a snapshot stands for, this part of `snapshotEvery` stays, for followers that lag a little. */
const KEPT = 1 / 4;

type Applied = (entry: Entry, reply: Reply) => void;

export class Replica {
  readonly entries: Entries;
  readonly machine = new Machine();
  readonly #options: ReplicaOptions;
  #term = 0;
  #vote: NodeName | null = null;
  #commit = 0;
  #snapshot: Snapshot;

  constructor(options: ReplicaOptions) {
    this.#options = options;
    this.entries = new Entries(options.voters);
    this.#snapshot = { at: 0, term: 0, voters: options.voters, state: this.machine.encode() };
  }

  get term(): number {
    return this.#term;
  }

  get vote(): NodeName | null {
    return this.#vote;
  }

  /** All entries up to here are committed, and applied. */
  get commit(): number {
    return this.#commit;
  }

  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  recover(records: readonly Json[]): void {
    for (const record of records) {
      if (isEntry(record)) {
        if (record.at > this.entries.baseAt) this.entries.put(record);
        this.#term = Math.max(this.#term, record.term);
      } else if (isObject(record) && isSnapshot(record["snapshot"])) {
        const base = record["base"];
        const [at, term] = isArray(base) && isCount(base[0]) && isCount(base[1]) ? base : [0, 0];
        this.#restore(record["snapshot"]);
        this.entries.reset({ at: at as number, term: term as number }, record["snapshot"]);
        this.#term = Math.max(this.#term, record["snapshot"].term);
      } else if (isObject(record) && isCount(record["term"]) && record["term"] >= this.#term) {
        this.#term = record["term"];
        this.#vote = typeof record["vote"] === "string" ? record["vote"] : null;
      }
    }
  }

  /** R1 one-vote: neither is ever taken back, so no node votes twice in a term, whatever crashes. */
  promise(term: number, vote: NodeName | null, effects: Effect[]): void {
    this.#term = term;
    this.#vote = vote;
    const record = this.#promised();
    if (record !== null) effects.push({ is: "persist", entry: record });
  }

  /** The next entry of a leader. */
  append(command: Entry["command"], effects: Effect[]): Entry {
    const entry: Entry = { at: this.entries.lastAt + 1, term: this.#term, command };
    this.#put(entry, effects);
    return entry;
  }

  /** Entries of the leader's log after one that both have. Only a conflict takes away what is here. */
  merge(entries: readonly Entry[], effects: Effect[]): void {
    for (const entry of entries) {
      // What is committed is the same everywhere.
      if (entry.at <= this.#commit || this.entries.termOf(entry.at) === entry.term) continue;
      const conflicts = entry.at <= this.entries.lastAt;
      if (conflicts && this.#options.bug("raft-conflict-kept")) continue;
      this.#put(entry, effects);
    }
  }

  #put(entry: Entry, effects: Effect[]): void {
    this.entries.put(entry);
    effects.push({ is: "persist", entry });
  }

  /** Applies all entries up to here, and takes a snapshot when it is time. */
  commitTo(at: number, effects: Effect[], applied: Applied): void {
    const before = this.#commit;
    let loses: Json = null;
    while (this.#commit < at) {
      const entry = this.entries.entry(this.#commit + 1);
      if (entry === undefined) break;
      if (this.#options.bug("raft-snapshot-loses-last")) loses = this.machine.encode();
      this.#commit = entry.at;
      applied(entry, this.#apply(entry));
    }
    if (this.#commit > before && this.#commit - this.#snapshot.at >= this.#options.snapshotEvery) {
      this.#takeSnapshot(loses ?? this.#encoded(), effects);
    }
  }

  #encoded(): Json {
    return this.#options.bug("raft-snapshot-drops-sessions")
      ? this.machine.encode({ sessions: false })
      : this.machine.encode();
  }

  #apply({ command }: Entry): Reply {
    const session = "session" in command ? command.session : undefined;
    if (session === undefined || this.#options.bug("raft-retry-twice")) return this.machine.apply(command);
    const told = this.machine.told(session);
    if (told !== null) return told;
    const reply = this.machine.apply(command);
    this.machine.remember(session, reply);
    return reply;
  }

  #takeSnapshot(state: Json, effects: Effect[]): void {
    const at = this.#commit;
    const term = this.entries.termOf(at) ?? 0;
    this.#snapshot = { at, term, voters: this.entries.votersUpTo(at), state };
    this.entries.settle(at);
    this.entries.compact(at - Math.floor(KEPT * this.#options.snapshotEvery));
    this.#compact(effects);
  }

  /** A leader's snapshot in place of a log that is too far behind; says whether it was. */
  install(snapshot: Snapshot, effects: Effect[]): boolean {
    if (snapshot.at <= this.#commit) return false;
    const follows = this.entries.termOf(snapshot.at) === snapshot.term;
    const rest = follows ? this.entries.from(snapshot.at + 1) : [];
    this.#restore(snapshot);
    this.entries.reset(snapshot, snapshot);
    for (const entry of rest) this.entries.put(entry);
    this.#compact(effects);
    return true;
  }

  #restore(snapshot: Snapshot): void {
    this.#snapshot = snapshot;
    this.machine.decode(snapshot.state);
    this.#commit = snapshot.at;
  }

  /** From here on the log on the disk is what is left of it in memory. */
  #compact(effects: Effect[]): void {
    const { baseAt, baseTerm } = this.entries;
    const promised = this.#promised();
    const head: Json = { snapshot: this.#snapshot, base: [baseAt, baseTerm] };
    const entries: Json[] = [...(promised === null ? [] : [promised]), head, ...this.entries.from(baseAt + 1)];
    effects.push({ is: "compact", entries });
  }

  #promised(): Json {
    if (this.#options.bug("raft-term-not-durable")) return null;
    return { term: this.#term, vote: this.#options.bug("raft-vote-not-durable") ? null : this.#vote };
  }
}
