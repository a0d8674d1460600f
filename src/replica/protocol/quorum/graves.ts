/**
 * What becomes of tombstones. A delete must be told to every replica, so what is left of the key stays for a while: a
 * replica that missed it would else bring the value back. Older than `tombstoneGcMs` it is collected, once no node holds
 * anything that it hides.
 *
 * What no question can find is a value that is still on its way, so nobody answers for what it may have sent a moment
 * ago. A replica that gets an old tombstone in the place of a value keeps it for the whole time; and who handed a hint
 * over goes on saying that it has it. So the time must be longer than a message lives.
 */

import type { Json, NodeName } from "../../wire.js";
import type { Effect, Now } from "../protocol.js";
import { type Kit, tell } from "./kit.js";

/** Tombstones of one round. */
const KEYS_MAX = 256;
/** Ten rounds in the time that a tombstone stays, but not more often than this, ms. */
const ROUND_MS_MIN = 10;

/** A tombstone as it is held here. */
interface Grave<State> {
  readonly state: State;
  /** By the clock for time-outs. */
  readonly sinceMs: number;
  /** Is it out of the trees? */
  faded: boolean;
}

interface Question<State> {
  readonly op: number;
  readonly askedMs: number;
  readonly graves: ReadonlyMap<string, State>;
  readonly answered: Set<NodeName>;
  readonly alive: Set<string>;
}

export class Graves<State extends Json> {
  readonly timer = "tombstones";
  readonly #kit: Kit<State>;
  /** Told of tombstones that are old enough: nobody needs to hear of them any more. */
  readonly #faded: (key: string) => void;
  /** Those that were asked about last come last. */
  readonly #graves = new Map<string, Grave<State>>();
  /** When what was held of a key, and is no longer, was handed over; null: since the latest round. */
  readonly #given = new Map<string, number | null>();
  #startedMs = 0;
  #question: Question<State> | null = null;

  constructor(kit: Kit<State>, faded: (key: string) => void) {
    this.#kit = kit;
    this.#faded = faded;
  }

  begin(now: Now, effects: Effect[]): void {
    this.#startedMs = now.nowMs;
    this.#next(effects);
  }

  round(now: Now, effects: Effect[]): void {
    const { members, config, bug } = this.#kit;
    this.#look(now);
    const keepMs = this.#keepMs;
    for (const [key, givenMs] of this.#given) {
      if (givenMs === null) this.#given.set(key, now.nowMs);
      else if (givenMs + 2 * keepMs <= now.nowMs) this.#given.delete(key);
    }
    const alone = members.peers.length === 0 || config.tombstoneConfirm === false;
    if (alone || bug("quorum-tombstone-early")) this.#collect(this.#due(now), effects);
    else this.#ask(now, effects);
    this.#next(effects);
  }

  /** Takes down which tombstones there are, and takes the old ones out of the trees. */
  #look({ nowMs, clockMs }: Now): void {
    const { holdings, versioning } = this.#kit;
    for (const key of this.#graves.keys()) if (!holdings.tombstones.has(key)) this.#graves.delete(key);
    for (const key of holdings.tombstones) {
      const state = holdings.get(key);
      if (state === null) continue;
      let grave = this.#graves.get(key);
      if (grave?.state !== state) {
        grave = { state, sinceMs: nowMs, faded: false };
        this.#graves.set(key, grave);
      }
      if (grave.faded || (versioning.deletedMs(state) ?? clockMs) + this.#keepMs > clockMs) continue;
      grave.faded = true;
      this.#faded(key);
    }
  }

  /** Those that are old, and have been here for long. */
  #due({ nowMs }: Now): ReadonlyMap<string, State> {
    const due = new Map<string, State>();
    for (const [key, { state, sinceMs, faded }] of this.#graves) {
      if (due.size === KEYS_MAX) break;
      if (faded && sinceMs + this.#keepMs <= nowMs) due.set(key, state);
    }
    return due;
  }

  /** A question stays until all have answered it, but not for longer than others answer for what they gave away. */
  #ask(now: Now, effects: Effect[]): void {
    const { members, lives } = this.#kit;
    let question = this.#question;
    if (question === null || question.askedMs + this.#keepMs <= now.nowMs) {
      const graves = this.#due(now);
      question = { op: lives.nextOp(), askedMs: now.nowMs, graves, answered: new Set(), alive: new Set() };
      this.#question = graves.size === 0 ? null : question;
      for (const key of graves.keys()) this.#moveBack(key);
    }
    const { op, graves, answered } = question;
    if (graves.size === 0) return;
    const keys = [...graves.keys()];
    for (const peer of members.peers) if (!answered.has(peer)) tell(peer, { is: "graves", op, keys }, effects);
  }

  #moveBack(key: string): void {
    const grave = this.#graves.get(key);
    if (grave === undefined) return;
    this.#graves.delete(key);
    this.#graves.set(key, grave);
  }

  /** What was held of this key is where it belongs, and may have been sent there once more a moment ago. */
  gave(key: string): void {
    if (this.#kit.config.tombstoneGcMs !== undefined) this.#given.set(key, null);
  }

  /** Which of these keys are more than a tombstone here, or in what is or was a moment ago kept for another. */
  asked(from: NodeName, op: number, keys: readonly string[], { nowMs }: Now, effects: Effect[]): void {
    const { holdings, versioning, config } = this.#kit;
    // Nothing is left of what an earlier life gave away.
    const forgot = config.hintedHandoffMs !== undefined && nowMs < this.#startedMs + 2 * this.#keepMs;
    const alive = keys.filter((key) => {
      if (forgot || this.#given.has(key)) return true;
      const kept = [...holdings.hints.values()].map((hints) => hints.get(key) ?? null);
      return [holdings.get(key), ...kept].some((state) => state !== null && versioning.deletedMs(state) === null);
    });
    tell(from, { is: "alive", op, keys: alive }, effects);
  }

  answered(from: NodeName, op: number, keys: readonly string[], effects: Effect[]): void {
    const question = this.#question;
    if (question?.op !== op) return;
    question.answered.add(from);
    for (const key of keys) question.alive.add(key);
    if (question.answered.size < this.#kit.members.peers.length) return;
    this.#question = null;
    this.#collect(new Map([...question.graves].filter(([key]) => !question.alive.has(key))), effects);
  }

  /** How long tombstones stay. */
  get #keepMs(): number {
    const { config, bug } = this.#kit;
    return bug("quorum-tombstone-early") ? 0 : (config.tombstoneGcMs ?? Number.POSITIVE_INFINITY);
  }

  /** Only what is still as it was found. */
  #collect(graves: ReadonlyMap<string, State>, effects: Effect[]): void {
    const { holdings } = this.#kit;
    for (const [key, state] of graves) if (holdings.get(key) === state) holdings.drop(key, effects);
  }

  #next(effects: Effect[]): void {
    const { tombstoneGcMs } = this.#kit.config;
    if (tombstoneGcMs === undefined) return;
    effects.push({ is: "timer", name: this.timer, afterMs: Math.max(ROUND_MS_MIN, tombstoneGcMs / 10) });
  }
}
