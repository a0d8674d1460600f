/** What time is, for everything here that waits. A simulated world has its own. */

export interface Time {
  /** Milliseconds since some moment, with fractions, never backwards. */
  nowMs(): number;
  /** Does it once, so much later; what is returned takes that back. */
  after(ms: number, action: () => void): () => void;
}

export const REAL_TIME: Time = {
  nowMs: () => performance.now(),
  after(ms, action) {
    const timer = setTimeout(action, Math.max(0, ms));
    return () => clearTimeout(timer);
  },
};
