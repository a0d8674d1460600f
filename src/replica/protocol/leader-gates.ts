/**
 * Answers of a leader that wait: until what they tell is committed, and, of reads, until a majority has obeyed this
 * leader after they were asked.
 */

import type { Reply } from "../wire.js";
import type { Effect } from "./protocol.js";
import type { Reign } from "./leader-reign.js";

interface Gated {
  readonly id: number;
  readonly is: "write" | "read";
  readonly reply: Reply;
  /** The number of the change that must be committed. */
  readonly needs: number;
  /** The beat that a majority must have answered; 0: none. */
  readonly beat: number;
  readonly untilMs: number;
}

export class Gates {
  readonly timer = "deadline";
  readonly #timeoutMs: number;
  /** All wait equally long, so the first is the first whose time is over. */
  #gated: Gated[] = [];

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  add(gated: Omit<Gated, "untilMs">, nowMs: number, effects: Effect[]): void {
    if (this.#gated.length === 0) effects.push({ is: "timer", name: this.timer, afterMs: this.#timeoutMs });
    this.#gated.push({ ...gated, untilMs: nowMs + this.#timeoutMs });
  }

  /** Answers what need not wait any longer, and lets a beat go for those that came during the last one. */
  release(reign: Reign, nowMs: number, effects: Effect[]): void {
    if (this.#gated.length === 0) return;
    const { committed, confirmedBeat } = reign;
    const waiting: Gated[] = [];
    for (const gated of this.#gated) {
      if (gated.needs > committed || gated.beat > confirmedBeat) waiting.push(gated);
      else effects.push({ is: "reply", id: gated.id, reply: gated.reply });
    }
    this.#gated = waiting;
    const isAsked = waiting.some(({ beat }) => beat > reign.lastBeat);
    if (isAsked && confirmedBeat === reign.lastBeat) reign.beat(nowMs, effects);
  }

  /** To be called when the timer fires. */
  expire(nowMs: number, effects: Effect[]): void {
    const late = this.#gated.findIndex(({ untilMs }) => untilMs > nowMs);
    for (const { id, is } of this.#gated.splice(0, late === -1 ? this.#gated.length : late)) {
      const reply = is === "read" ? noQuorum("too few followers said in time that this node still leads") : partial();
      effects.push({ is: "reply", id, reply });
    }
    const [first] = this.#gated;
    if (first !== undefined) effects.push({ is: "timer", name: this.timer, afterMs: first.untilMs - nowMs });
  }

  /** This node leads no more. */
  drop(notLeader: Reply, effects: Effect[]): void {
    for (const { id, is } of this.#gated.splice(0)) {
      effects.push({ is: "reply", id, reply: is === "read" ? notLeader : partial() });
    }
  }
}

/** It may be found by the next leader, or not. */
function partial(): Reply {
  return { ok: false, error: "partial", message: "stored at the leader, and not at a quorum in time" };
}

/** Nothing was done. */
export function noQuorum(message: string): Reply {
  return { ok: false, error: "no-quorum", message };
}
