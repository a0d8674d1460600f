/**
 * What becomes of tombstones. A delete must be told to every replica, so what is left of the key stays for a while: a
 * replica that missed it would else bring the value back. Older than `tombstoneGcMs` it is collected, once no node holds
 * anything that it hides. What no question can find is a message that is still on its way: the time must be longer than
 * a message lives.
 */

import type { Json, NodeName } from "../../wire.js";
import type { Effect, Now } from "../protocol.js";
import { type Kit, tell } from "./kit.js";

/** Tombstones of one round. */
const KEYS_MAX = 256;
/** Ten rounds in the time that a tombstone stays, but not more often than this, ms. */
const ROUND_MS_MIN = 10;

interface Question<State> {
  readonly op: number;
  readonly graves: ReadonlyMap<string, State>;
  readonly answered: Set<NodeName>;
  readonly alive: Set<string>;
}

export class Graves<State extends Json> {
  readonly timer = "tombstones";
  readonly #kit: Kit<State>;
  /** Told of tombstones that are old enough: nobody needs to hear of them any more. */
  readonly #faded: (key: string) => void;
  #question: Question<State> | null = null;

  constructor(kit: Kit<State>, faded: (key: string) => void) {
    this.#kit = kit;
    this.#faded = faded;
  }

  start(effects: Effect[]): void {
    const { tombstoneGcMs } = this.#kit.config;
    if (tombstoneGcMs === undefined) return;
    effects.push({ is: "timer", name: this.timer, afterMs: Math.max(ROUND_MS_MIN, tombstoneGcMs / 10) });
  }

  round(now: Now, effects: Effect[]): void {
    const { config, members, lives } = this.#kit;
    const graves = this.#old(now);
    const keys = [...graves.keys()];
    for (const key of keys) this.#faded(key);
    const alone = members.peers.length === 0 || config.tombstoneConfirm === false;
    if (alone || this.#kit.bug("quorum-tombstone-early")) this.#collect(graves, effects);
    else if (keys.length > 0) {
      const op = lives.nextOp();
      this.#question = { op, graves, answered: new Set(), alive: new Set() };
      for (const peer of members.peers) tell(peer, { is: "graves", op, keys }, effects);
    }
    this.start(effects);
  }

  /** Which of these keys are more than a tombstone here, or in what is kept for another. */
  asked(from: NodeName, op: number, keys: readonly string[], effects: Effect[]): void {
    const { holdings, versioning } = this.#kit;
    const alive = keys.filter((key) =>
      [holdings.get(key), ...[...holdings.hints.values()].map((hints) => hints.get(key) ?? null)].some(
        (state) => state !== null && versioning.deletedMs(state) === null,
      ),
    );
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

  #old({ clockMs }: Now): ReadonlyMap<string, State> {
    const { config, holdings, versioning, bug } = this.#kit;
    const keepMs = bug("quorum-tombstone-early") ? 0 : (config.tombstoneGcMs ?? Number.POSITIVE_INFINITY);
    const old = new Map<string, State>();
    for (const key of holdings.tombstones) {
      const state = holdings.get(key);
      const deletedMs = state === null ? null : versioning.deletedMs(state);
      if (state !== null && deletedMs !== null && deletedMs + keepMs <= clockMs) old.set(key, state);
      if (old.size === KEYS_MAX) break;
    }
    return old;
  }

  /** Only what is still as it was found. */
  #collect(graves: ReadonlyMap<string, State>, effects: Effect[]): void {
    const { holdings } = this.#kit;
    for (const [key, state] of graves) if (holdings.get(key) === state) holdings.drop(key, effects);
  }
}
