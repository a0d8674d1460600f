/**
 * Linearizability with all the cores of this machine, where that helps.
 *
 * Most histories are decided in no time, and sending operations to a thread costs more than checking them. So
 * everything is tried here first with a small budget, and only the keys that are still open go to worker threads, each
 * with the whole budget. How many threads there are changes the time and never the verdict.
 */

import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { History } from "../../checker/history/operation.js";
import { checkLinearizable } from "../../checker/linearizability/check.js";
import type { LinearizabilityDetails } from "../../checker/linearizability/details.js";
import type { KeyResult } from "../../checker/linearizability/key-check.js";
import { checkKey, type KeyTask, mergeKeys, split } from "../../checker/linearizability/keys.js";
import type { ModelName } from "../../checker/model/models.js";
import type { Verdict } from "../../checker/verdict.js";

export interface ThreadedOptions {
  readonly model?: "auto" | ModelName;
  /** Steps of the search: over all keys at first, then for each key that is still open. */
  readonly stepsMax?: number;
  /** What is tried on this thread before others are asked. Default 2 million steps, about a second. */
  readonly firstSteps?: number;
  /** Default: one for each core. */
  readonly threadsMax?: number;
}

export const FIRST_STEPS = 2_000_000;
const STEPS_MAX = 20_000_000;

export async function checkLinearizableInThreads(
  history: History,
  options: ThreadedOptions = {},
): Promise<Verdict<LinearizabilityDetails>> {
  const { model = "auto", stepsMax = STEPS_MAX, firstSteps = FIRST_STEPS } = options;
  const first = checkLinearizable(history, { model, stepsMax: Math.min(firstSteps, stepsMax) });
  if (first.valid !== "unknown" || stepsMax <= firstSteps) return first;
  const parts = split(history, { model });
  if (parts.is === "verdict") return parts.verdict;
  const tried = parts.tasks.map((task) => checkKey(task, { stepsMax: firstSteps / parts.tasks.length }));
  const open = parts.tasks.filter((_, i) => tried[i]?.answer === "unknown");
  const decided = await inThreads(open, stepsMax, options.threadsMax ?? availableParallelism());
  const later = decided[Symbol.iterator]();
  const results = tried.map((result) => (result.answer === "unknown" ? (later.next().value ?? result) : result));
  return mergeKeys(parts.model, results, stepsMax);
}

export interface KeyCall {
  readonly task: KeyTask;
  readonly stepsMax: number;
}

/** The results in the order of the tasks. A thread that fails fails them all. */
async function inThreads(tasks: readonly KeyTask[], stepsMax: number, threadsMax: number): Promise<KeyResult[]> {
  const results: KeyResult[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    const worker = newWorker();
    try {
      for (let i = next++; i < tasks.length; i = next++) {
        const task = tasks[i];
        if (task !== undefined) results[i] = await ask(worker, { task, stepsMax });
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: Math.min(threadsMax, tasks.length) }, work));
  return results;
}

function newWorker(): Worker {
  // From TypeScript sources (the tests) a worker cannot be loaded: the built file stands in for it.
  const built = import.meta.url.endsWith(".ts") ? "../../dist/src/check/key-worker.js" : "./key-worker.js";
  return new Worker(new URL(built, import.meta.url), { execArgv: [] });
}

function ask(worker: Worker, call: KeyCall): Promise<KeyResult> {
  return new Promise((resolve, reject) => {
    const onError = (error: Error): void => reject(error);
    worker.once("error", onError);
    worker.once("message", (result: KeyResult) => {
      worker.off("error", onError);
      resolve(result);
    });
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window: it has no origin
    worker.postMessage(call);
  });
}
