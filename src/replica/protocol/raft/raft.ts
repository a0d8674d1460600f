/**
 * Raft: an elected leader, and a log that is the same everywhere as far as it is committed.
 *
 * Ongaro and Ousterhout 2014, "In Search of an Understandable Consensus Algorithm", with what Ongaro's dissertation of
 * the same year ("Consensus: Bridging Theory and Practice") adds: pre-votes (9.6), leaders that step down when they
 * hear no majority (6.2), changes of who votes (4), snapshots (5), read index and leases (6.4), sessions (6.3).
 *
 * This file is elections and what a follower does; `leading.ts` is what a leader does; `replica.ts` is what is kept.
 */

import type { Json, NodeName, RaftConfig, Reply, Request } from "../../wire.js";
import { bugsOf } from "../bugs.js";
import { ReplicationDelay } from "../delay.js";
import { draw } from "../draw.js";
import type { Core, Effect, Input, Members } from "../protocol.js";
import { DEADLINE_TIMER, isRead, Leading, type Turn } from "./leading.js";
import { type Append, isMessage, type Message } from "./message.js";
import { Replica } from "./replica.js";

type Role = "follower" | "pre-candidate" | "candidate" | "leader";
type Of<Is extends Message["is"]> = Message & { readonly is: Is };

const ELECTION_TIMER = "election";
const BEAT_TIMER = "beat";

export class RaftCore implements Core {
  readonly #config: RaftConfig;
  readonly #members: Members;
  readonly #bug: ReturnType<typeof bugsOf>;
  readonly #delay: ReplicationDelay;
  readonly #replica: Replica;
  #role: Role = "follower";
  #leading: Leading | null = null;
  /** Who leads in this term, as far as is known. */
  #leader: NodeName | null = null;
  /** When that was last heard, or this life began: somebody may have been heard in the life before. */
  #heardMs = 0;
  #votes = new Set<NodeName>();
  #electionMs = 0;
  #isArmed = false;
  #draws = 0;

  constructor(config: RaftConfig, members: Members) {
    this.#config = config;
    this.#members = members;
    this.#bug = bugsOf(members);
    this.#delay = new ReplicationDelay(config.replicationDelayMs, members);
    const voters = config.voters ?? [members.self, ...members.peers].toSorted();
    this.#replica = new Replica({ voters, snapshotEvery: config.snapshotEvery, bug: this.#bug });
  }

  step(input: Input): readonly Effect[] {
    const effects: Effect[] = [];
    const turn: Turn = { nowMs: input.nowMs, clockMs: input.clockMs, effects };
    switch (input.is) {
      case "start":
        this.#start(input.entries, turn);
        break;
      case "request":
        this.#request(input.id, input.request, turn);
        break;
      case "message":
        if (isMessage(input.message)) this.#message(input.from, input.message, turn);
        break;
      case "timer":
        this.#timer(input.name, turn);
        break;
      case "connected":
        this.#leading?.connected(input.peer, turn);
        break;
    }
    this.#stepDownIfRemoved(turn);
    return this.#bug("raft-ack-before-fsync") ? saidFirst(effects) : effects;
  }

  #start(entries: readonly Json[], turn: Turn): void {
    this.#replica.recover(entries);
    this.#heardMs = turn.nowMs;
    this.#await(turn);
  }

  #request(id: number, request: Request, turn: Turn): void {
    const answer = (reply: Reply): void => void turn.effects.push({ is: "reply", id, reply });
    if (request.op === "dump") answer({ ok: true, value: this.#replica.machine.dump() });
    else if (request.op === "health") answer({ ok: true, value: this.#health() });
    else if (this.#leading === null) answer(this.#notLeader());
    else {
      switch (request.op) {
        case "read":
          this.#leading.read(id, request, turn);
          break;
        case "txn":
          if (isRead(request.ops)) this.#leading.read(id, request, turn);
          else this.#leading.write(id, request, turn);
          break;
        case "voters":
          this.#requestChange(id, request, turn);
          break;
        case "write": {
          const { op, key, value, session } = request;
          this.#leading.write(id, { op, key, value, ...(session === undefined ? {} : { session }) }, turn);
          break;
        }
        case "cas":
          this.#leading.write(id, request, turn);
          break;
      }
    }
  }

  #requestChange(id: number, request: Request & { readonly op: "voters" }, turn: Turn): void {
    const { change, node } = request;
    if (node === this.#members.self || this.#members.peers.includes(node)) {
      this.#leading?.change(id, { change, node }, turn);
      return;
    }
    const message = `there is no node ${node}`;
    turn.effects.push({ is: "reply", id, reply: { ok: false, error: "bad-request", message } });
  }

  #message(from: NodeName, message: Message, turn: Turn): void {
    switch (message.is) {
      case "vote":
        this.#asked(from, message, turn);
        break;
      case "voted":
        this.#voted(from, message, turn);
        break;
      case "append":
        if (this.#follow(from, message, turn)) this.#append(from, message, turn);
        break;
      case "snapshot":
        if (this.#follow(from, message, turn)) {
          this.#replica.install(message.snapshot, turn.effects);
          this.#appended(from, message, true, message.snapshot.at, turn);
        }
        break;
      case "appended":
        if (message.term > this.#replica.term) this.#newTerm(message.term, turn);
        else if (message.term === this.#replica.term) this.#leading?.heard(from, message, turn);
        break;
      case "late":
        if (message.term > this.#replica.term) this.#newTerm(message.term, turn);
        break;
      case "voters":
        this.#replica.entries.override(message.voters);
        break;
    }
  }

  #timer(name: string, turn: Turn): void {
    if (name === DEADLINE_TIMER) this.#leading?.expire(turn);
    else if (name === BEAT_TIMER) this.#beat(turn);
    else if (name === ELECTION_TIMER) {
      this.#isArmed = false;
      if (this.#role === "leader") return;
      // Moved since, or nobody to be elected: look again.
      if (turn.nowMs < this.#electionMs) this.#arm(turn);
      else if (this.#mayStand()) this.#stand(turn);
      else this.#await(turn);
    }
  }

  #beat(turn: Turn): void {
    if (this.#role === "follower") return;
    if (this.#leading === null) this.#canvass(turn);
    else if (this.#leading.isHeard(turn)) this.#leading.beat(turn);
    else this.#becomeFollower(null, turn);
    if (this.#isCandidate() || this.#leading !== null) this.#armBeat(turn);
  }

  #isCandidate(): boolean {
    return this.#role === "candidate" || this.#role === "pre-candidate";
  }

  // Elections

  /**
   * Also somebody who is being removed, until that is known to be committed: it may be the only one whose log is long
   * enough to win (Ongaro 2014, 4.2.2). After a restart little is known to be committed, so that it was added may be
   * as uncertain as that it was removed.
   */
  #mayStand(): boolean {
    const { entries, commit } = this.#replica;
    return entries.everVotesSince(commit, this.#members.self);
  }

  /** The time-out is over: somebody has to lead. */
  #stand(turn: Turn): void {
    this.#leader = null;
    if (this.#config.preVote) this.#role = "pre-candidate";
    else this.#candidate(turn);
    this.#votes = new Set([this.#members.self]);
    this.#await(turn);
    this.#canvass(turn);
    this.#armBeat(turn);
    this.#count(turn);
  }

  #candidate(turn: Turn): void {
    this.#role = "candidate";
    this.#votes = new Set([this.#members.self]);
    this.#replica.promise(this.#replica.term + 1, this.#members.self, turn.effects);
  }

  /** Asks all that have not granted their vote yet: questions get lost. */
  #canvass({ effects }: Turn): void {
    const { term, entries } = this.#replica;
    const { lastAt, lastTerm } = entries;
    const pre = this.#role === "pre-candidate";
    const message: Message = { is: "vote", term: pre ? term + 1 : term, lastAt, lastTerm, pre };
    for (const to of this.#members.peers) {
      if (!this.#votes.has(to)) effects.push({ is: "send", to, message });
    }
  }

  #asked(from: NodeName, question: Of<"vote">, turn: Turn): void {
    const { term, pre } = question;
    // Somebody leads, as far as we know: then whoever did not hear of it must not disturb, and a lease holds.
    if (this.#isLoyal(turn)) return;
    if (!pre && term > this.#replica.term) this.#newTerm(term, turn);
    const isFree = pre ? term > this.#replica.term : this.#mayVote(from, term);
    const granted = isFree && (this.#isUpToDate(question) || this.#bug("raft-no-election-restriction"));
    if (granted && !pre) {
      if (this.#replica.vote === null) this.#replica.promise(term, from, turn.effects);
      this.#await(turn);
    }
    const answer: Message = { is: "voted", term: this.#replica.term, asked: term, pre, granted };
    turn.effects.push({ is: "send", to: from, message: answer });
  }

  #isLoyal({ nowMs }: Turn): boolean {
    if (!this.#config.preVote && this.#config.read !== "lease") return false;
    return this.#leading !== null || nowMs - this.#heardMs < this.#config.electionTimeoutMs[0];
  }

  #mayVote(candidate: NodeName, term: number): boolean {
    const { vote } = this.#replica;
    return term === this.#replica.term && (vote === null || vote === candidate);
  }

  /** R2 election-restriction: who leads must have all that is committed, and a majority of voters can tell. */
  #isUpToDate({ lastAt, lastTerm }: Of<"vote">): boolean {
    const { entries } = this.#replica;
    return lastTerm > entries.lastTerm || (lastTerm === entries.lastTerm && lastAt >= entries.lastAt);
  }

  #voted(from: NodeName, answer: Of<"voted">, turn: Turn): void {
    const { term, asked, pre, granted } = answer;
    if (term > this.#replica.term && !(pre && granted)) this.#newTerm(term, turn);
    const wanted = this.#role === "pre-candidate" ? this.#replica.term + 1 : this.#replica.term;
    if (!granted || !this.#isCandidate() || pre !== (this.#role === "pre-candidate") || asked !== wanted) return;
    this.#votes.add(from);
    this.#count(turn);
  }

  #count(turn: Turn): void {
    const { voters } = this.#replica.entries;
    const granted = voters.filter((name) => this.#votes.has(name)).length;
    if (granted <= voters.length / 2) return;
    if (this.#role === "pre-candidate") {
      this.#candidate(turn);
      this.#await(turn);
      this.#canvass(turn);
      this.#count(turn);
    } else this.#lead(turn);
  }

  #lead(turn: Turn): void {
    this.#role = "leader";
    this.#leader = this.#members.self;
    const shared = { config: this.#config, members: this.#members, replica: this.#replica };
    this.#leading = new Leading({ ...shared, delay: this.#delay, bug: this.#bug }, turn);
    this.#armBeat(turn);
  }

  #newTerm(term: number, turn: Turn): void {
    this.#replica.promise(term, null, turn.effects);
    this.#becomeFollower(null, turn);
  }

  #becomeFollower(leader: NodeName | null, turn: Turn): void {
    this.#leading?.end(turn);
    if (this.#role !== "follower") this.#await(turn);
    this.#leading = null;
    this.#role = "follower";
    this.#leader = leader;
  }

  /** A leader that was removed has nothing to lead once that is committed. */
  #stepDownIfRemoved(turn: Turn): void {
    const { entries, commit } = this.#replica;
    if (this.#leading === null || entries.votersAt > commit) return;
    if (!entries.voters.includes(this.#members.self)) this.#becomeFollower(null, turn);
  }

  // Following

  /** Takes the sender for the leader of this term, unless it is one of an earlier term: then it is told so. */
  #follow(from: NodeName, message: Append | Of<"snapshot">, turn: Turn): boolean {
    const { term } = message;
    if (term < this.#replica.term) {
      const late: Message = { is: "late", term: this.#replica.term };
      turn.effects.push({ is: "send", to: from, message: late });
      return false;
    }
    if (term > this.#replica.term) this.#replica.promise(term, null, turn.effects);
    // Two leaders of one term cannot be, but where a bug is planted.
    if (term === this.#replica.term && this.#leader !== from) this.#becomeFollower(from, turn);
    this.#heardMs = turn.nowMs;
    this.#await(turn);
    return true;
  }

  #append(from: NodeName, message: Append, turn: Turn): void {
    const { prevAt, prevTerm, entries, commit } = message;
    const log = this.#replica.entries;
    // What is committed here, the leader has.
    const isSame =
      prevAt <= this.#replica.commit ||
      log.termOf(prevAt) === prevTerm ||
      (this.#bug("raft-no-log-matching") && prevAt <= log.lastAt);
    if (!isSame) {
      const tryAt = prevAt > log.lastAt ? log.lastAt + 1 : log.firstOfTerm(prevAt);
      this.#appended(from, message, false, tryAt, turn);
      return;
    }
    this.#replica.merge(entries, turn.effects);
    const lastAt = prevAt + entries.length;
    this.#replica.commitTo(Math.min(commit, lastAt), turn.effects, () => undefined);
    this.#appended(from, message, true, lastAt, turn);
  }

  #appended(to: NodeName, { round }: { readonly round: number }, ok: boolean, at: number, { effects }: Turn): void {
    const message: Message = { is: "appended", term: this.#replica.term, ok, at, round };
    effects.push({ is: "send", to, message });
  }

  // Timers

  /** A new time-out, drawn between the two. */
  #await(turn: Turn): void {
    const [lowMs, highMs] = this.#config.electionTimeoutMs;
    const drawn = draw(this.#members.seed, this.#draws++, `election ${this.#members.self} ${this.#replica.term}`);
    this.#electionMs = turn.nowMs + lowMs + (highMs - lowMs) * drawn;
    this.#arm(turn);
  }

  /** One timer is enough: when it fires too early, it is set for the rest. */
  #arm({ nowMs, effects }: Turn): void {
    if (this.#isArmed) return;
    this.#isArmed = true;
    effects.push({ is: "timer", name: ELECTION_TIMER, afterMs: this.#electionMs - nowMs });
  }

  #armBeat({ effects }: Turn): void {
    effects.push({ is: "timer", name: BEAT_TIMER, afterMs: this.#config.heartbeatMs });
  }

  // Words

  #notLeader(): Reply {
    const { self } = this.#members;
    const leader = this.#leader;
    if (leader === null) return { ok: false, error: "not-leader", message: `${self} knows of no leader` };
    return { ok: false, error: "not-leader", message: `${self} follows ${leader}`, leader };
  }

  #health(): Json {
    const { self: name } = this.#members;
    const { term, commit, entries, machine, snapshot } = this.#replica;
    const role = entries.voters.includes(name) ? this.#role : "learner";
    const log = { commit, last: entries.lastAt, first: entries.baseAt + 1, snapshot: snapshot.at };
    return { name, mode: "raft", role, leader: this.#leader, term, voters: entries.voters, keys: machine.size, ...log };
  }
}

function isKept({ is }: Effect): boolean {
  return is === "persist" || is === "compact";
}

/** The planted bug: what is said leaves before what it relies on is durable. */
function saidFirst(effects: readonly Effect[]): readonly Effect[] {
  return [...effects.filter((effect) => !isKept(effect)), ...effects.filter(isKept)];
}
