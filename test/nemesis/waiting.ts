/** A clock for tests of when things are done, on which nothing takes time. */

import type { Time } from "../../nemesis/time.js";

/** Time that passes only while everybody waits. */
export class Waiting implements Time {
  #nowMs = 0;
  #alarms: { readonly atMs: number; readonly action: () => void }[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  after(ms: number, action: () => void): () => void {
    const alarm = { atMs: this.#nowMs + Math.max(0, ms), action };
    this.#alarms.push(alarm);
    return () => {
      this.#alarms = this.#alarms.filter((one) => one !== alarm);
    };
  }

  async passUntil<T>(done: Promise<T>): Promise<T> {
    let isDone = false;
    const over = done.finally(() => (isDone = true));
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      const [next] = this.#alarms.toSorted((a, b) => a.atMs - b.atMs);
      if (isDone || next === undefined) return over;
      this.#alarms = this.#alarms.filter((one) => one !== next);
      this.#nowMs = next.atMs;
      next.action();
    }
  }
}
