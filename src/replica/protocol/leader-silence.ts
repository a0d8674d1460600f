/** For how long a node hears no leader before it wants to lead itself: drawn anew each time, so that two seldom want to at once. */

import { draw } from "./draw.js";
import type { Members } from "./protocol.js";

const SILENCE_MS = [300, 600] as const;

export class Silence {
  readonly #members: Members;
  #heardMs = 0;
  #lastsMs: number = SILENCE_MS[1];
  #draws = 0;

  constructor(members: Members) {
    this.#members = members;
  }

  /** Until it is over, if nobody is heard; ms from when it began. */
  get lastsMs(): number {
    return this.#lastsMs;
  }

  /** A leader was heard, or there is another reason to wait for one. */
  begin(nowMs: number): void {
    this.#heardMs = nowMs;
  }

  drawAgain(): void {
    const [lowMs, highMs] = SILENCE_MS;
    const { seed, self } = this.#members;
    this.#lastsMs = lowMs + (highMs - lowMs) * draw(seed, this.#draws++, `silence ${self}`);
  }

  isOver(nowMs: number): boolean {
    return nowMs >= this.#heardMs + this.#lastsMs;
  }

  /** So shortly ago that nobody's silence can be over. */
  isFresh(nowMs: number): boolean {
    return nowMs < this.#heardMs + SILENCE_MS[0];
  }
}
