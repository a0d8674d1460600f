/**
 * Hands keys to their replicas when the ring changes: what will be theirs before anybody drops it (in step `move`), and
 * what a node should no longer hold, which it drops when they all have it (when the ring is stable again). What is kept
 * for a replica that is none any more goes the same way.
 *
 * Nothing here is on disk: a node that is killed begins again, and its log still holds what was not handed over.
 */

import type { Json, NodeName } from "../../wire.js";
import type { Effect, Now } from "../protocol.js";
import type { Kit } from "./kit.js";
import type { Message } from "./message.js";

/** Keys under way at a time. */
const KEYS_MAX = 128;
/** The part of the time-out of a write after which what was not confirmed is sent again. */
const PATIENCE = 1 / 4;

interface Parcel<State> {
  readonly op: number;
  readonly key: string;
  /** Kept for this replica; null: held as one. */
  readonly hintFor: NodeName | null;
  readonly state: State;
  /** They have not confirmed it. */
  readonly to: Set<NodeName>;
  sentMs: number;
}

export class Mover<State extends Json> {
  readonly #kit: Kit<State>;
  /** Told of a key that is gone from here. */
  readonly #dropped: (key: string) => void;
  #open = new Map<number, Parcel<State>>();
  /** The view in which all that is here was looked through. */
  #lookedAt = 0;
  /** Still to be looked at. */
  #keys = new Set<string>();
  /** key -> the state of it that its replicas-to-be have. */
  #moved = new Map<string, State>();

  constructor(kit: Kit<State>, dropped: (key: string) => void) {
    this.#kit = kit;
    this.#dropped = dropped;
  }

  get isDone(): boolean {
    return this.#open.size === 0 && this.#keys.size === 0;
  }

  /** The view is another one. */
  begin(): void {
    const { placement, holdings } = this.#kit;
    const { at, step } = placement.view;
    if (at === this.#lookedAt) return;
    this.#lookedAt = at;
    this.#open = new Map();
    this.#keys = new Set();
    if (step === "spread") this.#moved = new Map();
    if (step === "spread" || step === "turn") return;
    for (const [key] of holdings.entries()) this.#keys.add(key);
    for (const hints of holdings.hints.values()) for (const key of hints.keys()) this.#keys.add(key);
  }

  /** Something of this key came for this replica. What belongs elsewhere does not stay, once the ring has ever changed. */
  came(key: string, to: NodeName): void {
    const { placement } = this.#kit;
    const { at, step } = placement.view;
    if (at > 0 && step === "stable" && !placement.isReplica(to, key)) this.#keys.add(key);
  }

  /** Sends what was not confirmed again, and as much more as there is room for. */
  round({ nowMs }: Now, effects: Effect[]): void {
    const patienceMs = PATIENCE * this.#kit.config.quorumTimeoutMs;
    for (const parcel of this.#open.values()) {
      if (parcel.sentMs + patienceMs <= nowMs) this.#send(parcel, nowMs, effects);
    }
    this.#goOn(nowMs, effects);
  }

  /** This replica has it. A number that is none of its own is passed over. */
  stored(from: NodeName, op: number, { nowMs }: Now, effects: Effect[]): void {
    const parcel = this.#open.get(op);
    if (parcel === undefined || !parcel.to.delete(from)) return;
    if (parcel.to.size === 0) this.#arrived(parcel, effects);
    this.#goOn(nowMs, effects);
  }

  #goOn(nowMs: number, effects: Effect[]): void {
    for (const key of this.#keys) {
      if (this.#open.size >= KEYS_MAX) return;
      this.#keys.delete(key);
      this.#look(key, nowMs, effects);
    }
    if (this.isDone && this.#kit.placement.view.step === "stable") this.#moved.clear();
  }

  #look(key: string, nowMs: number, effects: Effect[]): void {
    const { holdings, placement, members } = this.#kit;
    const lasting = placement.lastingOf(key);
    const isStable = placement.view.step === "stable";
    const held = holdings.get(key);
    // Its other replicas got what they hold by themselves.
    const [now = []] = placement.writersOf(key);
    const isOwn = now.includes(members.self);
    const to = lasting.filter((node) => node !== members.self && (isStable || !isOwn || !now.includes(node)));
    const stays = lasting.includes(members.self);
    if (held !== null && !(isStable && stays)) {
      if (isStable && this.#moved.get(key) === held) this.#drop(key, effects);
      else this.#hand({ key, hintFor: null, state: held, to: new Set(to), sentMs: nowMs }, effects);
    }
    for (const [hintFor, hints] of holdings.hints) {
      const state = hints.get(key);
      if (state === undefined || lasting.includes(hintFor)) continue;
      if (stays) holdings.keep(key, state, effects);
      const others = lasting.filter((node) => node !== members.self);
      this.#hand({ key, hintFor, state, to: new Set(others), sentMs: nowMs }, effects);
    }
  }

  #hand(parcel: Omit<Parcel<State>, "op">, effects: Effect[]): void {
    const opened = { ...parcel, op: this.#kit.lives.nextOp() };
    if (opened.to.size > 0) this.#send(opened, opened.sentMs, effects);
    if (opened.to.size === 0 || this.#kit.bug("quorum-moved-when-sent")) this.#arrived(opened, effects);
    else this.#open.set(opened.op, opened);
  }

  #send(parcel: Parcel<State>, nowMs: number, effects: Effect[]): void {
    const { op, key, state } = parcel;
    const message: Message<State> = { is: "handoff", op, key, state };
    parcel.sentMs = nowMs;
    for (const node of parcel.to) effects.push(this.#kit.delay.send(node, message));
  }

  /** All to whom it belongs have it. */
  #arrived({ op, key, hintFor, state }: Parcel<State>, effects: Effect[]): void {
    const { holdings, placement } = this.#kit;
    this.#open.delete(op);
    if (hintFor !== null) {
      holdings.handedOver(hintFor, key, state, effects);
      this.#dropped(key);
      if (holdings.hints.get(hintFor)?.has(key) === true) this.#keys.add(key);
    } else if (placement.view.step !== "stable") this.#moved.set(key, state);
    else if (holdings.get(key) === state) this.#drop(key, effects);
    else if (holdings.get(key) !== null) this.#keys.add(key);
  }

  #drop(key: string, effects: Effect[]): void {
    this.#moved.delete(key);
    this.#kit.holdings.drop(key, effects);
    this.#dropped(key);
  }
}
