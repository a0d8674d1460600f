/** Keeps processor time from a process group, by one of three means, and counts how much it kept. */

import { getPriority } from "node:os";
import { Cycle } from "../cycle.js";
import type { ProcessId, Starving } from "../inject.js";
import type { Journal } from "../journal.js";
import { ask } from "../patience.js";
import { setPriorityOf, waitedMs } from "./priority.js";
import { openQuota } from "./quota.js";

/** Stopped and continued once in such a time, where that is the means. */
const PERIOD_MS = 100;
const NICE_MAX = 19;

export interface StarverOptions {
  readonly processes: () => Promise<readonly ProcessId[]>;
  /** SIGSTOP or SIGCONT to the group; does nothing while somebody else has paused it. */
  readonly signal: (name: "SIGSTOP" | "SIGCONT") => Promise<void>;
  readonly isStopped: () => Promise<boolean>;
  readonly journal: Journal;
}

/** What is in force: how much it has kept so far, and its end. */
interface Means {
  readonly keptMs: () => number;
  readonly end: () => Promise<void>;
}

export class Starver {
  readonly #options: StarverOptions;
  #means: Means | null = null;
  #keptMs = 0;

  constructor(options: StarverOptions) {
    this.#options = options;
  }

  /** What was in force before ends. @throws when the means is not there */
  async starve(starving: Starving | null): Promise<void> {
    const before = this.#means;
    if (before !== null) {
      await before.end();
      this.#keptMs += before.keptMs();
      this.#means = null;
    }
    if (starving === null) return;
    const { cpuShare, by } = starving;
    if (!(cpuShare > 0 && cpuShare < 1)) throw new Error(`cpuShare ${cpuShare} is not between 0 and 1`);
    this.#means = await (by === "stop" ? this.#stop(cpuShare) : by === "quota" ? this.#quota(cpuShare) : this.#nice());
  }

  /** Of all times together, ms. */
  keptMs(): number {
    return this.#keptMs + (this.#means?.keptMs() ?? 0);
  }

  async #stop(cpuShare: number): Promise<Means> {
    const { processes, signal, isStopped, journal } = this.#options;
    const n = journal.begin({ undo: "continue", processes: await processes() });
    let keptMs = 0;
    let stoppedAtMs: number | null = null;
    const proceed = async (): Promise<void> => {
      await signal("SIGCONT");
      if (stoppedAtMs !== null) keptMs += performance.now() - stoppedAtMs;
      stoppedAtMs = null;
    };
    const cycle = new Cycle([
      {
        afterMs: cpuShare * PERIOD_MS,
        act: async () => {
          const askedAtMs = performance.now();
          await signal("SIGSTOP");
          // Counted only when it is seen: a signal is a request, and shows a little later.
          const seen = await ask((1 - cpuShare) * PERIOD_MS, async () => ((await isStopped()) ? true : null));
          stoppedAtMs = seen === true ? askedAtMs : null;
        },
      },
      { afterMs: (1 - cpuShare) * PERIOD_MS, act: proceed },
    ]);
    return {
      keptMs: () => keptMs,
      end: async () => {
        await cycle.stop();
        await proceed();
        journal.end(n);
      },
    };
  }

  async #quota(cpuShare: number): Promise<Means> {
    const quota = openQuota(await this.#options.processes(), cpuShare, this.#options.journal);
    let ended: number | null = null;
    return {
      keptMs: () => ended ?? quota.throttledMs(),
      end: async () => {
        ended = quota.throttledMs();
        quota.end();
      },
    };
  }

  async #nice(): Promise<Means> {
    if (process.getuid?.() !== 0) throw new Error("only root can take the lowest priority back");
    const processes = await this.#options.processes();
    const before = processes.map(({ pid }) => ({ pid, nice: getPriority(pid), waitedMs: waitedMs(pid) }));
    const written = processes.map((process, i) =>
      this.#options.journal.begin({ undo: "nice", processes: [process], nice: before[i]?.nice ?? 0 }),
    );
    for (const { pid } of before) setPriorityOf(pid, NICE_MAX);
    const waited = (): number => before.reduce((sum, one) => sum + Math.max(0, waitedMs(one.pid) - one.waitedMs), 0);
    let ended: number | null = null;
    return {
      keptMs: () => ended ?? waited(),
      end: async () => {
        ended = waited();
        for (const { pid, nice } of before) setPriorityOf(pid, nice);
        for (const n of written) this.#options.journal.end(n);
      },
    };
  }
}
