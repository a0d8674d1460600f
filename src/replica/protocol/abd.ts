/**
 * The atomic register of Attiya, Bar-Noy and Dolev, for many writers: leaderless, and linearizable nevertheless.
 *
 * Every operation takes two rounds over majorities. The first asks what is held and waits for a majority of answers;
 * the greatest version among them is at least that of every operation that ended before. A write then gives its value
 * the next version, a read takes the value that it found; and the second round brings a majority to that version before
 * anybody is told (Attiya, Bar-Noy, Dolev 1995, "Sharing Memory Robustly in Message-Passing Systems"; Lynch and
 * Shvartsman 1997 for many writers). Without the second round of a read, a write under way would be seen by one read and
 * missed by the next. A read whose majority agrees has nothing to bring anywhere, and is answered after one round.
 *
 * A compare-and-set is no operation of this register: it needs consensus, which no number of rounds over majorities
 * replaces (Herlihy 1991, "Wait-Free Synchronization").
 */

import type { AbdConfig, Json, NodeName, Reply, Request } from "../wire.js";
import { bugsOf } from "./bugs.js";
import { Deadlines } from "./deadlines.js";
import { ReplicationDelay } from "./delay.js";
import { isArray, isCount, isObject } from "./json.js";
import { isBootEntry, Lives } from "./lives.js";
import type { Core, Effect, Input, Members, Now } from "./protocol.js";

/** The greater count is the later version; where two are equal, the greater name. No two writes share a version. */
type Version = readonly [count: number, node: NodeName];
type Held = { readonly version: Version; readonly value: Json };

type Message =
  | { readonly is: "fetch"; readonly op: number; readonly key: string }
  | { readonly is: "fetched"; readonly op: number; readonly held: Held | null }
  /** `op` null: nobody waits for an answer. */
  | { readonly is: "store"; readonly op: number | null; readonly key: string; readonly held: Held }
  | { readonly is: "stored"; readonly op: number };

interface Asking {
  readonly is: "asking";
  readonly id: number;
  readonly key: string;
  /** What is to be written; null for a read. */
  readonly write: { readonly value: Json } | null;
  /** What each replica is known to hold. */
  readonly held: Map<NodeName, Held | null>;
  /** A read that is answered listens on, to bring up those that lag. */
  answered: boolean;
}

interface Storing {
  readonly is: "storing";
  readonly id: number;
  readonly write: boolean;
  readonly reply: Reply;
  readonly storedBy: Set<NodeName>;
}

export class AbdCore implements Core {
  readonly #members: Members;
  readonly #bug: ReturnType<typeof bugsOf>;
  readonly #delay: ReplicationDelay;
  readonly #lives: Lives;
  readonly #state = new Map<string, Held>();
  readonly #open: Deadlines<Asking | Storing>;
  readonly #majority: number;

  constructor(config: AbdConfig, members: Members) {
    this.#members = members;
    this.#lives = new Lives(members.lives);
    this.#bug = bugsOf(members);
    this.#delay = new ReplicationDelay(config.replicationDelayMs, members);
    this.#open = new Deadlines("deadline", config.quorumTimeoutMs);
    const half = Math.floor((members.peers.length + 1) / 2);
    this.#majority = this.#bug("abd-half-is-enough") ? half : half + 1;
  }

  step(input: Input): readonly Effect[] {
    const effects: Effect[] = [];
    switch (input.is) {
      case "start":
        this.#start(input.entries, effects);
        break;
      case "request":
        this.#request(input.id, input.request, input, effects);
        break;
      case "message": {
        const message = decode(input.message);
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
      else if (isObject(entry) && typeof entry["key"] === "string" && isHeld(entry["held"])) {
        this.#state.set(entry["key"], entry["held"]);
      }
    }
    this.#lives.begin(effects);
  }

  #request(id: number, request: Request, now: Now, effects: Effect[]): void {
    const answer = (reply: Reply): void => void effects.push({ is: "reply", id, reply });
    switch (request.op) {
      case "read":
        this.#ask({ id, key: request.key, write: null }, now, effects);
        break;
      case "write":
        this.#ask({ id, key: request.key, write: { value: request.value } }, now, effects);
        break;
      case "cas":
      case "txn":
      case "voters":
        answer({
          ok: false,
          error: "unsupported",
          message: `an atomic register reads and writes; it has no ${request.op}`,
        });
        break;
      case "dump":
        answer({ ok: true, value: Object.fromEntries([...this.#state].map(([key, { value }]) => [key, [value]])) });
        break;
      case "health":
        answer({ ok: true, value: { name: this.#members.self, mode: "abd", role: "replica", keys: this.#state.size } });
        break;
    }
  }

  /** The first round. */
  #ask(ask: Pick<Asking, "id" | "key" | "write">, now: Now, effects: Effect[]): void {
    const { key } = ask;
    const held = new Map([[this.#members.self, this.#state.get(key) ?? null]]);
    const asking: Asking = { is: "asking", ...ask, held, answered: false };
    const op = this.#lives.nextOp();
    this.#open.add(op, asking, now.nowMs, effects);
    if (ask.write !== null && this.#bug("abd-no-query")) {
      this.#store(op, asking, now, effects);
      return;
    }
    for (const to of this.#members.peers) this.#tell(to, { is: "fetch", op, key }, effects);
    this.#progress(op, asking, now, effects);
  }

  #progress(op: number, asking: Asking, now: Now, effects: Effect[]): void {
    if (asking.held.size < this.#majority) return;
    if (!asking.answered) {
      const best = greatest(asking.held.values());
      const agreed = [...asking.held.values()].filter((held) => same(held, best)).length;
      const isRead = asking.write === null;
      if (!isRead || (agreed < this.#majority && !this.#bug("abd-no-write-back"))) {
        this.#store(op, asking, now, effects);
        return;
      }
      asking.answered = true;
      effects.push({ is: "reply", id: asking.id, reply: { ok: true, value: best?.value ?? null } });
    }
    if (!this.#bug("abd-no-write-back")) this.#repair(asking, effects);
    if (asking.held.size > this.#members.peers.length) this.#open.delete(op);
  }

  /** The second round, under the same number and with the same deadline. */
  #store(op: number, asking: Asking, now: Now, effects: Effect[]): void {
    const { id, key, write } = asking;
    // What is held here counts as well: it may be this node's own write, which began after the answers were given.
    const best = greatest([...asking.held.values(), this.#state.get(key) ?? null]);
    const held: Held | null =
      write === null ? best : { version: [(best?.version[0] ?? 0) + 1, this.#members.self], value: write.value };
    if (held === null) return;
    this.#keep(key, held, effects);
    const reply: Reply = { ok: true, value: write === null ? held.value : null };
    const storing: Storing = {
      is: "storing",
      id,
      write: write !== null,
      reply,
      storedBy: new Set([this.#members.self]),
    };
    this.#open.add(op, storing, now.nowMs, effects);
    const message: Message = { is: "store", op, key, held };
    for (const peer of this.#members.peers) effects.push(this.#delay.send(peer, message));
    this.#stored(op, storing, effects);
  }

  #stored(op: number, storing: Storing, effects: Effect[]): void {
    if (storing.storedBy.size < this.#majority) return;
    this.#open.delete(op);
    effects.push({ is: "reply", id: storing.id, reply: storing.reply });
  }

  /** Not needed for what is promised: it makes replicas agree on what is read. */
  #repair(asking: Asking, effects: Effect[]): void {
    const best = greatest(asking.held.values());
    if (best === null) return;
    for (const [node, held] of asking.held) {
      if (same(held, best)) continue;
      asking.held.set(node, best);
      const message: Message = { is: "store", op: null, key: asking.key, held: best };
      if (node === this.#members.self) this.#keep(asking.key, best, effects);
      else effects.push(this.#delay.send(node, message));
    }
  }

  #message(from: NodeName, message: Message, now: Now, effects: Effect[]): void {
    switch (message.is) {
      case "fetch":
        this.#tell(from, { is: "fetched", op: message.op, held: this.#state.get(message.key) ?? null }, effects);
        break;
      case "store":
        if (this.#bug("abd-ack-before-fsync") && message.op !== null) {
          this.#tell(from, { is: "stored", op: message.op }, effects);
          this.#keep(message.key, message.held, effects);
          break;
        }
        this.#keep(message.key, message.held, effects);
        if (message.op !== null) this.#tell(from, { is: "stored", op: message.op }, effects);
        break;
      case "fetched": {
        const asking = this.#open.get(message.op);
        if (asking?.is === "storing" && this.#bug("abd-late-answer")) {
          asking.storedBy.add(from);
          this.#stored(message.op, asking, effects);
        }
        if (asking?.is !== "asking" || asking.held.has(from)) break;
        asking.held.set(from, message.held);
        this.#progress(message.op, asking, now, effects);
        break;
      }
      case "stored": {
        const storing = this.#open.get(message.op);
        if (storing?.is !== "storing") break;
        storing.storedBy.add(from);
        this.#stored(message.op, storing, effects);
        break;
      }
    }
  }

  #tell(to: NodeName, message: Message, effects: Effect[]): void {
    effects.push({ is: "send", to, message });
  }

  #expire(nowMs: number, effects: Effect[]): void {
    for (const open of this.#open.expire(nowMs, effects)) {
      if (open.is === "asking" && open.answered) continue;
      const nodes = open.is === "asking" ? open.held.size : open.storedBy.size;
      const message = `${nodes} of a majority of ${this.#majority} answered in time`;
      const error = open.is === "storing" && open.write ? "partial" : "no-quorum";
      effects.push({ is: "reply", id: open.id, reply: { ok: false, error, message } });
    }
  }

  /** P5 never-older. */
  #keep(key: string, held: Held, effects: Effect[]): void {
    const mine = this.#state.get(key) ?? null;
    if (!isGreater(held, mine)) return;
    if (this.#bug("abd-no-tie-break") && held.version[0] === mine?.version[0]) return;
    this.#state.set(key, held);
    effects.push({ is: "persist", entry: { key, held } });
  }
}

function greatest(all: Iterable<Held | null>): Held | null {
  let best: Held | null = null;
  for (const held of all) if (held !== null && isGreater(held, best)) best = held;
  return best;
}

function isGreater({ version: [count, node] }: Held, other: Held | null): boolean {
  if (other === null) return true;
  const [otherCount, otherNode] = other.version;
  return count > otherCount || (count === otherCount && node > otherNode);
}

function same(a: Held | null, b: Held | null): boolean {
  if (a === null || b === null) return a === b;
  return a.version[0] === b.version[0] && a.version[1] === b.version[1];
}

function isHeld(json: Json | undefined): json is Held {
  if (!isObject(json) || json["value"] === undefined) return false;
  const version = json["version"];
  return isArray(version) && version.length === 2 && isCount(version[0]) && typeof version[1] === "string";
}

function decode(json: Json): Message | null {
  if (!isObject(json)) return null;
  const { is, op, key, held } = json as { readonly [field: string]: Json | undefined };
  if (is === "fetch" && isCount(op) && typeof key === "string") return { is, op, key };
  if (is === "fetched" && isCount(op) && (held === null || isHeld(held))) return { is, op, held };
  if (is === "store" && (op === null || isCount(op)) && typeof key === "string" && isHeld(held)) {
    return { is, op, key, held };
  }
  if (is === "stored" && isCount(op)) return { is, op };
  return null;
}
