/** Ctrl-C, SIGTERM, a closed terminal, and crashes of ours: what has to happen before the process may end. */

import { EXIT } from "./exit.js";

export interface Lifeline {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  /** Called at the second signal or a crash: must be synchronous. */
  onEmergency(act: () => void): void;
  release(): void;
}

export function lifeline(words: (signal: string) => void): Lifeline {
  const controller = new AbortController();
  const acts: (() => void)[] = [];
  const emergency = (): void => {
    for (const act of acts) act();
  };
  const onSignal = (name: string): void => {
    if (!controller.signal.aborted) {
      words(name);
      controller.abort();
      return;
    }
    emergency();
    process.exit(EXIT.crash);
  };
  const onCrash = (error: unknown): void => {
    emergency();
    process.stderr.write(`kvtest failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exit(EXIT.crash);
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, onSignal);
  process.on("uncaughtException", onCrash);
  process.on("unhandledRejection", onCrash);
  return {
    signal: controller.signal,
    onEmergency: (act) => void acts.push(act),
    release() {
      for (const signal of signals) process.off(signal, onSignal);
      process.off("uncaughtException", onCrash);
      process.off("unhandledRejection", onCrash);
    },
  };
}
