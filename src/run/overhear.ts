/**
 * What was said on the links, on the clock of the history.
 *
 * The links keep the latest messages only. A long or a fast run may have forgotten a violation by its end, so those
 * around the first one that shows are asked for a moment later; the smallest counterexample is often another, but near.
 */

import type { Links, LinkMessage } from "../../nemesis/index.js";
import type { Message } from "../config/message.js";

const BEFORE_MS = 2000;
const AFTER_MS = 500;

export class Overheard {
  readonly #links: Pick<Links, "messages">;
  /** The clock of `process.hrtime` when the history began. */
  readonly #beganMs: number;
  #soon: NodeJS.Timeout | null = null;
  #early: Promise<readonly LinkMessage[]> = Promise.resolve([]);

  /** `now`: ns since the history began. */
  constructor(links: Pick<Links, "messages">, now: () => number) {
    this.#links = links;
    // Whoever is interrupted between the two reads too little.
    this.#beganMs = Math.max(...Array.from({ length: 5 }, () => clockMs() - now() / 1e6));
  }

  /** What was said around this moment is to be kept. */
  mark(): void {
    if (this.#soon !== null) return;
    const sinceMs = clockMs() - BEFORE_MS;
    this.#soon = setTimeout(() => {
      this.#early = this.#links.messages(sinceMs);
      // Whoever asks for all of them hears of it.
      this.#early.catch(() => undefined);
    }, AFTER_MS);
  }

  /** Of clusters whose links are gone none. In the order in which they set out. */
  async all(): Promise<readonly Message[]> {
    if (this.#soon !== null) clearTimeout(this.#soon);
    const [early, late] = await Promise.all([this.#early, this.#links.messages()]).catch(() => [[], []]);
    const firstMs = late[0]?.sentMs ?? Number.POSITIVE_INFINITY;
    return [...early.filter(({ sentMs }) => sentMs < firstMs), ...late].map((each) => this.#inHistory(each));
  }

  #inHistory({ from, to, sentMs, arrivedMs, connection, bytes, text }: LinkMessage): Message {
    const ns = (ms: number): number => Math.round((ms - this.#beganMs) * 1e6);
    const arrived = arrivedMs === null ? null : ns(arrivedMs);
    return { sent: ns(sentMs), arrived, from, to, connection, bytes, text };
  }
}

const clockMs = (): number => Number(process.hrtime.bigint()) / 1e6;
