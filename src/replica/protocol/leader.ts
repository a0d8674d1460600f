/**
 * One leader, any number of followers; the leader is fixed by configuration and never replaced, but for the known-bad
 * `failover: naive`. The failover that holds is another core's (`leader-fenced.ts`).
 *
 * The leader orders all writes by its Lamport counter, stores first, sends to all followers at once, and answers when
 * `writeQuorum` followers have stored too. A follower keeps the greater version of a key and acknowledges either way,
 * so messages may come in any order, twice, or never. What a follower has not acknowledged is sent again until it has.
 *
 * Why a read at the leader is linearizable whatever the write quorum: a write takes effect when it is durable at the
 * leader, every answer leaves after all that it could have seen is durable (P1), and a restarted leader has it all.
 * A write whose quorum is not met has taken effect nevertheless: it is `partial`, and no client may call it failed.
 *
 * A transaction (`transactions.ts`) takes effect in the same way, when it commits: all its writes have one version, are
 * one entry and go in one message (P7 whole-transactions).
 */

import type { Json, LeaderConfig, MicroOp, NodeName, Reply, Request } from "../wire.js";
import { type BugName, bugsOf } from "./bugs.js";
import { Catchup } from "./catchup.js";
import { Deadlines } from "./deadlines.js";
import { ReplicationDelay } from "./delay.js";
import { sameJson } from "./json.js";
import { type Ack, isMessage, type Message } from "./leader-message.js";
import { isBootEntry, Lives } from "./lives.js";
import { NaiveFailover } from "./leader-naive.js";
import { QuorumReads } from "./leader-quorum-reads.js";
import { Position } from "./leader-position.js";
import type { Core, Effect, Input, Members, Now } from "./protocol.js";
import { type Commit, Transactions } from "./transactions.js";
import { type Chained, isTogether, isVersioned, persist, Versions } from "./versions.js";

/** A write, or a transaction's writes. */
interface WaitingWrite {
  readonly is: "write";
  readonly id: number;
  /** What is answered when the quorum is there. */
  readonly reply: Reply;
  /** Of several keys the first: a follower that has one has all (P7). */
  readonly key: string;
  readonly version: number;
  readonly ackedBy: Set<NodeName>;
}

/** Entries beyond a few for each key before the log is compacted. */
const COMPACT_AFTER = 4096;
const COMPACT_FACTOR = 4;

const NOTHING = { version: 0, value: null } as const;

export class LeaderCore implements Core {
  readonly #config: LeaderConfig;
  readonly #members: Members;
  #leads: boolean;
  readonly #naive: NaiveFailover | null;
  readonly #bug: (name: BugName) => boolean;
  /** Planted: a cas between its two steps. */
  readonly #compared: { readonly id: number; readonly key: string; readonly to: Json }[] = [];
  /** In the log. */
  #entries = 0;
  readonly #lives: Lives;
  readonly #position = new Position();
  readonly #versions = new Versions();
  /** Writes and quorum reads under way, by version and by op. */
  readonly #writes: Deadlines<WaitingWrite>;
  readonly #writesByKey = new Map<string, WaitingWrite[]>();
  readonly #reads: QuorumReads;
  readonly #catchup: Catchup;
  readonly #transactions: Transactions;

  constructor(config: LeaderConfig, members: Members) {
    this.#config = config;
    this.#members = members;
    this.#lives = new Lives(members.lives);
    this.#bug = bugsOf(members);
    this.#leads = config.leader === members.self;
    this.#naive = config.failover === "naive" ? new NaiveFailover(config.leader, members) : null;
    this.#writes = new Deadlines("write-deadline", config.quorumTimeoutMs);
    this.#reads = new QuorumReads(config, members);
    const delay = new ReplicationDelay(config.replicationDelayMs, members);
    this.#catchup = new Catchup(members.peers, delay, this.#versions);
    this.#transactions = new Transactions({
      isolation: config.isolation ?? "serializable",
      stepDelayMs: config.txnStepDelayMs,
      members,
      read: (key) => this.#versions.valueOf(key),
      commit: (commit, nowMs, effects) => this.#commit(commit, nowMs, effects),
    });
  }

  step(input: Input): readonly Effect[] {
    const effects = this.#step(input);
    for (const { is } of effects) if (is === "persist") this.#entries++;
    this.#compactIfLong(effects);
    // Planted: nothing waits for the disk.
    if (this.#bug("leader-reply-before-disk"))
      effects.sort((a, b) => Number(a.is === "persist") - Number(b.is === "persist"));
    return effects;
  }

  #compactIfLong(effects: Effect[]): void {
    const { compactAfter = COMPACT_AFTER } = this.#config;
    if (this.#entries <= compactAfter + COMPACT_FACTOR * this.#versions.size) return;
    // What must go together to somebody stays together: whoever has it is not in the log.
    const held = this.#versions.entries(this.#catchup.bound());
    const entries = [
      this.#lives.entry(),
      this.#position.entry(),
      ...(this.#bug("leader-compact-loses-last") ? held.slice(0, -1) : held),
    ];
    this.#entries = entries.length;
    effects.push({ is: "compact", entries });
  }

  #step(input: Input): Effect[] {
    const effects: Effect[] = [];
    switch (input.is) {
      case "start":
        this.#start(input.entries, input.nowMs, effects);
        this.#naive?.begin(input.nowMs, effects);
        break;
      case "request":
        this.#request(input.id, input.request, input.nowMs, effects);
        break;
      case "message":
        if (isMessage(input.message)) this.#message(input.from, input.message, input.nowMs, effects);
        break;
      case "timer":
        this.#timer(input.name, input.nowMs, effects);
        break;
      case "connected":
        if (this.#leads) this.#catchup.connected(input.peer, input.nowMs, effects);
        break;
    }
    return effects;
  }

  promote(id: number, _now: Now): readonly Effect[] {
    const effects: Effect[] = [];
    let reply: Reply = { ok: true, value: { leader: this.#members.self } };
    if (this.#naive === null)
      reply = { ok: false, error: "unsupported", message: `${this.#config.leader} leads for ever` };
    else if (this.#naive.lead(effects)) this.#takeOver(effects);
    effects.push({ is: "reply", id, reply });
    return effects;
  }

  /** Naively: the others are told all that this node has, and keep what they have in greater versions. */
  #takeOver(effects: Effect[]): void {
    this.#leads = true;
    this.#catchup.owe(this.#versions.keys(), null, effects);
  }

  #start(entries: readonly Json[], nowMs: number, effects: Effect[]): void {
    this.#entries = entries.length;
    for (const entry of entries) {
      if (isVersioned(entry)) this.#versions.keep(entry);
      else if (isTogether(entry)) {
        for (const each of entry.together) this.#versions.keep(each);
        this.#catchup.bind(entry.together);
      } else if (isBootEntry(entry)) this.#lives.recovered(entry);
      else this.#position.recover(entry);
    }
    this.#lives.begin(effects);
    // Who acknowledged what is not in the leader's log: a new life asks, and sends again what is not known to be there.
    if (this.#leads && !this.#bug("leader-restart-owes-nothing"))
      this.#catchup.owe(this.#versions.keys(), this.#naive === null ? nowMs : null, effects);
  }

  #request(id: number, request: Request, nowMs: number, effects: Effect[]): void {
    const answer = (reply: Reply): void => void effects.push({ is: "reply", id, reply });
    switch (request.op) {
      case "read":
        if (this.#config.readFrom === "leader" && !this.#leads) answer(this.#notLeader());
        else if (this.#config.readFrom === "quorum") {
          const own = this.#versions.get(request.key) ?? NOTHING;
          this.#reads.begin({ id, op: this.#lives.nextOp(), key: request.key, own }, nowMs, effects);
        } else answer({ ok: true, value: this.#versions.valueOf(request.key) });
        break;
      case "write":
        if (!this.#leads) answer(this.#notLeader());
        else this.#write(id, request.key, request.value, nowMs, effects);
        break;
      case "cas":
        // Compared and written in one step of the leader, whose order is the order of all writes.
        if (!this.#leads) answer(this.#notLeader());
        else if (!sameJson(this.#versions.valueOf(request.key), request.from))
          answer(mismatch(this.#versions.valueOf(request.key)));
        else if (this.#bug("leader-cas-in-two-steps")) {
          this.#compared.push({ id, key: request.key, to: request.to });
          effects.push({ is: "timer", name: "compared", afterMs: 2 });
        } else this.#write(id, request.key, request.to, nowMs, effects);
        break;
      case "txn":
        if (this.#leads) this.#transactions.begin(id, request.ops, nowMs, effects);
        else if (this.#config.readFrom === "any" && request.ops.every(isRead)) answer(this.#readHere(request.ops));
        else answer(this.#notLeader());
        break;
      case "voters":
        answer({ ok: false, error: "unsupported", message: "nobody votes; the mode is leader" });
        break;
      case "dump":
        answer({ ok: true, value: this.#versions.dump() });
        break;
      case "health":
        answer({ ok: true, value: this.#health() });
        break;
    }
  }

  /** In one step, so of one state of this follower: whole transactions (P7), but not all that others have seen before. */
  #readHere(ops: readonly MicroOp[]): Reply {
    return { ok: true, value: ops.map(([, key]) => ["r", key, this.#versions.valueOf(key)]) };
  }

  #write(id: number, key: string, value: Json, nowMs: number, effects: Effect[]): void {
    this.#transactions.seize(key, nowMs, effects);
    this.#commit({ id, writes: [{ key, value }], reply: DONE }, nowMs, effects);
  }

  /** One entry of the log, whatever the number of keys: it is there whole, or not at all. */
  #commit(commit: Commit, nowMs: number, effects: Effect[]): void {
    const { id, writes, reply } = commit;
    const version = this.#versions.next();
    const chained: Chained[] = [];
    for (const { key, value } of writes) {
      chained.push({ key, version, value, after: this.#versions.versionOf(key) });
      this.#transactions.replacing(key, this.#versions.valueOf(key));
      this.#versions.keep({ key, version, value });
    }
    persist(
      writes.map(({ key, value }) => ({ key, version, value })),
      effects,
    );
    this.#catchup.replicate(chained, nowMs, effects);
    const [first] = writes;
    if (this.#config.writeQuorum === 0 || first === undefined) {
      effects.push({ is: "reply", id, reply });
      return;
    }
    const write: WaitingWrite = { is: "write", id, reply, key: first.key, version, ackedBy: new Set() };
    this.#writes.add(version, write, nowMs, effects);
    const same = this.#writesByKey.get(first.key);
    if (same === undefined) this.#writesByKey.set(first.key, [write]);
    else same.push(write);
  }

  #message(from: NodeName, message: Message, nowMs: number, effects: Effect[]): void {
    switch (message.is) {
      case "replicate": {
        const acks: Ack[] = message.entries.map((entry) => {
          // P5 never-older: a stale version is refused, and acknowledged all the same, for what we hold replaces it.
          if (this.#versions.keep(entry, this.#bug("leader-older-replaces"))) effects.push({ is: "persist", entry });
          return [entry.key, entry.version];
        });
        const answer: Message = { is: "ack", acks };
        effects.push({ is: "send", to: from, message: answer });
        this.#takeLate(from, effects);
        break;
      }
      case "together":
        this.#takeTogether(from, message.entries, effects);
        this.#takeLate(from, effects);
        break;
      case "ack":
        for (const [key, version] of message.acks) this.#acked(from, key, version, effects);
        break;
      case "read": {
        const { version, value } = this.#versions.get(message.key) ?? NOTHING;
        const answer: Message = { is: "answer", op: message.op, version, value };
        effects.push({ is: "send", to: from, message: answer });
        break;
      }
      case "answer":
        this.#reads.answered(from, message, effects);
        break;
      case "where":
        effects.push({ is: "send", to: from, message: { is: "at", upTo: this.#position.upTo } });
        break;
      case "at":
        this.#catchup.at(from, message.upTo, nowMs, effects);
        break;
      case "settled":
        if (this.#naive === null) this.#position.settled(message.upTo, effects);
        break;
      case "lead":
        if (this.#naive?.heard(from, nowMs) === true) this.#giveUp(effects);
        break;
    }
  }

  #takeTogether(from: NodeName, entries: readonly Chained[], effects: Effect[]): void {
    const kept = this.#versions.keepTogether(entries);
    // What came too early is not acknowledged, and so it is sent again if what it waits for does not come.
    if (kept === null) return;
    persist(kept, effects);
    const answer: Message = { is: "ack", acks: entries.map(({ key, version }) => [key, version]) };
    effects.push({ is: "send", to: from, message: answer });
  }

  #takeLate(from: NodeName, effects: Effect[]): void {
    for (let late = this.#versions.late(); late !== null; late = this.#versions.late()) {
      this.#takeTogether(from, late, effects);
    }
  }

  #acked(from: NodeName, key: string, version: number, effects: Effect[]): void {
    this.#catchup.acked(from, key, version);
    const writes = this.#writesByKey.get(key);
    if (writes === undefined) return;
    // A follower that holds a version of a key needs none of the smaller ones: it counts for those writes as well.
    for (const write of writes) {
      if (write.version > version) continue;
      write.ackedBy.add(from);
      if (write.ackedBy.size < this.#config.writeQuorum) continue;
      this.#forget(write);
      effects.push({ is: "reply", id: write.id, reply: write.reply });
    }
  }

  #giveUp(effects: Effect[]): void {
    this.#leads = false;
    this.#transactions.abandon((id) => effects.push({ is: "reply", id, reply: this.#notLeader() }));
  }

  #timer(name: string, nowMs: number, effects: Effect[]): void {
    if (name === this.#writes.timer) {
      for (const write of this.#writes.expire(nowMs, effects)) {
        this.#forget(write);
        const message = `stored at the leader and at ${write.ackedBy.size} of ${this.#config.writeQuorum} followers in time`;
        effects.push({ is: "reply", id: write.id, reply: { ok: false, error: "partial", message } });
      }
    } else if (name === this.#reads.timer) {
      this.#reads.expire(nowMs, effects);
    } else if (name === this.#catchup.timer) {
      if (this.#leads) this.#catchup.look(nowMs, effects);
      else this.#catchup.rest();
    } else if (name === this.#naive?.timer) {
      if (this.#naive.look(nowMs, effects)) this.#takeOver(effects);
    } else if (name === "compared")
      for (const { id, key, to } of this.#compared.splice(0)) this.#write(id, key, to, nowMs, effects);
    else if (name === this.#transactions.timer) this.#transactions.look(nowMs, effects);
  }

  #forget(write: WaitingWrite): void {
    this.#writes.delete(write.version);
    const rest = (this.#writesByKey.get(write.key) ?? []).filter((other) => other !== write);
    if (rest.length === 0) this.#writesByKey.delete(write.key);
    else this.#writesByKey.set(write.key, rest);
  }

  #notLeader(): Reply {
    const leader = this.#naive?.leader ?? this.#config.leader;
    return { ok: false, error: "not-leader", message: `${this.#members.self} follows ${leader}`, leader };
  }

  #health(): Json {
    const { mode } = this.#config;
    const leader = this.#naive?.leader ?? this.#config.leader;
    // An epoch that never changes: of two that lead nobody knows better.
    const epoch = this.#naive === null ? {} : { epoch: 0 };
    const { self: name } = this.#members;
    const role = this.#leads ? "leader" : "follower";
    const followers = this.#leads ? { unacknowledged: this.#catchup.counts() } : {};
    return {
      name,
      mode,
      role,
      leader,
      ...epoch,
      keys: this.#versions.size,
      version: this.#versions.last,
      ...followers,
    };
  }
}

const isRead = ([f]: MicroOp): boolean => f === "r";

const DONE: Reply = { ok: true, value: null };

function mismatch(found: Json): Reply {
  return { ok: false, error: "mismatch", message: `found ${JSON.stringify(found)}` };
}
