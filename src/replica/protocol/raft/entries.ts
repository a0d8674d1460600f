/** A node's log in memory: the entries after some point, and who votes. */

import type { NodeName } from "../../wire.js";
import type { Entry } from "./message.js";

interface Voters {
  /** The entry that says so; what holds without one is from 0. */
  readonly at: number;
  readonly voters: readonly NodeName[];
}

export class Entries {
  #entries: Entry[] = [];
  /** The entry before the first that is here: it is gone, but for its term. */
  #baseAt = 0;
  #baseTerm = 0;
  /** Latest last, never empty. */
  #voters: Voters[];

  constructor(voters: readonly NodeName[]) {
    this.#voters = [{ at: 0, voters }];
  }

  get baseAt(): number {
    return this.#baseAt;
  }

  get baseTerm(): number {
    return this.#baseTerm;
  }

  get lastAt(): number {
    return this.#baseAt + this.#entries.length;
  }

  get lastTerm(): number {
    return this.#entries.at(-1)?.term ?? this.#baseTerm;
  }

  /** By the latest entry that says so, committed or not: a server uses what is in its log (Ongaro 2014, 4.1). */
  get voters(): readonly NodeName[] {
    return this.#voters.at(-1)?.voters ?? [];
  }

  /** The entry that the voters are by. */
  get votersAt(): number {
    return this.#voters.at(-1)?.at ?? 0;
  }

  votersUpTo(at: number): readonly NodeName[] {
    return this.#voters.findLast((each) => each.at <= at)?.voters ?? [];
  }

  /** Whether this node votes by the latest entry up to `at` that says so, or by any later one. */
  everVotesSince(at: number, name: NodeName): boolean {
    const later = this.#voters.filter((each) => each.at > at).map(({ voters }) => voters);
    return [this.votersUpTo(at), ...later].some((voters) => voters.includes(name));
  }

  /** null: not here, and not the one before the first that is. */
  termOf(at: number): number | null {
    return at === this.#baseAt ? this.#baseTerm : (this.entry(at)?.term ?? null);
  }

  entry(at: number): Entry | undefined {
    return at <= this.#baseAt ? undefined : this.#entries[at - this.#baseAt - 1];
  }

  from(at: number, countMax = Number.POSITIVE_INFINITY): readonly Entry[] {
    const start = Math.max(0, at - this.#baseAt - 1);
    return this.#entries.slice(start, start + countMax);
  }

  /** The first entry of the run of one term that reaches this one. */
  firstOfTerm(at: number): number {
    const term = this.termOf(at);
    let first = at;
    while (first - 1 > this.#baseAt && this.termOf(first - 1) === term) first--;
    return first;
  }

  /** Takes the place of whatever is there from its place on. */
  put(entry: Entry): void {
    if (entry.at <= this.lastAt) this.#truncate(entry.at);
    this.#entries.push(entry);
    if (entry.command.op === "voters" && entry.at > this.votersAt) {
      this.#voters.push({ at: entry.at, voters: entry.command.voters });
    }
  }

  /** Who votes, by nobody's entry. */
  override(voters: readonly NodeName[]): void {
    this.#voters = [{ at: this.votersAt, voters }];
  }

  /** Forgets all entries up to here. */
  compact(at: number): void {
    const term = this.termOf(at);
    if (at <= this.#baseAt || term === null) return;
    this.#entries = this.#entries.slice(at - this.#baseAt);
    this.#baseAt = at;
    this.#baseTerm = term;
  }

  /** Forgets everything; goes on after that entry. `voters`: by the entry `at` or one before it. */
  reset(base: { readonly at: number; readonly term: number }, voters: Voters): void {
    this.#entries = [];
    this.#baseAt = base.at;
    this.#baseTerm = base.term;
    this.#voters = [voters];
  }

  /** What votes at `at` is known from elsewhere, and earlier changes no longer matter. */
  settle(at: number): void {
    const settled = this.votersUpTo(at);
    this.#voters = [{ at, voters: settled }, ...this.#voters.filter((each) => each.at > at)];
  }

  #truncate(at: number): void {
    this.#entries.length = Math.max(0, at - this.#baseAt - 1);
    const kept = this.#voters.filter((each) => each.at < at);
    // What held before all entries that are here is never taken back.
    this.#voters = kept.length > 0 ? kept : this.#voters.slice(0, 1);
  }
}
