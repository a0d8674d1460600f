/**
 * What a node does while it leads: sends its log to the others, commits what a majority has, and answers clients.
 *
 * It ends with the leadership. What was under way then is answered as what it is: a write whose entry is in the log may
 * yet be committed by the next leader (`partial`), everything else did not happen.
 */

import type { MicroOp, NodeName, RaftConfig, Reply, Session } from "../../wire.js";
import type { bugsOf } from "../bugs.js";
import { Deadlines } from "../deadlines.js";
import type { ReplicationDelay } from "../delay.js";
import { isWrite } from "../micro-op.js";
import type { Effect, Members, Now } from "../protocol.js";
import { type Follower, Followers } from "./followers.js";
import { Lease } from "./lease.js";
import type { Command, Message } from "./message.js";
import type { Replica } from "./replica.js";

/** One step of the core: its time, and what comes of it. */
export type Turn = Now & { readonly effects: Effect[] };

export type Read =
  | { readonly op: "read"; readonly key: string }
  | { readonly op: "txn"; readonly ops: readonly MicroOp[] };
export type Write = Exclude<Command, { readonly op: "noop" | "voters" }>;
export type Change = { readonly change: "add" | "remove"; readonly node: NodeName };

type Open =
  | { readonly is: "write"; readonly id: number; readonly at: number }
  | { readonly is: "read"; readonly id: number; readonly read: Read; readonly round: number }
  /** `from`: the node that is to vote must have all that was in the log when it was asked for. */
  | { readonly is: "change"; readonly id: number; readonly change: Change; readonly from: number };

export interface LeadingOptions {
  readonly config: RaftConfig;
  readonly members: Members;
  readonly replica: Replica;
  readonly delay: ReplicationDelay;
  readonly bug: ReturnType<typeof bugsOf>;
}

/** Entries of one message. */
const ENTRIES_MAX = 256;

export const DEADLINE_TIMER = "deadline";

export class Leading {
  readonly #options: LeadingOptions;
  readonly #replica: Replica;
  readonly #followers: Followers;
  readonly #lease: Lease;
  readonly #open: Deadlines<Open>;
  readonly #writes = new Map<number, number>();
  readonly #reads = new Set<number>();
  #ops = 0;
  #change: number | null = null;
  /** Counts what is sent to all; the latest that a majority has answered. */
  #round = 0;
  #confirmed = 0;

  constructor(options: LeadingOptions, turn: Turn) {
    this.#options = options;
    const { config, members, replica, bug } = options;
    this.#replica = replica;
    const start = { next: replica.entries.lastAt + 1, nowMs: turn.nowMs };
    this.#followers = new Followers(members.self, members.peers, start);
    const isUnbounded = config.leaseClockBound === null || bug("raft-lease-unbounded");
    this.#lease = new Lease(config.electionTimeoutMs[0], isUnbounded ? null : config.leaseClockBound);
    this.#open = new Deadlines(DEADLINE_TIMER, config.quorumTimeoutMs);
    // R4 own-term-first: a leader knows what is committed once an entry of its own term is (Ongaro 2014, 6.4).
    if (!bug("raft-commits-earlier-term")) replica.append({ op: "noop" }, turn.effects);
    this.beat(turn);
  }

  /** To all, also where there is nothing new: who hears it does not stand for election. */
  beat(turn: Turn): void {
    this.#round++;
    this.#lease.sent(this.#round, turn);
    for (const name of this.#followers.names) this.#send(name, turn);
    this.#advance(turn);
  }

  /** false: for so long no majority was heard that somebody else may lead, and nobody is served here. */
  isHeard({ nowMs }: Now): boolean {
    const sinceMs = nowMs - this.#options.config.electionTimeoutMs[1];
    return this.#majority(nowMs, ({ heardMs }) => heardMs) >= sinceMs;
  }

  write(id: number, command: Write, turn: Turn): void {
    const { session } = command;
    const told = session === undefined ? null : this.#told(session);
    if (told !== null) {
      turn.effects.push({ is: "reply", id, reply: told });
      return;
    }
    const { at } = this.#replica.append(command, turn.effects);
    const op = this.#openAs({ is: "write", id, at }, turn);
    this.#writes.set(at, op);
    for (const name of this.#followers.names) this.#send(name, turn);
    this.#advance(turn);
  }

  #told(session: Session): Reply | null {
    return this.#options.bug("raft-retry-twice") ? null : this.#replica.machine.told(session);
  }

  /**
   * Read index: the state that is committed now is what the read must see at least; it is answered once a majority
   * repeats a round that began later, for then nobody else had been elected when the read came in (Ongaro 2014, 6.4).
   */
  read(id: number, read: Read, turn: Turn): void {
    const { config, bug } = this.#options;
    const isLeased = config.read === "lease" && this.#lease.holds(turn) && this.#maySay();
    if (isLeased || bug("raft-read-no-index")) {
      turn.effects.push({ is: "reply", id, reply: this.#found(read) });
      return;
    }
    const isIdle = this.#confirmed === this.#round;
    this.#reads.add(this.#openAs({ is: "read", id, read, round: this.#round + 1 }, turn));
    // Else the round under way is waited for, and all reads that came meanwhile share the next.
    if (isIdle) this.beat(turn);
  }

  #found(read: Read): Reply {
    const { machine } = this.#replica;
    return read.op === "read" ? { ok: true, value: machine.valueOf(read.key) } : machine.run(read.ops).reply;
  }

  change(id: number, change: Change, turn: Turn): void {
    const answer = (reply: Reply): void => void turn.effects.push({ is: "reply", id, reply });
    const { voters } = this.#replica.entries;
    const votes = voters.includes(change.node);
    if (votes === (change.change === "add")) answer({ ok: true, value: voters });
    else if (votes && voters.length === 1) {
      answer({ ok: false, error: "bad-request", message: `${change.node} is the only one that votes` });
    } else if (this.#change !== null) {
      answer({ ok: false, error: "conflict", message: "another change of who votes is under way" });
    } else if (this.#options.bug("raft-config-not-logged")) answer(this.#announce(change, turn));
    else {
      const from = this.#replica.entries.lastAt;
      this.#change = this.#openAs({ is: "change", id, change, from }, turn);
      this.#advance(turn);
    }
  }

  /** The planted bug: told to whom it may reach, and kept by nobody. */
  #announce(change: Change, { effects }: Turn): Reply {
    const voters = changed(this.#replica.entries.voters, change);
    this.#replica.entries.override(voters);
    for (const to of this.#followers.names) effects.push({ is: "send", to, message: { is: "voters", voters } });
    return { ok: true, value: voters };
  }

  heard(from: NodeName, message: Message & { readonly is: "appended" }, turn: Turn): void {
    const follower = this.#followers.get(from);
    if (follower === undefined) return;
    follower.heardMs = turn.nowMs;
    follower.round = Math.max(follower.round, message.round);
    if (message.ok) {
      const { baseAt, lastAt } = this.#replica.entries;
      if (message.at > follower.match) follower.owes = { ...follower.owes, sinceMs: turn.nowMs };
      follower.match = Math.max(follower.match, message.at);
      follower.next = Math.max(follower.next, follower.match + 1);
      if (follower.next > baseAt) {
        follower.snapshotMs = null;
        if (follower.next <= lastAt) this.#send(from, turn);
      }
    } else if (!this.#isOnItsWay(message.at, follower, turn)) {
      // It lacks something before what we sent, as far as this message knows: a late one changes nothing of a match.
      follower.next = Math.max(follower.match + 1, Math.min(follower.next, message.at));
      // What denies more than a match is late, or of a run of entries that reaches behind it: the next beat will do.
      const isNews = message.at > follower.match;
      const isThere = follower.next > this.#replica.entries.baseAt || this.#mayResend(follower, turn);
      follower.owes = { from: follower.next, sinceMs: turn.nowMs };
      if (isNews && isThere) this.#send(from, turn);
    }
    this.#advance(turn);
  }

  connected(peer: NodeName, turn: Turn): void {
    const follower = this.#followers.get(peer);
    if (follower === undefined) return;
    follower.next = follower.match + 1;
    follower.snapshotMs = null;
    this.#send(peer, turn);
  }

  #send(to: NodeName, turn: Turn): void {
    const follower = this.#followers.get(to);
    if (follower === undefined) return;
    const { entries, commit, snapshot, term } = this.#replica;
    const round = this.#round;
    if (follower.next <= entries.baseAt && this.#mayResend(follower, turn)) {
      follower.snapshotMs = turn.nowMs;
      const message: Message = { is: "snapshot", term, snapshot, round };
      turn.effects.push(this.#options.delay.send(to, message));
      return;
    }
    // While a snapshot is on its way there is nothing to build upon, but it must hear of us.
    const prevAt = follower.next <= entries.baseAt ? 0 : follower.next - 1;
    const prevTerm = entries.termOf(prevAt) ?? 0;
    const rest = prevAt === 0 && entries.baseAt > 0 ? [] : entries.from(prevAt + 1, ENTRIES_MAX);
    const message: Message = { is: "append", term, prevAt, prevTerm, entries: rest, commit, round };
    if (rest.length === 0) turn.effects.push({ is: "send", to, message });
    else turn.effects.push(this.#options.delay.send(to, message));
    if (follower.next === follower.match + 1) follower.owes = { from: follower.next, sinceMs: turn.nowMs };
    // As if it had arrived; if it did not, the next one does not fit, and we are told.
    follower.next += rest.length;
  }

  /** The injected delay holds entries back, and not the questions that overtake them. */
  #isOnItsWay(at: number, { owes }: Follower, { nowMs }: Now): boolean {
    return at >= owes.from && nowMs - owes.sinceMs < this.#options.delay.maxMs;
  }

  #mayResend({ snapshotMs }: Follower, { nowMs }: Turn): boolean {
    return snapshotMs === null || nowMs - snapshotMs >= this.#options.config.electionTimeoutMs[0];
  }

  /** Commits, confirms and answers whatever can be by now. */
  #advance(turn: Turn): void {
    const { bug } = this.#options;
    const at = bug("raft-ack-before-quorum")
      ? this.#replica.entries.lastAt
      : this.#majority(this.#replica.entries.lastAt, ({ match }) => match);
    // R3 own-term-only: an older entry on a majority may still be replaced (Ongaro and Ousterhout 2014, figure 8).
    const isOwn = this.#replica.entries.termOf(at) === this.#replica.term;
    if (at > this.#replica.commit && (isOwn || bug("raft-commits-earlier-term"))) this.#commit(at, turn);
    this.#confirm(turn);
    this.#tryChange(turn);
  }

  #commit(at: number, turn: Turn): void {
    this.#replica.commitTo(at, turn.effects, (entry, reply) => {
      const op = this.#writes.get(entry.at);
      if (op === undefined) return;
      const open = this.#open.get(op);
      this.#close(op);
      this.#writes.delete(entry.at);
      if (open !== undefined) turn.effects.push({ is: "reply", id: open.id, reply });
    });
  }

  #confirm(turn: Turn): void {
    const round = this.#majority(this.#round, (follower) => follower.round);
    if (round > this.#confirmed) {
      this.#confirmed = round;
      this.#lease.confirmed(round);
    }
    if (!this.#maySay()) return;
    let waits = false;
    for (const op of this.#reads) {
      const open = this.#open.get(op);
      if (open?.is !== "read") this.#reads.delete(op);
      else if (open.round <= this.#confirmed) {
        this.#close(op);
        turn.effects.push({ is: "reply", id: open.id, reply: this.#found(open.read) });
      } else waits = true;
    }
    if (waits && this.#confirmed === this.#round) this.beat(turn);
  }

  /** Is what a read would find here all that it must? */
  #maySay(): boolean {
    return this.#knowsCommit() || this.#options.bug("raft-read-before-own-term");
  }

  /** Is all that any leader ever committed known to be? */
  #knowsCommit(): boolean {
    return this.#replica.entries.termOf(this.#replica.commit) === this.#replica.term;
  }

  /**
   * R5 one-change: one server at a time, the next when the last is committed, and none before an entry of this term is
   * (Ongaro's correction of 2015 to section 4.1: without it, two leaders can each commit by half of a change).
   */
  #tryChange(turn: Turn): void {
    if (this.#change === null) return;
    const open = this.#open.get(this.#change);
    if (open?.is !== "change") {
      this.#change = null;
      return;
    }
    const { entries, commit } = this.#replica;
    const isFree =
      entries.votersAt <= commit && (this.#knowsCommit() || this.#options.bug("raft-config-before-own-term"));
    const joining = open.change.change === "add" ? this.#followers.get(open.change.node) : undefined;
    if (!isFree || (joining !== undefined && joining.match < open.from)) return;
    const voters = changed(entries.voters, open.change);
    const { at } = this.#replica.append({ op: "voters", voters }, turn.effects);
    const op = this.#change;
    this.#change = null;
    this.#open.add(op, { is: "write", id: open.id, at }, turn.nowMs, turn.effects);
    this.#writes.set(at, op);
    for (const name of this.#followers.names) this.#send(name, turn);
    this.#advance(turn);
  }

  expire(turn: Turn): void {
    for (const open of this.#open.expire(turn.nowMs, turn.effects)) {
      if (open.is === "write") this.#writes.delete(open.at);
      turn.effects.push({ is: "reply", id: open.id, reply: unfinished(open, "no majority answered in time") });
    }
  }

  /** The leadership is over. */
  end(turn: Turn): void {
    for (const open of this.#open.drain()) {
      turn.effects.push({ is: "reply", id: open.id, reply: unfinished(open, "another leader is being elected") });
    }
  }

  #majority(own: number, of: (follower: Follower) => number): number {
    return this.#followers.reachedByMajority(this.#replica.entries.voters, own, of);
  }

  #openAs(open: Open, turn: Turn): number {
    const op = this.#ops++;
    this.#open.add(op, open, turn.nowMs, turn.effects);
    return op;
  }

  #close(op: number): void {
    this.#open.delete(op);
    this.#reads.delete(op);
  }
}

function unfinished(open: Open, why: string): Reply {
  return open.is === "write"
    ? { ok: false, error: "partial", message: `in the leader's log, and may yet be committed: ${why}` }
    : { ok: false, error: "no-quorum", message: `nothing was done: ${why}` };
}

function changed(voters: readonly NodeName[], { change, node }: Change): readonly NodeName[] {
  return change === "add" ? [...voters, node].toSorted() : voters.filter((name) => name !== node);
}

/** A transaction that only reads is a read. */
export function isRead(ops: readonly MicroOp[]): boolean {
  return !ops.some(isWrite);
}
