/**
 * One leader at a time, and another one when it is gone: `failover: fenced` by itself, `manual` by request.
 *
 * A leader has an epoch, which a majority has promised to it, and with that to hear no smaller one any more: whatever an
 * earlier leader still says or thinks, nothing of it can reach a majority again. That is the fence. The changes form one
 * sequence (`leader-sequence.ts`) that followers take in order, however messages come, and whoever leads has all of it
 * that is committed, for a majority votes only for who has at least as much as itself.
 *
 * Why it is linearizable: a write is answered when it is committed. A read is answered when what it saw is committed, and
 * when after it was asked a majority has still obeyed this leader; so no other one had committed anything by then.
 */

import type { Json, LeaderConfig, MicroOp, NodeName, Reply, Request } from "../wire.js";
import { type BugName, bugsOf } from "./bugs.js";
import { ReplicationDelay } from "./delay.js";
import { sameJson } from "./json.js";
import { Candidacy, grants, leads, notLeader, Promotions } from "./leader-election.js";
import {
  type Have,
  isMessage,
  type Message,
  type Ship,
  type Snapshot,
  type Stand,
  type Vote,
} from "./leader-fenced-message.js";
import { LeaderLog } from "./leader-log.js";
import { Gates, noQuorum } from "./leader-gates.js";
import { Reign } from "./leader-reign.js";
import { Silence } from "./leader-silence.js";
import { compare, type Place, type Sequence, type Written } from "./leader-sequence.js";
import type { Core, Effect, Input, Members, Now } from "./protocol.js";
import { Transactions } from "./transactions.js";

const BEAT_EVERY_MS = 50;

export class FencedLeaderCore implements Core {
  readonly #config: LeaderConfig;
  readonly #members: Members;
  readonly #bug: (name: BugName) => boolean;
  readonly #log: LeaderLog;
  readonly #sequence: Sequence;
  readonly #delay: ReplicationDelay;
  #transactions: Transactions;
  #reign: Reign | null = null;
  #candidacy: Candidacy | null = null;
  /** Who leads the epoch that was promised, as far as this node knows. */
  #leader: NodeName | null = null;
  readonly #silence: Silence;
  /** It led last, or is to lead: without automatic failover only such a node stands. */
  #wants = false;
  readonly #gates: Gates;
  readonly #promotions: Promotions;

  constructor(config: LeaderConfig, members: Members) {
    this.#config = config;
    this.#members = members;
    this.#bug = bugsOf(members);
    this.#silence = new Silence(members);
    this.#promotions = new Promotions(config.quorumTimeoutMs);
    this.#log = new LeaderLog(this.#bug, config.compactAfter);
    this.#sequence = this.#log.sequence;
    this.#gates = new Gates(config.quorumTimeoutMs);
    this.#delay = new ReplicationDelay(config.replicationDelayMs, members);
    this.#transactions = this.#newTransactions();
  }

  step(input: Input): readonly Effect[] {
    const effects: Effect[] = [];
    const { nowMs } = input;
    switch (input.is) {
      case "start":
        this.#start(input.entries, nowMs, effects);
        break;
      case "request":
        this.#request(input.id, input.request, nowMs, effects);
        break;
      case "message":
        if (isMessage(input.message)) this.#message(input.from, input.message, nowMs, effects);
        break;
      case "timer":
        this.#timer(input.name, nowMs, effects);
        break;
      case "connected":
        this.#reign?.beat(nowMs, effects);
        break;
    }
    if (this.#reign !== null) this.#gates.release(this.#reign, nowMs, effects);
    this.#log.compactIfLong(effects);
    return effects;
  }

  promote(id: number, { nowMs }: Now): readonly Effect[] {
    const effects: Effect[] = [];
    this.#promote(id, nowMs, effects);
    return effects;
  }

  #start(entries: readonly Json[], nowMs: number, effects: Effect[]): void {
    this.#log.recover(entries);
    const { promise, to } = this.#log.promised;
    this.#wants = this.#members.self === (promise === 0 ? this.#config.leader : to);
    this.#silence.begin(nowMs);
    if (this.#wants) this.#stand(true, nowMs, effects);
    this.#armSilence(effects);
  }

  #request(id: number, request: Request, nowMs: number, effects: Effect[]): void {
    const answer = (reply: Reply): void => void effects.push({ is: "reply", id, reply });
    if (request.op === "dump") answer({ ok: true, value: this.#sequence.dump() });
    else if (request.op === "health") answer({ ok: true, value: this.#health() });
    else if (request.op === "voters") answer({ ok: false, error: "unsupported", message: "all nodes vote" });
    else if (this.#config.readFrom === "any" && request.op === "read")
      answer({ ok: true, value: this.#sequence.valueOf(request.key) });
    else if (this.#reign !== null) this.#lead(id, request, nowMs, effects);
    else if (this.#config.readFrom === "any" && request.op === "txn" && request.ops.every(isRead))
      answer({ ok: true, value: request.ops.map(([, key]) => ["r", key, this.#sequence.valueOf(key)]) });
    else answer(this.#notLeader());
  }

  #lead(id: number, request: Asked, nowMs: number, effects: Effect[]): void {
    switch (request.op) {
      case "read": {
        const reply: Reply = { ok: true, value: this.#sequence.valueOf(request.key) };
        this.#gateRead(id, reply, this.#sequence.numberOf(request.key), nowMs, effects);
        break;
      }
      case "write":
        this.#write(id, request.key, request.value, nowMs, effects);
        break;
      case "cas": {
        const found = this.#sequence.valueOf(request.key);
        if (sameJson(found, request.from)) this.#write(id, request.key, request.to, nowMs, effects);
        else {
          const message = `found ${JSON.stringify(found)}`;
          const reply: Reply = { ok: false, error: "mismatch", message };
          this.#gateRead(id, reply, this.#sequence.numberOf(request.key), nowMs, effects);
        }
        break;
      }
      case "txn":
        this.#gating(nowMs, effects, (inner) => this.#transactions.begin(id, request.ops, nowMs, inner));
        break;
    }
  }

  #write(id: number, key: string, value: Json, nowMs: number, effects: Effect[]): void {
    this.#gating(nowMs, effects, (inner) => this.#transactions.seize(key, nowMs, inner));
    this.#commit(id, [{ key, value }], { ok: true, value: null }, nowMs, effects);
  }

  #commit(id: number, writes: readonly Written[], reply: Reply, nowMs: number, effects: Effect[]): void {
    const reign = this.#reign;
    if (reign === null) return;
    for (const { key } of writes) this.#transactions.replacing(key, this.#sequence.valueOf(key));
    const change = this.#log.append(reign.epoch, writes, effects);
    reign.ship(change, nowMs, effects);
    if (this.#bug("leader-ack-before-quorum")) effects.push({ is: "reply", id, reply });
    else this.#gates.add({ id, is: "write", reply, needs: change.n, beat: 0 }, nowMs, effects);
  }

  #gateRead(id: number, reply: Reply, needs: number, nowMs: number, effects: Effect[]): void {
    const reign = this.#reign;
    if (reign === null) return;
    if (this.#bug("leader-unconfirmed-read")) {
      effects.push({ is: "reply", id, reply });
      return;
    }
    // What is asked during a beat under way waits for the next one, which goes when this one is answered.
    const idle = reign.confirmedBeat === reign.lastBeat;
    const waitsFor = { needs: Math.max(needs, reign.first), beat: reign.lastBeat + 1 };
    this.#gates.add({ id, is: "read", reply, ...waitsFor }, nowMs, effects);
    if (idle) reign.beat(nowMs, effects);
  }

  /** Answers of transactions tell what they saw, so they wait as reads do. */
  #gating(nowMs: number, effects: Effect[], work: (inner: Effect[]) => void): void {
    const inner: Effect[] = [];
    work(inner);
    for (const effect of inner) {
      if (effect.is === "reply") this.#gateRead(effect.id, effect.reply, this.#sequence.last[1], nowMs, effects);
      else effects.push(effect);
    }
  }

  #message(from: NodeName, message: Message, nowMs: number, effects: Effect[]): void {
    switch (message.is) {
      case "ship":
      case "snapshot":
        this.#follow(from, message, nowMs, effects);
        break;
      case "have":
        this.#heardOf(message.epoch, nowMs, effects);
        if (message.epoch === this.#reign?.epoch) this.#reign.have(from, message, nowMs, effects);
        break;
      case "stand":
        this.#asked(from, message, nowMs, effects);
        break;
      case "vote":
        this.#voted(from, message, nowMs, effects);
        break;
    }
  }

  #follow(from: NodeName, message: Ship | Snapshot, nowMs: number, effects: Effect[]): void {
    const { epoch, beat } = message;
    const unfenced = this.#bug("leader-no-fence");
    const isStale = epoch < this.#log.promised.promise;
    if (!isStale && !(unfenced && this.#reign !== null)) this.#obey(from, epoch, nowMs, effects);
    if (this.#reign === null && (unfenced || !isStale)) {
      if (message.is === "ship") this.#log.take(message.from, message.changes, effects);
      else this.#install(message, effects);
    }
    // Of a later epoch than the message's it says to the sender that it leads no more.
    // P4: it may lead that epoch by now, and this beat is none of it.
    const answers = isStale && !unfenced ? 0 : beat;
    const { promise } = this.#log.promised;
    const have: Have = { is: "have", epoch: unfenced ? epoch : promise, beat: answers, at: this.#sequence.last };
    effects.push({ is: "send", to: from, message: have });
  }

  /** The leader of an epoch that is not below what was promised. */
  #obey(from: NodeName, epoch: number, nowMs: number, effects: Effect[]): void {
    if (epoch > this.#log.promised.promise) this.#promise(epoch, null, nowMs, effects);
    else if (this.#reign === null) this.#log.stoodInVain(this.#members.self, effects);
    if (this.#leader !== from) this.#sequence.forgetEarly();
    this.#leader = from;
    this.#candidacy = null;
    this.#wants = false;
    this.#silence.begin(nowMs);
    this.#promotions.answer(noQuorum(`${from} leads epoch ${epoch}`), effects);
  }

  /** Late or twice, it must not take back what came after it. */
  #install({ at, held }: Snapshot, effects: Effect[]): void {
    if (compare(at, this.#sequence.last) <= 0) return;
    this.#log.replace(at, held, effects);
  }

  /** Somebody promised a later epoch to somebody else. */
  #heardOf(epoch: number, nowMs: number, effects: Effect[]): void {
    if (epoch > this.#log.promised.promise) this.#promise(epoch, null, nowMs, effects);
  }

  #promise(epoch: number, to: NodeName | null, nowMs: number, effects: Effect[]): void {
    this.#log.promise(epoch, to, effects);
    if (this.#reign !== null && this.#bug("leader-no-fence")) return;
    this.#leader = null;
    this.#candidacy = null;
    if (this.#reign !== null) this.#stepDown(nowMs, effects);
  }

  #stepDown(nowMs: number, effects: Effect[]): void {
    this.#reign = null;
    this.#silence.begin(nowMs);
    this.#transactions.abandon((id) => effects.push({ is: "reply", id, reply: this.#notLeader() }));
    this.#transactions = this.#newTransactions();
    this.#gates.drop(this.#notLeader(), effects);
    this.#armSilence(effects);
  }

  #asked(from: NodeName, stand: Stand, nowMs: number, effects: Effect[]): void {
    const { epoch, asks, urgent } = stand;
    const last: Place = this.#bug("leader-votes-for-anybody") ? [0, 0] : this.#sequence.last;
    // It cannot lead, and this node could: so that somebody does.
    if (compare(stand.at, last) < 0) this.#wants = true;
    let granted = grants(this.#log.promised, last, from, stand);
    if (asks) {
      const hears = this.#reign !== null || (this.#leader !== null && this.#silence.isFresh(nowMs));
      if (hears && !urgent) granted = false;
    } else if (epoch > this.#log.promised.promise) {
      this.#promise(epoch, granted ? from : null, nowMs, effects);
      if (granted) this.#silence.begin(nowMs);
    }
    const vote: Vote = { is: "vote", epoch, asks, granted, promised: this.#log.promised.promise };
    effects.push({ is: "send", to: from, message: vote });
  }

  #voted(from: NodeName, vote: Vote, nowMs: number, effects: Effect[]): void {
    this.#heardOf(vote.promised, nowMs, effects);
    this.#candidacy?.vote(from, vote);
    this.#winIfWon(nowMs, effects);
  }

  /** Asks first, unless somebody wants it to lead. */
  #stand(urgent: boolean, nowMs: number, effects: Effect[]): void {
    const epoch = this.#log.promised.promise + 1;
    if (!urgent) this.#candidacy = new Candidacy(epoch, true, this.#members);
    else {
      this.#promise(epoch, this.#members.self, nowMs, effects);
      this.#candidacy = new Candidacy(epoch, false, this.#members);
    }
    this.#candidacy.call(this.#sequence.last, urgent, this.#members, effects);
    this.#winIfWon(nowMs, effects);
  }

  #winIfWon(nowMs: number, effects: Effect[]): void {
    const candidacy = this.#candidacy;
    if (candidacy === null || !candidacy.won) return;
    if (candidacy.asks) this.#stand(true, nowMs, effects);
    else this.#begin(candidacy.epoch, nowMs, effects);
  }

  #begin(epoch: number, nowMs: number, effects: Effect[]): void {
    this.#candidacy = null;
    this.#leader = this.#members.self;
    this.#wants = true;
    this.#log.append(epoch, [], effects);
    this.#reign = new Reign({
      epoch,
      sequence: this.#sequence,
      followers: this.#members.peers,
      writeQuorum: this.#config.writeQuorum,
      delay: this.#delay,
      shortSnapshots: this.#bug("leader-short-snapshot"),
    });
    this.#reign.beat(nowMs, effects);
    effects.push({ is: "timer", name: "beat", afterMs: BEAT_EVERY_MS });
    this.#promotions.answer(leads(this.#members.self, epoch), effects);
  }

  #promote(id: number, nowMs: number, effects: Effect[]): void {
    if (this.#reign !== null) {
      effects.push({ is: "reply", id, reply: leads(this.#members.self, this.#reign.epoch) });
      return;
    }
    this.#promotions.add(id, effects);
    this.#wants = true;
    this.#stand(true, nowMs, effects);
  }

  #timer(name: string, nowMs: number, effects: Effect[]): void {
    if (name === "silence") this.#silent(nowMs, effects);
    else if (name === "beat" && this.#reign !== null) {
      this.#reign.beat(nowMs, effects);
      effects.push({ is: "timer", name: "beat", afterMs: BEAT_EVERY_MS });
    } else if (name === this.#gates.timer) this.#gates.expire(nowMs, effects);
    else if (name === this.#promotions.timer)
      this.#promotions.answer(noQuorum("no majority voted for it in time"), effects);
    else if (name === this.#transactions.timer)
      this.#gating(nowMs, effects, (inner) => this.#transactions.look(nowMs, inner));
  }

  #silent(nowMs: number, effects: Effect[]): void {
    if (this.#reign !== null) return;
    if (this.#silence.isOver(nowMs)) {
      this.#leader = null;
      this.#silence.begin(nowMs);
      if (this.#wants || this.#config.failover === "fenced") this.#stand(false, nowMs, effects);
    }
    this.#armSilence(effects);
  }

  #armSilence(effects: Effect[]): void {
    this.#silence.drawAgain();
    effects.push({ is: "timer", name: "silence", afterMs: this.#silence.lastsMs });
  }

  #newTransactions(): Transactions {
    const { isolation, txnStepDelayMs } = this.#config;
    return new Transactions({
      isolation: isolation ?? "serializable",
      stepDelayMs: txnStepDelayMs,
      members: this.#members,
      read: (key) => this.#sequence.valueOf(key),
      commit: ({ id, writes, reply }, nowMs, effects) => this.#commit(id, writes, reply, nowMs, effects),
    });
  }

  #notLeader(): Reply {
    return notLeader(this.#members.self, this.#leader);
  }

  #health(): Json {
    const { mode, failover } = this.#config;
    const reign = this.#reign;
    const role = reign !== null ? "leader" : this.#candidacy !== null ? "candidate" : "follower";
    const [, position] = this.#sequence.last;
    return {
      name: this.#members.self,
      mode,
      failover: failover ?? "none",
      role,
      leader: this.#leader,
      epoch: this.#log.promised.promise,
      keys: this.#sequence.size,
      position,
      ...(reign === null ? {} : { committed: reign.committed, unacknowledged: reign.counts() }),
    };
  }
}

/** What only the leader answers. */
type Asked = Extract<Request, { readonly op: "read" | "write" | "cas" | "txn" }>;

const isRead = ([f]: MicroOp): boolean => f === "r";
