/**
 * One node, the sequencer, gives every write and cas its place in one order; every replica applies that order, each in
 * its own time. Clients ask any node: it passes the operation on, and answers when it has applied it itself and
 * `writeQuorum` replicas have it.
 *
 * A read that is `linearizable` asks the sequencer how far the order has come, and is answered when this replica has
 * come as far: all that was acknowledged before the read began is in it. A read that is `eventual` is answered from
 * the newest of `readQuorum` replicas, at once. With one that is this replica: a prefix of the order, perhaps an old
 * one, so that a client that stays sees no time go backwards, and one that moves to another node may.
 *
 * The sequencer never changes. While it is away nothing is ordered; nothing that was is lost, for it keeps an
 * operation before it tells anybody (P1).
 */

import type { Json, NodeName, Reply, Request, SequencerConfig } from "../wire.js";
import { bugsOf } from "./bugs.js";
import { Deadlines } from "./deadlines.js";
import { ReplicationDelay } from "./delay.js";
import { isArray, isCount, isObject, sameJson } from "./json.js";
import { isBootEntry, Lives } from "./lives.js";
import type { Core, Effect, Input, Members, Now } from "./protocol.js";
import { isChange, type Change, type Ordered, OrderedLog } from "./ordered-log.js";

type Message =
  | { readonly is: "order"; readonly op: number; readonly change: Change }
  | { readonly is: "ordered"; readonly from: number; readonly entries: readonly Ordered[] }
  /** To the node that the client asked. */
  | { readonly is: "stored"; readonly op: number }
  /** To the sequencer: how far I am; send what follows. */
  | { readonly is: "have"; readonly applied: number }
  | { readonly is: "how-far"; readonly op: number }
  | { readonly is: "so-far"; readonly op: number; readonly position: number }
  | { readonly is: "fetch"; readonly op: number; readonly key: string }
  | { readonly is: "fetched"; readonly op: number; readonly position: number; readonly value: Json };

interface Writing {
  readonly is: "writing";
  readonly id: number;
  readonly change: Change;
  readonly storedBy: Set<NodeName>;
  /** What this replica answers, once it has applied it. */
  result: Reply | null;
}

/** Waits to learn how far it must wait, then for this replica to come there. */
interface Waiting {
  readonly is: "waiting";
  readonly id: number;
  readonly key: string;
  position: number | null;
}

interface Asking {
  readonly is: "asking";
  readonly id: number;
  readonly answeredBy: Set<NodeName>;
  position: number;
  value: Json;
}

const CATCH_UP = "catch-up";
/** How often a replica says how far it is. What was lost on the way is sent again no sooner. */
const CATCH_UP_MS = 200;
/** Operations in one message. */
const BATCH_MAX = 256;

export class SequencerCore implements Core {
  readonly #config: SequencerConfig;
  readonly #members: Members;
  readonly #bug: ReturnType<typeof bugsOf>;
  readonly #delay: ReplicationDelay;
  readonly #lives: Lives;
  readonly #log = new OrderedLog();
  readonly #open: Deadlines<Writing | Waiting | Asking>;

  constructor(config: SequencerConfig, members: Members) {
    this.#config = config;
    this.#members = members;
    this.#lives = new Lives(members.lives);
    this.#bug = bugsOf(members);
    this.#delay = new ReplicationDelay(config.replicationDelayMs, members);
    this.#open = new Deadlines("deadline", config.quorumTimeoutMs);
  }

  step(input: Input): readonly Effect[] {
    const effects: Effect[] = [];
    switch (input.is) {
      case "start":
        for (const entry of input.entries) {
          if (isBootEntry(entry)) this.#lives.recovered(entry);
          else if (isOrdered(entry)) this.#log.append(entry);
        }
        this.#lives.begin(effects);
        if (!this.#isSequencer) effects.push({ is: "timer", name: CATCH_UP, afterMs: CATCH_UP_MS });
        break;
      case "request":
        this.#request(input, effects);
        break;
      case "message": {
        const message = decode(input.message);
        if (message !== null) this.#message(input.from, message, effects);
        break;
      }
      case "timer":
        if (input.name === this.#open.timer) this.#expire(input.nowMs, effects);
        if (input.name === CATCH_UP) {
          this.#askForMore(effects);
          if (this.#bug("sequencer-orders-twice")) this.#orderAgain(effects);
          effects.push({ is: "timer", name: CATCH_UP, afterMs: CATCH_UP_MS });
        }
        break;
      case "connected":
        if (input.peer === this.#config.sequencer) this.#askForMore(effects);
        break;
    }
    return effects;
  }

  get #isSequencer(): boolean {
    return this.#members.self === this.#config.sequencer;
  }

  #request(input: Input & { readonly is: "request" }, effects: Effect[]): void {
    const { id, request } = input;
    const answer = (reply: Reply): void => void effects.push({ is: "reply", id, reply });
    switch (request.op) {
      case "read":
        if (this.#config.consistency === "linearizable") this.#readInOrder(id, request.key, input, effects);
        else this.#readFromQuorum(id, request.key, input, effects);
        break;
      case "write":
        this.#change(id, { f: "write", key: request.key, value: request.value }, input, effects);
        break;
      case "cas":
        this.#cas(id, request, input, effects);
        break;
      case "txn":
        answer({ ok: false, error: "unsupported", message: "transactions need a leader; the mode is sequencer" });
        break;
      case "voters":
        answer({ ok: false, error: "unsupported", message: "nobody votes; the mode is sequencer" });
        break;
      case "dump":
        answer({ ok: true, value: this.#log.dump() });
        break;
      case "health": {
        const { mode, consistency } = this.#config;
        const role = this.#isSequencer ? "sequencer" : "replica";
        const { applied } = this.#log;
        answer({ ok: true, value: { name: this.#members.self, mode, role, consistency, applied } });
        break;
      }
    }
  }

  #cas(id: number, { key, from, to }: Request & { readonly op: "cas" }, now: Now, effects: Effect[]): void {
    if (!this.#bug("sequencer-cas-on-stale-copy")) {
      this.#change(id, { f: "cas", key, from, value: to }, now, effects);
    } else if (sameJson(this.#log.valueOf(key), from)) this.#change(id, { f: "write", key, value: to }, now, effects);
    else {
      const message = `found ${JSON.stringify(this.#log.valueOf(key))}`;
      effects.push({ is: "reply", id, reply: { ok: false, error: "mismatch", message } });
    }
  }

  #change(id: number, change: Change, now: Now, effects: Effect[]): void {
    const op = this.#lives.nextOp();
    this.#open.add(op, { is: "writing", id, change, storedBy: new Set(), result: null }, now.nowMs, effects);
    if (this.#isSequencer) this.#order(this.#members.self, op, change, effects);
    else effects.push({ is: "send", to: this.#config.sequencer, message: { is: "order", op, change } });
  }

  /** Asks once more for a place for what has none yet, as far as this node knows. */
  #orderAgain(effects: Effect[]): void {
    for (const [op, open] of this.#open.entries()) {
      if (open.is !== "writing" || open.result !== null) continue;
      effects.push({ is: "send", to: this.#config.sequencer, message: { is: "order", op, change: open.change } });
    }
  }

  /** At the sequencer. An operation that comes twice has its place already. */
  #order(origin: NodeName, op: number, change: Change, effects: Effect[]): void {
    if (this.#log.has(origin, op) && !this.#bug("sequencer-orders-twice")) return;
    const entry: Ordered = { origin, op, change };
    const from = this.#log.applied;
    this.#apply(entry, effects);
    const message: Message = { is: "ordered", from, entries: [entry] };
    for (const peer of this.#members.peers) effects.push(this.#delay.send(peer, message));
  }

  /** The next of the order: kept, applied, and told to the node whose client waits for it. */
  #apply(entry: Ordered, effects: Effect[]): void {
    effects.push({ is: "persist", entry });
    const result = this.#log.append(entry);
    const { origin, op } = entry;
    const { self } = this.#members;
    if (origin !== self) {
      effects.push({ is: "send", to: origin, message: { is: "stored", op } });
    } else {
      const writing = this.#open.get(op);
      if (writing?.is === "writing") {
        writing.result = result;
        this.#stored(self, op, effects);
      }
    }
  }

  #stored(by: NodeName, op: number, effects: Effect[]): void {
    const writing = this.#open.get(op);
    if (writing?.is !== "writing") return;
    writing.storedBy.add(by);
    const enough = this.#bug("sequencer-early-answer") ? 1 : this.#config.writeQuorum;
    if (writing.result === null || writing.storedBy.size < enough) return;
    this.#open.delete(op);
    effects.push({ is: "reply", id: writing.id, reply: writing.result });
  }

  #readInOrder(id: number, key: string, now: Now, effects: Effect[]): void {
    if (this.#isSequencer) {
      effects.push({ is: "reply", id, reply: { ok: true, value: this.#log.valueOf(key) } });
      return;
    }
    const op = this.#lives.nextOp();
    this.#open.add(op, { is: "waiting", id, key, position: null }, now.nowMs, effects);
    effects.push({ is: "send", to: this.#config.sequencer, message: { is: "how-far", op } });
  }

  #readFromQuorum(id: number, key: string, now: Now, effects: Effect[]): void {
    const { self, peers } = this.#members;
    const value = this.#log.valueOf(key);
    if (this.#config.readQuorum <= 1) {
      effects.push({ is: "reply", id, reply: { ok: true, value } });
      return;
    }
    const op = this.#lives.nextOp();
    const asking: Asking = {
      is: "asking",
      id,
      answeredBy: new Set([self]),
      position: this.#log.positionOf(key),
      value,
    };
    this.#open.add(op, asking, now.nowMs, effects);
    for (const to of peers) effects.push({ is: "send", to, message: { is: "fetch", op, key } });
  }

  #message(from: NodeName, message: Message, effects: Effect[]): void {
    const tell = (answer: Message): void => void effects.push({ is: "send", to: from, message: answer });
    switch (message.is) {
      case "order":
        if (this.#isSequencer) this.#order(from, message.op, message.change, effects);
        break;
      case "ordered":
        if (from === this.#config.sequencer) this.#follow(message.from, message.entries, effects);
        break;
      case "stored":
        this.#stored(from, message.op, effects);
        break;
      case "have": {
        const entries = this.#log.after(message.applied, BATCH_MAX);
        if (entries.length > 0) effects.push(this.#delay.send(from, { is: "ordered", from: message.applied, entries }));
        break;
      }
      case "how-far":
        if (this.#isSequencer) tell({ is: "so-far", op: message.op, position: this.#log.applied });
        break;
      case "so-far": {
        const waiting = this.#open.get(message.op);
        if (from !== this.#config.sequencer || waiting?.is !== "waiting") break;
        waiting.position = this.#bug("sequencer-read-behind") ? 0 : message.position;
        this.#answerReads(effects);
        break;
      }
      case "fetch": {
        const { op, key } = message;
        tell({ is: "fetched", op, position: this.#log.positionOf(key), value: this.#log.valueOf(key) });
        break;
      }
      case "fetched":
        this.#fetched(from, message, effects);
        break;
    }
  }

  /** What begins after what this replica has is dropped; it asks again, and gets both. */
  #follow(from: number, entries: readonly Ordered[], effects: Effect[]): void {
    const { applied } = this.#log;
    if (from > applied && !this.#bug("sequencer-skips-gap")) {
      this.#askForMore(effects);
      return;
    }
    for (const entry of entries.slice(Math.max(0, applied - from))) this.#apply(entry, effects);
    this.#answerReads(effects);
    if (entries.length === BATCH_MAX) this.#askForMore(effects);
  }

  #askForMore(effects: Effect[]): void {
    const { sequencer } = this.#config;
    if (this.#isSequencer) return;
    effects.push({ is: "send", to: sequencer, message: { is: "have", applied: this.#log.applied } });
  }

  #answerReads(effects: Effect[]): void {
    for (const [op, open] of this.#open.entries()) {
      if (open.is !== "waiting" || open.position === null || open.position > this.#log.applied) continue;
      this.#open.delete(op);
      effects.push({ is: "reply", id: open.id, reply: { ok: true, value: this.#log.valueOf(open.key) } });
    }
  }

  #fetched(from: NodeName, message: Message & { readonly is: "fetched" }, effects: Effect[]): void {
    const asking = this.#open.get(message.op);
    if (asking?.is !== "asking") return;
    asking.answeredBy.add(from);
    if (message.position > asking.position) {
      asking.position = message.position;
      asking.value = message.value;
    }
    if (asking.answeredBy.size < this.#config.readQuorum) return;
    this.#open.delete(message.op);
    effects.push({ is: "reply", id: asking.id, reply: { ok: true, value: asking.value } });
  }

  #expire(nowMs: number, effects: Effect[]): void {
    const { writeQuorum, readQuorum } = this.#config;
    for (const open of this.#open.expire(nowMs, effects)) {
      if (open.is === "writing") {
        const message = `stored at ${open.storedBy.size} of ${writeQuorum} replicas in time, as far as this one knows`;
        effects.push({ is: "reply", id: open.id, reply: { ok: false, error: "partial", message } });
        continue;
      }
      const message =
        open.is === "asking"
          ? `${open.answeredBy.size} of ${readQuorum} replicas answered in time; nothing was done`
          : "the sequencer did not say in time how far it is, or this replica did not come as far; nothing was done";
      effects.push({ is: "reply", id: open.id, reply: { ok: false, error: "no-quorum", message } });
    }
  }
}

function isOrdered(json: Json): json is Ordered {
  return isObject(json) && typeof json["origin"] === "string" && isCount(json["op"]) && isChange(json["change"]);
}

function decode(json: Json): Message | null {
  if (!isObject(json)) return null;
  const { is, op, from, change, entries, applied, position, key, value } = json as {
    readonly [field: string]: Json | undefined;
  };
  if (is === "order" && isCount(op) && isChange(change)) return { is, op, change };
  if (is === "ordered" && isCount(from) && isArray(entries) && entries.every(isOrdered)) return { is, from, entries };
  if (is === "stored" && isCount(op)) return { is, op };
  if (is === "have" && isCount(applied)) return { is, applied };
  if (is === "how-far" && isCount(op)) return { is, op };
  if (is === "so-far" && isCount(op) && isCount(position)) return { is, op, position };
  if (is === "fetch" && isCount(op) && typeof key === "string") return { is, op, key };
  if (is === "fetched" && isCount(op) && isCount(position) && value !== undefined) return { is, op, position, value };
  return null;
}
