/** Reads that ask all replicas, and are answered with the newest of the first `readQuorum` answers. */

import type { Json, LeaderConfig, NodeName } from "../wire.js";
import { Deadlines } from "./deadlines.js";
import type { Answer, Message } from "./leader-message.js";
import type { Effect, Members } from "./protocol.js";

type Found = { readonly version: number; readonly value: Json };

interface WaitingRead {
  readonly id: number;
  readonly answeredBy: Set<NodeName>;
  best: Found;
}

export interface AskedRead {
  readonly id: number;
  /** Never given before (P4). */
  readonly op: number;
  readonly key: string;
  /** What this node holds. */
  readonly own: Found;
}

export class QuorumReads {
  readonly #quorum: number;
  readonly #members: Members;
  readonly #reads: Deadlines<WaitingRead>;

  constructor({ readQuorum, quorumTimeoutMs }: LeaderConfig, members: Members) {
    this.#quorum = readQuorum;
    this.#members = members;
    this.#reads = new Deadlines("read-deadline", quorumTimeoutMs);
  }

  get timer(): string {
    return this.#reads.timer;
  }

  begin({ id, op, key, own }: AskedRead, nowMs: number, effects: Effect[]): void {
    if (this.#quorum <= 1) {
      effects.push({ is: "reply", id, reply: { ok: true, value: own.value } });
      return;
    }
    this.#reads.add(op, { id, answeredBy: new Set([this.#members.self]), best: own }, nowMs, effects);
    const message: Message = { is: "read", op, key };
    for (const to of this.#members.peers) effects.push({ is: "send", to, message });
  }

  answered(from: NodeName, answer: Answer, effects: Effect[]): void {
    const read = this.#reads.get(answer.op);
    if (read === undefined) return;
    read.answeredBy.add(from);
    if (answer.version > read.best.version) read.best = answer;
    if (read.answeredBy.size < this.#quorum) return;
    this.#reads.delete(answer.op);
    effects.push({ is: "reply", id: read.id, reply: { ok: true, value: read.best.value } });
  }

  /** To be called when the timer fires. */
  expire(nowMs: number, effects: Effect[]): void {
    for (const { id, answeredBy } of this.#reads.expire(nowMs, effects)) {
      const message = `${answeredBy.size} of ${this.#quorum} replicas answered in time`;
      effects.push({ is: "reply", id, reply: { ok: false, error: "no-quorum", message } });
    }
  }
}
