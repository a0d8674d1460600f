/** The coordinator's half of a leaderless store: asks the replicas of a key, and answers when enough of them have. */

import type { Json, NodeName } from "../../wire.js";
import { Deadlines } from "../deadlines.js";
import { sameJson } from "../json.js";
import type { Effect, Now } from "../protocol.js";
import { type Kit, tell } from "./kit.js";
import type { Coordinated, Message } from "./message.js";
import {
  type Asker,
  answer,
  DONE,
  mismatch,
  type Operation,
  overdue,
  type Read,
  storedCount,
  type Write,
} from "./operation.js";
import { union } from "./placement.js";

/** The part of the time-out after which a replica that has not answered is given a stand-in. */
const PATIENCE = 1 / 4;

type Assignment = {
  readonly key: string;
  readonly value: Json;
  readonly context?: Json;
  readonly delete?: true;
  readonly n?: number;
  readonly w?: number;
};

export class Coordinator<State extends Json> {
  readonly #kit: Kit<State>;
  readonly #open: Deadlines<Operation<State>>;
  readonly #impatient: Deadlines<number>;
  /** Does anything remain to be done about a write that was answered? */
  readonly #staysOn: boolean;
  #sequence = 0;

  constructor(kit: Kit<State>) {
    const { sloppyQuorum, hintedHandoffMs, quorumTimeoutMs } = kit.config;
    this.#kit = kit;
    this.#open = new Deadlines("deadline", quorumTimeoutMs);
    this.#impatient = new Deadlines("stand-in", quorumTimeoutMs * PATIENCE);
    this.#staysOn = sloppyQuorum === true || hintedHandoffMs !== undefined;
  }

  /** A state from the log, also one that was replaced since: its number was given away. */
  recovered(state: State | null): void {
    const { versioning, holdings } = this.#kit;
    if (state !== null) this.#sequence = Math.max(this.#sequence, versioning.sequence(state, holdings.name));
  }

  /** Is there a read, or a write, that began before this view? */
  hasOpen(is: "read" | "write", at: number): boolean {
    for (const [, open] of this.#open.entries()) if (open.is === is && open.at < at) return true;
    return false;
  }

  request(request: Coordinated, asker: Asker, now: Now, effects: Effect[]): void {
    const { placement, config, members } = this.#kit;
    const problem = this.#problem(request);
    if (problem !== null) {
      answer(asker, { ok: false, error: "bad-request", message: problem }, effects);
      return;
    }
    if (request.op === "read") return this.#read(request, null, asker, now, effects);
    const replicas = placement.replicasOf(request.key, request.n);
    if (!replicas.includes(members.self)) {
      // Only a replica numbers writes: it keeps what it numbered. Another node passed it on if the ring is another to it.
      const to = replicas.find((node) => !placement.seemsAway(node));
      if (to !== undefined || config.sloppyQuorum !== true) {
        return this.#forward(request, asker, to ?? replicas[0] ?? members.self, now, effects);
      }
    }
    if (request.op === "cas" || this.#mustReadFirst(request)) this.#read(request, request, asker, now, effects);
    else this.#write(this.#kit.lives.nextOp(), request, asker, now, effects);
  }

  /** null: it can be done. */
  #problem(request: Coordinated): string | null {
    const { placement, versioning, config } = this.#kit;
    const context = request.op === "write" ? request.context : undefined;
    if (context !== undefined && !versioning.isContext(context)) {
      return `context is ${JSON.stringify(context)}, not what a read returned`;
    }
    const nodes = placement.nodeCount;
    const replicas = request.n ?? placement.replicaCount;
    if (replicas > nodes) return `n is ${replicas}, and there are ${nodes} nodes`;
    const [r, w] = [request.r ?? config.readQuorum, request.w ?? config.writeQuorum];
    const reads = request.op !== "write" || this.#mustReadFirst(request);
    if (reads && r > replicas) return `r is ${r}, and a key has ${replicas} replicas`;
    if (request.op !== "read" && w > replicas) return `w is ${w}, and a key has ${replicas} replicas`;
    return null;
  }

  /** A delete without context is of what is there, which is not what this one replica happens to hold. */
  #mustReadFirst({ delete: deletes, context }: Assignment): boolean {
    const { versioning, tombstones } = this.#kit.config;
    return deletes === true && context === undefined && versioning === "vector-clock" && tombstones !== false;
  }

  #forward(request: Coordinated, asker: Asker, to: NodeName, now: Now, effects: Effect[]): void {
    const op = this.#kit.lives.nextOp();
    this.#open.add(op, { is: "forward", asker, request, to }, now.nowMs, effects);
    this.#impatient.add(op, op, now.nowMs, effects);
    tell(to, { is: "forward", op, request }, effects);
  }

  #write(op: number, write: Assignment, asker: Asker, now: Now, effects: Effect[]): void {
    const { config, members, placement, delay, bug } = this.#kit;
    const { key } = write;
    const groups = placement.writersOf(key, write.n);
    const replicas = union(groups);
    const standIn = replicas.includes(members.self) ? null : (replicas[0] ?? null);
    const state = config.tombstones === false && write.delete === true ? null : this.#next(write, now, effects);
    this.#keep(key, state, standIn, effects);
    const open: Write<State> = {
      is: "write",
      asker,
      key,
      state,
      replicas,
      groups,
      needed: bug("quorum-ack-before-quorum") ? 1 : (write.w ?? config.writeQuorum),
      at: placement.view.at,
      storedFor: new Set([standIn ?? members.self]),
      standIns: new Map(standIn === null ? [] : [[members.self, standIn]]),
      answered: false,
    };
    const message: Message<State> = state === null ? { is: "remove", op, key } : { is: "store", op, key, state };
    for (const to of replicas) if (to !== members.self) effects.push(delay.send(to, message));
    this.#open.add(op, open, now.nowMs, effects);
    this.#beSloppy(op, open, now, effects);
    this.#stored(op, open, effects);
  }

  #next({ key, ...write }: Assignment, now: Now, effects: Effect[]): State {
    const { config, members, holdings, versioning, bug } = this.#kit;
    const counts = config.versioning === "vector-clock" && !bug("quorum-dot-reused");
    const node = counts ? holdings.actor(effects) : members.self;
    const stamp = { node, clockMs: now.clockMs, sequence: ++this.#sequence };
    const state = versioning.write(holdings.known(key), write, stamp);
    this.#sequence = Math.max(this.#sequence, versioning.sequence(state, node));
    return state;
  }

  #keep(key: string, state: State | null, standIn: NodeName | null, effects: Effect[]): void {
    const { holdings, config } = this.#kit;
    if (state === null) holdings.drop(key, effects);
    else if (standIn !== null && config.sloppyQuorum === true) holdings.hint(standIn, key, state, effects);
    else holdings.keep(key, state, effects);
  }

  #stored(op: number, write: Write<State>, effects: Effect[]): void {
    if (storedCount(write) < write.needed - (this.#kit.bug("quorum-early-answer") ? 1 : 0)) return;
    if (!write.answered) answer(write.asker, DONE, effects);
    write.answered = true;
    if (!this.#staysOn || write.storedFor.size === write.replicas.length) this.#open.delete(op);
  }

  #read(request: Coordinated, next: Read<State>["next"], asker: Asker, now: Now, effects: Effect[]): void {
    const { config, members, placement, holdings, bug } = this.#kit;
    const { key } = request;
    const replicas = placement.readersOf(key, request.n);
    const isReplica = replicas.includes(members.self);
    const own = isReplica ? holdings.known(key) : null;
    const read: Read<State> = {
      is: "read",
      asker,
      key,
      next,
      replicas,
      needed: next !== null && bug("quorum-cas-stale") ? 1 : (request.r ?? config.readQuorum),
      at: placement.view.at,
      held: new Map(isReplica ? [[members.self, own]] : []),
      heardFor: new Set(isReplica ? [members.self] : []),
      standIns: new Map(),
      merged: own,
      answered: false,
    };
    const op = this.#kit.lives.nextOp();
    if (read.needed > read.heardFor.size || config.readRepair) {
      this.#open.add(op, read, now.nowMs, effects);
      for (const to of replicas) if (to !== members.self) tell(to, { is: "fetch", op, key }, effects);
      this.#beSloppy(op, read, now, effects);
    }
    this.#progress(op, read, now, effects);
  }

  /** Answers once enough replicas have; then, if so set, goes on to listen and to repair until all of them have. */
  #progress(op: number, read: Read<State>, now: Now, effects: Effect[]): void {
    const { versioning, config } = this.#kit;
    if (read.heardFor.size < read.needed) return;
    if (!read.answered) {
      read.answered = true;
      const { next } = read;
      const found = versioning.read(read.merged);
      if (next !== null && (next.op === "write" || sameJson(found.value, next.from))) {
        const { context } = found;
        const seen = context === undefined ? {} : { context };
        const write = next.op === "write" ? { ...next, ...seen } : { ...next, value: next.to, ...seen };
        return this.#write(op, write, read.asker, now, effects);
      }
      answer(read.asker, next === null ? found : mismatch(found.value), effects);
    }
    if (config.readRepair) this.#repair(read, effects);
    if (!config.readRepair || read.replicas.every((node) => read.held.has(node))) this.#open.delete(op);
  }

  /** Sends the join of all answers to each replica whose answer lacked some of it. */
  #repair(read: Read<State>, effects: Effect[]): void {
    const { members, holdings, versioning, delay } = this.#kit;
    const { key, merged } = read;
    if (merged === null) return;
    for (const [node, held] of read.held) {
      if (!read.replicas.includes(node)) continue;
      if (held !== null && versioning.merge(held, merged) === held) continue;
      read.held.set(node, merged);
      const message: Message<State> = { is: "store", op: null, key, state: merged };
      if (node === members.self) holdings.keep(key, merged, effects);
      else effects.push(delay.send(node, message));
    }
  }

  hear(
    from: NodeName,
    message: Extract<Message<State>, { readonly is: "stored" | "fetched" | "forwarded" }>,
    now: Now,
    effects: Effect[],
  ): void {
    const { holdings, bug } = this.#kit;
    const open = this.#open.get(message.op);
    if (open === undefined) return;
    if (message.is === "stored" && open.is === "write") {
      const replica = this.#slotOf(open, from);
      if (replica === undefined) return;
      open.storedFor.add(replica);
      this.#stored(message.op, open, effects);
    } else if (message.is === "fetched" && open.is === "read") {
      const replica = this.#slotOf(open, from);
      if (replica === undefined || open.held.has(from)) return;
      open.held.set(from, message.state);
      open.heardFor.add(replica);
      if (!bug("quorum-own-answer")) open.merged = holdings.join(open.merged, message.state);
      this.#progress(message.op, open, now, effects);
    } else if (message.is === "forwarded" && open.is === "forward") {
      this.#open.delete(message.op);
      answer(open.asker, message.reply, effects);
    }
  }

  /** For which replica a node answers. */
  #slotOf(open: Read<State> | Write<State>, node: NodeName): NodeName | undefined {
    return open.replicas.includes(node) ? node : open.standIns.get(node);
  }

  #beSloppy(op: number, open: Read<State> | Write<State>, now: Now, effects: Effect[]): void {
    const { config, placement } = this.#kit;
    if (config.sloppyQuorum !== true) return;
    this.#impatient.add(op, op, now.nowMs, effects);
    for (const node of open.replicas) if (placement.seemsAway(node)) this.#standIn(op, open, node, effects);
  }

  /** The next node on the ring does what this replica should. */
  #standIn(op: number, open: Read<State> | Write<State>, away: NodeName, effects: Effect[]): void {
    const { members, placement, holdings, delay } = this.#kit;
    const { key, replicas, standIns } = open;
    const done = open.is === "write" ? open.storedFor : open.heardFor;
    if (done.has(away) || [...standIns.values()].includes(away)) return;
    const to = placement.standInsOf(key, replicas).find((node) => !standIns.has(node));
    if (to === undefined) return;
    standIns.set(to, away);
    if (open.is === "read" && to === members.self) {
      open.held.set(to, holdings.known(key));
      open.heardFor.add(away);
      open.merged = holdings.join(open.merged, holdings.known(key));
    } else if (open.is === "read") tell(to, { is: "fetch", op, key }, effects);
    else if (open.state !== null) {
      const message: Message<State> = { is: "store", op, key, state: open.state, for: away };
      effects.push(delay.send(to, message));
    }
  }

  timer(name: string, now: Now, effects: Effect[]): void {
    if (name === this.#open.timer) this.#expire(now.nowMs, effects);
    if (name === this.#impatient.timer) {
      for (const op of this.#impatient.expire(now.nowMs, effects)) this.#loseMyPatience(op, now, effects);
    }
  }

  #loseMyPatience(op: number, now: Now, effects: Effect[]): void {
    const { members, placement, bug } = this.#kit;
    const open = this.#open.get(op);
    if (open === undefined) return;
    if (open.is === "forward") {
      placement.suspect(open.to);
      const { request } = open;
      const other = placement.replicasOf(request.key, request.n).find((node) => !placement.seemsAway(node));
      if (other !== undefined && bug("quorum-retry-twice")) tell(other, { is: "forward", op, request }, effects);
      return;
    }
    for (const node of open.replicas) {
      const isHere = open.is === "write" ? open.storedFor.has(node) : open.held.has(node);
      if (isHere || node === members.self) continue;
      placement.suspect(node);
      this.#standIn(op, open, node, effects);
    }
    if (open.is === "read") this.#progress(op, open, now, effects);
  }

  #expire(nowMs: number, effects: Effect[]): void {
    for (const open of this.#open.expire(nowMs, effects)) {
      if (open.is === "forward" || !open.answered) answer(open.asker, overdue(open), effects);
      if (open.is === "write") this.#keepHints(open, effects);
    }
  }

  /** What neither a replica nor a stand-in has confirmed the coordinator keeps for it. */
  #keepHints({ key, state, replicas, storedFor }: Write<State>, effects: Effect[]): void {
    const { config, holdings } = this.#kit;
    if (config.hintedHandoffMs === undefined || state === null) return;
    for (const node of replicas) if (!storedFor.has(node)) holdings.hint(node, key, state, effects);
  }
}
