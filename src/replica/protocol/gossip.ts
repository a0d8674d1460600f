/**
 * Every node takes writes, keeps them, and tells the others; a read is answered from what the asked node holds.
 *
 * `propagation: strong` answers a write when all replicas have it, `eventual` at once. A write is told once: who was
 * not there misses it, until the key is written again or, with anti-entropy, until two replicas compare what they hold.
 * Even `strong` is not linearizable: while a write spreads, one replica shows it and the next does not yet; and where
 * it could not spread to all, those that have it keep it.
 *
 * A cas compares and sets at the asked replica alone: two of them, at two replicas, can succeed from one value.
 */

import type { GossipConfig, Json, NodeName, Reply, Request } from "../wire.js";
import { bugsOf } from "./bugs.js";
import { Deadlines } from "./deadlines.js";
import { ReplicationDelay } from "./delay.js";
import { draw } from "./draw.js";
import { digestOf } from "./digest.js";
import { isArray, isCount, isObject, sameJson } from "./json.js";
import { isBootEntry, Lives } from "./lives.js";
import type { Core, Effect, Input, Members, Now } from "./protocol.js";
import type { Versioning } from "./versioning.js";

type Message<State extends Json> =
  /** `op` null: nobody waits for an answer. */
  | { readonly is: "update"; readonly op: number | null; readonly key: string; readonly state: State }
  | { readonly is: "updated"; readonly op: number }
  /** Anti-entropy: what I hold, as key -> digest of the state. */
  | { readonly is: "digests"; readonly digests: { readonly [key: string]: string } }
  /** Keys of yours that I lack or hold otherwise. */
  | { readonly is: "want"; readonly keys: readonly string[] };

type Assignment = { readonly key: string; readonly value: Json; readonly context?: Json };

interface Write {
  readonly id: number;
  readonly heldBy: Set<NodeName>;
}

const ANTI_ENTROPY = "anti-entropy";

export class GossipCore<State extends Json> implements Core {
  readonly #config: GossipConfig;
  readonly #members: Members;
  readonly #bug: ReturnType<typeof bugsOf>;
  readonly #versioning: Versioning<State>;
  readonly #delay: ReplicationDelay;
  readonly #lives: Lives;
  readonly #state = new Map<string, State>();
  readonly #open: Deadlines<Write>;
  #sequence = 0;
  #rounds = 0;

  constructor(config: GossipConfig, members: Members, versioning: Versioning<State>) {
    this.#config = config;
    this.#members = members;
    this.#lives = new Lives(members.lives);
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
        if (message !== null) this.#message(input.from, message, effects);
        break;
      }
      case "timer":
        if (input.name === this.#open.timer) this.#expire(input.nowMs, effects);
        if (input.name === ANTI_ENTROPY) this.#compare(effects);
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
        this.#sequence = Math.max(this.#sequence, this.#versioning.sequence(entry["state"], this.#name));
      }
    }
    this.#lives.begin(effects);
    this.#nextRound(effects);
  }

  /** The one under which it counts its writes. */
  get #name(): NodeName {
    return this.#lives.nameOf(this.#members.self);
  }

  #request({ id, request, ...now }: Input & { readonly is: "request" }, effects: Effect[]): void {
    const answer = (reply: Reply): void => void effects.push({ is: "reply", id, reply });
    switch (request.op) {
      case "read":
        answer(this.#versioning.read(this.#state.get(request.key) ?? null));
        break;
      case "cas":
        this.#cas(id, request, now, effects);
        break;
      case "write":
        if (request.context === undefined || this.#versioning.isContext(request.context)) {
          this.#write(id, request, now, effects);
        } else {
          const message = `context is ${JSON.stringify(request.context)}, not what a read returned`;
          answer({ ok: false, error: "bad-request", message });
        }
        break;
      case "txn":
        answer({ ok: false, error: "unsupported", message: "transactions need a leader; the mode is gossip" });
        break;
      case "voters":
        answer({ ok: false, error: "unsupported", message: "nobody votes; the mode is gossip" });
        break;
      case "dump": {
        const values = [...this.#state].map(([key, state]) => [key, this.#versioning.values(state)] as const);
        answer({ ok: true, value: Object.fromEntries(values) });
        break;
      }
      case "health": {
        const { mode, versioning } = this.#config;
        const keys = this.#state.size;
        answer({ ok: true, value: { name: this.#members.self, mode, role: "replica", versioning, keys } });
        break;
      }
    }
  }

  #cas(id: number, cas: Request & { readonly op: "cas" }, now: Now, effects: Effect[]): void {
    const found = this.#versioning.read(this.#state.get(cas.key) ?? null);
    if (!sameJson(found.value, cas.from)) {
      const message = `found ${JSON.stringify(found.value)}`;
      effects.push({ is: "reply", id, reply: { ok: false, error: "mismatch", message } });
      return;
    }
    const { context } = found;
    this.#write(id, { key: cas.key, value: cas.to, ...(context === undefined ? {} : { context }) }, now, effects);
  }

  #write(id: number, write: Assignment, now: Now, effects: Effect[]): void {
    const { key } = write;
    const stamp = { node: this.#name, clockMs: now.clockMs, sequence: ++this.#sequence };
    const state = this.#versioning.write(this.#state.get(key) ?? null, write, stamp);
    if (this.#bug("gossip-ack-before-fsync")) effects.push({ is: "reply", id, reply: DONE });
    this.#set(key, state, effects);
    const waits = this.#config.propagation === "strong" && this.#members.peers.length > 0;
    const op = waits ? this.#lives.nextOp() : null;
    const message: Message<State> = { is: "update", op, key, state };
    for (const peer of this.#members.peers) effects.push(this.#delay.send(peer, message));
    if (op === null) {
      if (!this.#bug("gossip-ack-before-fsync")) effects.push({ is: "reply", id, reply: DONE });
    } else this.#open.add(op, { id, heldBy: new Set() }, now.nowMs, effects);
  }

  #message(from: NodeName, message: Message<State>, effects: Effect[]): void {
    switch (message.is) {
      case "update":
        this.#merge(message.key, message.state, effects);
        if (message.op !== null) this.#tell(from, { is: "updated", op: message.op }, effects);
        break;
      case "updated": {
        const write = this.#open.get(message.op);
        if (write === undefined) break;
        write.heldBy.add(from);
        if (write.heldBy.size < this.#members.peers.length && !this.#bug("gossip-first-is-enough")) break;
        this.#open.delete(message.op);
        effects.push({ is: "reply", id: write.id, reply: DONE });
        break;
      }
      case "digests":
        this.#answerDigests(from, message.digests, effects);
        break;
      case "want":
        for (const key of message.keys) this.#show(from, key, effects);
        break;
    }
  }

  /** Asks for what the other holds otherwise, and shows it what it lacks or holds otherwise. */
  #answerDigests(from: NodeName, digests: { readonly [key: string]: string }, effects: Effect[]): void {
    const theirs = new Map(Object.entries(digests));
    const keys = [...theirs].filter(([key, digest]) => digest !== this.#digest(key)).map(([key]) => key);
    if (keys.length > 0) this.#tell(from, { is: "want", keys }, effects);
    for (const key of this.#state.keys()) {
      if (theirs.get(key) !== this.#digest(key)) this.#show(from, key, effects);
    }
  }

  #show(to: NodeName, key: string, effects: Effect[]): void {
    const state = this.#state.get(key);
    if (state !== undefined) effects.push(this.#delay.send(to, { is: "update", op: null, key, state }));
  }

  #digest(key: string): string | null {
    const state = this.#state.get(key);
    return state === undefined ? null : digestOf(state);
  }

  /** A round of anti-entropy: all that this replica holds, as digests, to one that the seed chooses. */
  #compare(effects: Effect[]): void {
    const { peers, seed, self } = this.#members;
    const peer = peers[Math.floor(peers.length * draw(seed, this.#rounds++, `anti-entropy ${self}`))];
    if (peer !== undefined) {
      const digests = Object.fromEntries([...this.#state].map(([key, state]) => [key, digestOf(state)]));
      this.#tell(peer, { is: "digests", digests }, effects);
    }
    this.#nextRound(effects);
  }

  #nextRound(effects: Effect[]): void {
    const { antiEntropyMs } = this.#config;
    if (antiEntropyMs !== null) effects.push({ is: "timer", name: ANTI_ENTROPY, afterMs: antiEntropyMs });
  }

  #tell(to: NodeName, message: Message<State>, effects: Effect[]): void {
    effects.push({ is: "send", to, message });
  }

  #expire(nowMs: number, effects: Effect[]): void {
    for (const { id, heldBy } of this.#open.expire(nowMs, effects)) {
      const message = `held by ${heldBy.size + 1} of ${this.#members.peers.length + 1} replicas in time`;
      effects.push({ is: "reply", id, reply: { ok: false, error: "partial", message } });
    }
  }

  #merge(key: string, state: State, effects: Effect[]): void {
    const held = this.#state.get(key) ?? null;
    const takesIt = held === null || this.#bug("gossip-late-wins");
    const merged = takesIt ? state : this.#versioning.merge(held, state);
    if (merged !== held && (held === null || !sameJson(merged, held))) this.#set(key, merged, effects);
  }

  #set(key: string, state: State, effects: Effect[]): void {
    this.#state.set(key, state);
    effects.push({ is: "persist", entry: { key, state } });
  }

  #decode(json: Json): Message<State> | null {
    if (!isObject(json)) return null;
    const { is, op, key, state, digests, keys } = json as { readonly [field: string]: Json | undefined };
    const isState = this.#versioning.isState(state);
    if (is === "update" && (op === null || isCount(op)) && typeof key === "string" && isState) {
      return { is, op, key, state };
    }
    if (is === "updated" && isCount(op)) return { is, op };
    if (is === "digests" && isObject(digests)) {
      const known = Object.entries(digests).filter((entry): entry is [string, string] => typeof entry[1] === "string");
      return { is, digests: Object.fromEntries(known) };
    }
    if (is === "want" && isArray(keys)) return { is, keys: keys.filter((name) => typeof name === "string") };
    return null;
  }
}

const DONE: Reply = { ok: true, value: null };
