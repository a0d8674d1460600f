/** Waiting with a bound: a hand that hangs must not keep the others from healing. */

import { REAL_TIME, type Time } from "./time.js";

/** Rejects when `work` takes longer than `boundMs`; the work itself goes on. */
export async function within<T>(boundMs: number, what: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took longer than ${boundMs} ms`)), boundMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Asks until the answer is not null, at most for `boundMs`; null then. `everyMs`: the rest between two questions. */
export async function ask<T>(
  boundMs: number,
  question: () => Promise<T | null>,
  time: Time = REAL_TIME,
  everyMs = 5,
): Promise<T | null> {
  const endMs = time.nowMs() + boundMs;
  for (;;) {
    const answer = await question();
    if (answer !== null || time.nowMs() >= endMs) return answer;
    await new Promise<void>((resolve) => void time.after(everyMs, resolve));
  }
}

/** False when the signal came first. A time that has passed already is over at once. */
export function sleepUntil(timeMs: number, signal: AbortSignal, time: Time = REAL_TIME): Promise<boolean> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve(false);
      return;
    }
    const done = (isOver: boolean): void => {
      cancel();
      signal.removeEventListener("abort", aborted);
      resolve(isOver);
    };
    const aborted = (): void => done(false);
    const cancel = time.after(timeMs - time.nowMs(), () => done(true));
    signal.addEventListener("abort", aborted);
  });
}

export const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
