/** The capabilities of a network in terms of one: changing the state of a link. */

import { CUT_MODES, type CutMode, type NodeName, type PacketEffects } from "../fault.js";
import type { Latency, LinkState } from "./link.js";
import type { Framing } from "./mangler.js";

export abstract class Effects {
  readonly cutModes = CUT_MODES;
  /** Present only where messages can be told apart. */
  readonly packet?: (from: NodeName, to: NodeName, effects: PacketEffects | null) => Promise<void>;

  constructor(framing: Framing | null) {
    if (framing !== null) this.packet = (from, to, packet) => this.set(from, to, { packet });
  }

  abstract set(from: NodeName, to: NodeName, change: Partial<LinkState>): Promise<void>;

  cut(from: NodeName, to: NodeName, mode: CutMode = "drop"): Promise<void> {
    return this.set(from, to, { cut: mode });
  }

  heal(from: NodeName, to: NodeName): Promise<void> {
    return this.set(from, to, { cut: null });
  }

  delay(from: NodeName, to: NodeName, latency: Latency | null): Promise<void> {
    // Through the queue and its timers even 0 ms would cost a millisecond.
    const isNone = latency === null || (latency.latencyMs <= 0 && latency.jitterMs <= 0);
    return this.set(from, to, { latency: isNone ? null : latency });
  }

  async bandwidth(from: NodeName, to: NodeName, bytesPerSecond: number | null): Promise<void> {
    if (bytesPerSecond !== null && !(bytesPerSecond > 0))
      throw new Error(`${bytesPerSecond} bytes a second: a link that passes nothing is cut, not slow`);
    await this.set(from, to, { bytesPerSecond });
  }

  slowClose(from: NodeName, to: NodeName, delayMs: number | null): Promise<void> {
    return this.set(from, to, { slowCloseMs: delayMs });
  }

  corrupt(from: NodeName, to: NodeName, probability: number | null): Promise<void> {
    return this.set(from, to, { corrupt: probability });
  }
}
