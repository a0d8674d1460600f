/** Runs what is left of a sweep, each run a process of its own, so many at a time. */

import { basename, join } from "node:path";
import { rmSync } from "node:fs";
import { execa } from "execa";
import { Guardian } from "../cluster/guardian.js";
import { appendDone, type Done, SWEEP_FILES, type SweepPlan, type Task } from "./plan.js";
import { kebab } from "./settings.js";

export interface ConductSweepOptions {
  readonly dir: string;
  readonly plan: SweepPlan;
  readonly tasks: readonly Task[];
  readonly jobs: number;
  /** The command line of kvtest: a file that node runs. */
  readonly program: string;
  /** Aborted: the runs in progress are ended and forgotten. */
  readonly signal: AbortSignal;
  readonly onEnd: (done: Done) => void;
}

/** Taking down messages costs time, and times are what a sweep is for. */
const FOR_ALL = ["--messages", "none", "--json"] as const;
/** How long a run that was asked to stop may take to put everything back. */
const STOP_WITHIN_MS = 15_000;
const ERROR_MAX = 300;

/** Resolves when all are done or the signal is aborted; nothing of them is left then. */
export async function conductSweep(options: ConductSweepOptions): Promise<void> {
  // If we are killed, so are the runs; each has a guardian of its own for its nodes.
  const guardian = new Guardian(options.dir);
  const queue = [...options.tasks];
  const worker = async (): Promise<void> => {
    for (let task = queue.shift(); task !== undefined && !options.signal.aborted; task = queue.shift()) {
      const done = await runTask(task, guardian, options);
      if (done === null) return;
      appendDone(options.dir, done);
      options.onEnd(done);
    }
  };
  try {
    await Promise.all(Array.from({ length: options.jobs }, worker));
  } finally {
    await guardian.close();
  }
}

/** Words of `kvtest run` for one run of the plan; a flag whose value is empty takes none. */
export const wordsOf = ({ fixed, settings, seed }: SweepPlan, { setting, repeat }: Task): readonly string[] => [
  ...fixed,
  ...Object.entries(settings[setting] ?? {}).flatMap(([flag, value]) => [
    `--${kebab(flag)}`,
    ...(value === "" ? [] : [value]),
  ]),
  "--seed",
  String((seed + repeat) % 2 ** 32),
];

/** null: interrupted. */
async function runTask(task: Task, guardian: Guardian, options: ConductSweepOptions): Promise<Done | null> {
  const { dir, plan, program, signal } = options;
  const began = performance.now();
  const out = join(dir, SWEEP_FILES.runs);
  // A group of its own: Ctrl-C in the terminal reaches us alone, and we pass it on once.
  const child = execa(process.execPath, [program, "run", ...wordsOf(plan, task), ...FOR_ALL, "--out", out], {
    stdin: "ignore",
    detached: true,
    cleanup: false,
    reject: false,
  });
  const { pid } = child;
  if (pid !== undefined) guardian.watch(pid);
  let late: NodeJS.Timeout | null = null;
  const stop = (): void => {
    child.kill("SIGINT");
    late ??= setTimeout(() => child.kill("SIGKILL"), STOP_WITHIN_MS);
  };
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });
  const { stdout, stderr, exitCode } = await child;
  signal.removeEventListener("abort", stop);
  if (late !== null) clearTimeout(late);
  if (pid !== undefined) guardian.forget(pid);
  const tookMs = Math.round(performance.now() - began);
  const told = toldBy(stdout);
  if (told !== null && told.interrupted) {
    rmSync(told.dir, { recursive: true, force: true });
    return null;
  }
  if (signal.aborted && told === null) return null;
  if (told !== null) return { ...task, dir: basename(told.dir), tookMs };
  const words = `${stderr.trim().split("\n").slice(0, 3).join(" ").slice(0, ERROR_MAX)} (exit code ${exitCode ?? "none"})`;
  return { ...task, dir: null, tookMs, error: words.trim() };
}

/** The one line of `kvtest run --json`; null where it did not come to one. */
function toldBy(stdout: string): { readonly dir: string; readonly interrupted: boolean } | null {
  try {
    // Our own program's words.
    const told = JSON.parse(stdout) as { readonly dir?: unknown; readonly interrupted?: unknown };
    return typeof told.dir === "string" ? { dir: told.dir, interrupted: told.interrupted === true } : null;
  } catch {
    return null;
  }
}
