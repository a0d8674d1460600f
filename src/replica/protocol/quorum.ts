/**
 * Leaderless: all nodes are replicas of every key, and any of them coordinates what it is asked.
 *
 * A write goes to all and is answered when `writeQuorum` replicas, the coordinator included, have stored it. A read
 * asks all and is answered from the first `readQuorum` states, the coordinator's own included. Nothing is sent twice:
 * a replica that missed a write learns of it by read repair, by the next write of the key, or never.
 *
 * R + W > N does not make this linearizable: a write under way can be seen by one read and missed by the next, and
 * last-write-wins orders by clocks. A cas is a quorum read, a comparison, and a quorum write: not atomic. Two of them
 * can both succeed from the same value.
 */

import type { Json, NodeName, QuorumConfig, Reply, Request } from "../wire.js";
import { bugsOf } from "./bugs.js";
import { Deadlines } from "./deadlines.js";
import { ReplicationDelay } from "./delay.js";
import { isCount, isObject, sameJson } from "./json.js";
import { isBootEntry, Lives } from "./lives.js";
import type { Core, Effect, Input, Members, Now } from "./protocol.js";
import type { Versioning } from "./versioning.js";

type Message<State extends Json> =
  /** `op` null: nobody waits for an answer (read repair). */
  | { readonly is: "store"; readonly op: number | null; readonly key: string; readonly state: State }
  | { readonly is: "stored"; readonly op: number }
  | { readonly is: "fetch"; readonly op: number; readonly key: string }
  | { readonly is: "fetched"; readonly op: number; readonly state: State | null };

type Cas = Request & { readonly op: "cas" };
type Assignment = { readonly key: string; readonly value: Json; readonly context?: Json };

interface Write {
  readonly is: "write";
  readonly id: number;
  readonly storedBy: Set<NodeName>;
}

interface Read<State> {
  readonly is: "read";
  readonly id: number;
  readonly key: string;
  /** The cas that this read begins; null for a plain read. */
  readonly cas: Cas | null;
  /** What each replica is known to hold. */
  readonly held: Map<NodeName, State | null>;
  merged: State | null;
  answered: boolean;
}

export class QuorumCore<State extends Json> implements Core {
  readonly #config: QuorumConfig;
  readonly #members: Members;
  readonly #bug: ReturnType<typeof bugsOf>;
  readonly #versioning: Versioning<State>;
  readonly #delay: ReplicationDelay;
  readonly #lives = new Lives();
  readonly #state = new Map<string, State>();
  readonly #open: Deadlines<Write | Read<State>>;
  #sequence = 0;

  constructor(config: QuorumConfig, members: Members, versioning: Versioning<State>) {
    this.#config = config;
    this.#members = members;
    this.#bug = bugsOf(members);
    this.#versioning = versioning;
    this.#delay = new ReplicationDelay(config.replicationDelayMs, members);
    this.#open = new Deadlines("deadline", config.quorumTimeoutMs);
  }

  step(input: Input): readonly Effect[] {
    const effects: Effect[] = [];
    switch (input.is) {
      case "start":
        this.#start(input.entries, effects);
        break;
      case "request":
        this.#request(input, effects);
        break;
      case "message": {
        const message = this.#decode(input.message);
        if (message !== null) this.#message(input.from, message, input, effects);
        break;
      }
      case "timer":
        if (input.name === this.#open.timer) this.#expire(input.nowMs, effects);
        break;
      case "connected":
        break;
    }
    return effects;
  }

  #start(entries: readonly Json[], effects: Effect[]): void {
    for (const entry of entries) {
      if (isBootEntry(entry)) this.#lives.recovered(entry);
      else if (isObject(entry) && typeof entry["key"] === "string" && this.#versioning.isState(entry["state"])) {
        this.#state.set(entry["key"], entry["state"]);
        this.#sequence = Math.max(this.#sequence, this.#versioning.sequence(entry["state"], this.#members.self));
      }
    }
    this.#lives.begin(effects);
  }

  #request(input: Input & { readonly is: "request" }, effects: Effect[]): void {
    const { id, request } = input;
    const answer = (reply: Reply): void => void effects.push({ is: "reply", id, reply });
    switch (request.op) {
      case "read":
        this.#read({ id, key: request.key, cas: null }, input, effects);
        break;
      case "cas":
        this.#read({ id, key: request.key, cas: request }, input, effects);
        break;
      case "write":
        if (request.context === undefined || this.#versioning.isContext(request.context)) {
          this.#write({ id, op: this.#lives.nextOp() }, request, input, effects);
        } else {
          const message = `context is ${JSON.stringify(request.context)}, not what a read returned`;
          answer({ ok: false, error: "bad-request", message });
        }
        break;
      case "txn":
        answer({ ok: false, error: "unsupported", message: "transactions need a leader; the mode is quorum" });
        break;
      case "voters":
        answer({ ok: false, error: "unsupported", message: "every node counts; the mode is quorum" });
        break;
      case "dump": {
        const values = [...this.#state].map(([key, state]) => [key, this.#versioning.values(state)] as const);
        answer({ ok: true, value: Object.fromEntries(values) });
        break;
      }
      case "health": {
        const { mode, versioning } = this.#config;
        answer({
          ok: true,
          value: { name: this.#members.self, mode, role: "replica", versioning, keys: this.#state.size },
        });
        break;
      }
    }
  }

  #write(open: { readonly id: number; readonly op: number }, write: Assignment, now: Now, effects: Effect[]): void {
    const { id, op } = open;
    const { key } = write;
    const stamp = { node: this.#members.self, clockMs: now.clockMs, sequence: ++this.#sequence };
    const state = this.#versioning.write(this.#state.get(key) ?? null, write, stamp);
    this.#keep(key, state, effects);
    const message: Message<State> = { is: "store", op, key, state };
    for (const peer of this.#members.peers) effects.push(this.#delay.send(peer, message));
    const waiting: Write = { is: "write", id, storedBy: new Set([this.#members.self]) };
    this.#open.add(op, waiting, now.nowMs, effects);
    this.#stored(op, waiting, effects);
  }

  #stored(op: number, write: Write, effects: Effect[]): void {
    const enough = this.#config.writeQuorum - (this.#bug("quorum-early-answer") ? 1 : 0);
    if (write.storedBy.size < enough) return;
    this.#open.delete(op);
    effects.push({ is: "reply", id: write.id, reply: DONE });
  }

  #read(ask: Pick<Read<State>, "id" | "key" | "cas">, now: Now, effects: Effect[]): void {
    const own = this.#state.get(ask.key) ?? null;
    const read: Read<State> = {
      is: "read",
      ...ask,
      held: new Map([[this.#members.self, own]]),
      merged: own,
      answered: false,
    };
    const op = this.#lives.nextOp();
    if (this.#config.readQuorum > 1 || this.#config.readRepair) {
      this.#open.add(op, read, now.nowMs, effects);
      const message: Message<State> = { is: "fetch", op, key: ask.key };
      for (const to of this.#members.peers) effects.push({ is: "send", to, message });
    }
    this.#progress(op, read, now, effects);
  }

  /** Answers once enough replicas have; then, if so set, goes on to listen and to repair until all of them have. */
  #progress(op: number, read: Read<State>, now: Now, effects: Effect[]): void {
    if (read.held.size < this.#config.readQuorum) return;
    if (!read.answered) {
      read.answered = true;
      const found = this.#versioning.read(read.merged);
      if (read.cas !== null && sameJson(found.value, read.cas.from)) {
        const { context } = found;
        const write = { key: read.key, value: read.cas.to, ...(context === undefined ? {} : { context }) };
        this.#write({ id: read.id, op }, write, now, effects);
        return;
      }
      const reply = read.cas === null ? found : mismatch(found.value);
      effects.push({ is: "reply", id: read.id, reply });
    }
    if (this.#config.readRepair) this.#repair(read, effects);
    if (!this.#config.readRepair || read.held.size > this.#members.peers.length) this.#open.delete(op);
  }

  /** Sends the join of all answers to each replica whose answer lacked some of it. */
  #repair(read: Read<State>, effects: Effect[]): void {
    const { key, merged } = read;
    if (merged === null) return;
    for (const [node, held] of read.held) {
      if (held !== null && this.#versioning.merge(held, merged) === held) continue;
      read.held.set(node, merged);
      const message: Message<State> = { is: "store", op: null, key, state: merged };
      if (node === this.#members.self) this.#keep(key, merged, effects);
      else effects.push(this.#delay.send(node, message));
    }
  }

  #message(from: NodeName, message: Message<State>, now: Now, effects: Effect[]): void {
    switch (message.is) {
      case "store":
        this.#store(from, message, effects);
        break;
      case "fetch":
        this.#tell(from, { is: "fetched", op: message.op, state: this.#state.get(message.key) ?? null }, effects);
        break;
      case "stored": {
        const write = this.#open.get(message.op);
        if (write?.is !== "write") break;
        write.storedBy.add(from);
        this.#stored(message.op, write, effects);
        break;
      }
      case "fetched": {
        const read = this.#open.get(message.op);
        if (read?.is !== "read" || read.held.has(from)) break;
        read.held.set(from, message.state);
        if (!this.#bug("quorum-own-answer")) read.merged = this.#join(read.merged, message.state);
        this.#progress(message.op, read, now, effects);
        break;
      }
    }
  }

  #store(from: NodeName, { op, key, state }: Message<State> & { readonly is: "store" }, effects: Effect[]): void {
    const answer = (): void => void (op === null || this.#tell(from, { is: "stored", op }, effects));
    if (this.#bug("quorum-ack-before-fsync")) answer();
    if (op === null && this.#bug("quorum-repair-overwrites")) {
      this.#state.set(key, state);
      effects.push({ is: "persist", entry: { key, state } });
    } else this.#keep(key, state, effects);
    if (!this.#bug("quorum-ack-before-fsync")) answer();
  }

  #tell(to: NodeName, message: Message<State>, effects: Effect[]): void {
    effects.push({ is: "send", to, message });
  }

  #expire(nowMs: number, effects: Effect[]): void {
    const { writeQuorum, readQuorum } = this.#config;
    for (const open of this.#open.expire(nowMs, effects)) {
      if (open.is === "write") {
        const message = `stored at ${open.storedBy.size} of ${writeQuorum} replicas in time`;
        effects.push({ is: "reply", id: open.id, reply: { ok: false, error: "partial", message } });
      } else if (!open.answered) {
        const message = `${open.held.size} of ${readQuorum} replicas answered in time; nothing was done`;
        effects.push({ is: "reply", id: open.id, reply: { ok: false, error: "no-quorum", message } });
      }
    }
  }

  /** P5 never-older: a state only ever grows, by merging. What adds nothing is not written to the log. */
  #keep(key: string, state: State, effects: Effect[]): void {
    const held = this.#state.get(key) ?? null;
    const merged = held === null ? state : this.#versioning.merge(held, state);
    if (merged === held) return;
    this.#state.set(key, merged);
    effects.push({ is: "persist", entry: { key, state: merged } });
  }

  #join(a: State | null, b: State | null): State | null {
    if (a === null || b === null) return a ?? b;
    return this.#versioning.merge(a, b);
  }

  #decode(json: Json): Message<State> | null {
    if (!isObject(json)) return null;
    const versioning = this.#versioning;
    const { is, op, key, state } = json as { readonly [field: string]: Json | undefined };
    if (is === "store" && (op === null || isCount(op)) && typeof key === "string" && versioning.isState(state)) {
      return { is, op, key, state };
    }
    if (is === "stored" && isCount(op)) return { is, op };
    if (is === "fetch" && isCount(op) && typeof key === "string") return { is, op, key };
    if (is === "fetched" && isCount(op) && (state === null || versioning.isState(state))) return { is, op, state };
    return null;
  }
}

const DONE: Reply = { ok: true, value: null };

function mismatch(found: Json): Reply {
  return { ok: false, error: "mismatch", message: `found ${JSON.stringify(found)}` };
}
