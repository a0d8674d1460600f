/** Operations that wait for answers of others, each until its deadline. */

import type { Effect } from "./protocol.js";

/**
 * All operations of a node wait equally long, so the oldest is always the first to expire: one timer is enough for all
 * of them, and it is not touched when an operation ends in time.
 */
export class Deadlines<T> {
  /** The name of its timer. */
  readonly timer: string;
  readonly #timeoutMs: number;
  readonly #waiting = new Map<number, { readonly item: T; readonly atMs: number }>();
  #armed = false;

  constructor(timer: string, timeoutMs: number) {
    this.timer = timer;
    this.#timeoutMs = timeoutMs;
  }

  get(op: number): T | undefined {
    return this.#waiting.get(op)?.item;
  }

  /** An operation that goes on under its number, as another item, keeps its deadline. */
  add(op: number, item: T, nowMs: number, effects: Effect[]): void {
    this.#waiting.set(op, { item, atMs: this.#waiting.get(op)?.atMs ?? nowMs + this.#timeoutMs });
    if (!this.#armed) this.#arm(this.#timeoutMs, effects);
  }

  /** Oldest first. What is deleted meanwhile is passed over. */
  *entries(): IterableIterator<readonly [op: number, item: T]> {
    for (const [op, { item }] of this.#waiting) yield [op, item];
  }

  delete(op: number): void {
    this.#waiting.delete(op);
  }

  /** Takes out all, late or not. */
  drain(): T[] {
    const all = [...this.#waiting.values()].map(({ item }) => item);
    this.#waiting.clear();
    return all;
  }

  /** Takes out what has waited too long; to be called when the timer fires. */
  expire(nowMs: number, effects: Effect[]): T[] {
    const expired: T[] = [];
    this.#armed = false;
    for (const [op, { item, atMs }] of this.#waiting) {
      if (atMs > nowMs) {
        this.#arm(atMs - nowMs, effects);
        break;
      }
      this.#waiting.delete(op);
      expired.push(item);
    }
    return expired;
  }

  #arm(afterMs: number, effects: Effect[]): void {
    this.#armed = true;
    effects.push({ is: "timer", name: this.timer, afterMs });
  }
}
