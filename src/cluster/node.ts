/** One replica process: start it, know when it is ready, kill it, start it again. */

import { closeSync, existsSync, openSync } from "node:fs";
import { createInterface } from "node:readline";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { processGroup } from "../../nemesis/index.js";
import type { NodeConfig, ReadyLine } from "../replica/wire.js";
import type { Guardian } from "./guardian.js";

/** The program is spawned by path and never imported. From the TypeScript sources (tests) it is the built one. */
export function replicaProgram(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const built = join(here, "../replica/main.js");
  return existsSync(built) ? built : join(here, "../../dist/src/replica/main.js");
}

const READY_WITHIN_MS = 15_000;

export interface NodeOptions {
  /** Complete but for the ports in use: asked for 0 at first, and for the same ones again after a restart. */
  readonly config: NodeConfig;
  readonly logFile: string;
  readonly guardian: Guardian;
  /** Told whenever the node listens, also after a restart. */
  readonly onReady: (ready: ReadyLine) => Promise<void>;
  /** Told when the node has ended, whatever ended it: its port may be given to a stranger. */
  readonly onGone: () => void;
}

export class ClusterNode {
  readonly name: string;
  readonly #options: NodeOptions;
  #pid: number | null = null;
  #ready: ReadyLine | null = null;
  #exited: Promise<unknown> = Promise.resolve();

  constructor(options: NodeOptions) {
    this.name = options.config.name;
    this.#options = options;
  }

  get ready(): ReadyLine | null {
    return this.#ready;
  }

  /** Process id, which is also its process group; null while it is down. */
  get pid(): number | null {
    return this.#pid;
  }

  /** Resolves when the node answers. Throws with the tail of what it said when it dies first. */
  async start(): Promise<ReadyLine> {
    if (this.#pid !== null) throw new Error(`${this.name} is already running`);
    const { config, logFile, guardian, onReady } = this.#options;
    const asked = {
      ...config,
      port: this.#ready?.port ?? config.port,
      httpPort: this.#ready?.httpPort ?? config.httpPort,
    };
    const log = openSync(logFile, "a");
    // A group of its own: Ctrl-C in the terminal is ours to handle, and a signal to the group reaches all of it.
    // The guardian, not execa, sees to it that it dies with us: execa's clean-up does not survive a SIGKILL.
    const child = execa(process.execPath, [replicaProgram(), JSON.stringify(asked)], {
      stdin: "pipe",
      stdout: "pipe",
      // Straight into the file, not through us. Any descriptor works; execa's types name the standard ones only.
      stderr: log as 2,
      detached: true,
      cleanup: false,
      reject: false,
      buffer: false,
    });
    closeSync(log);
    const { pid } = child;
    if (pid === undefined)
      throw new Error(`${this.name} could not be started: ${(await child).message ?? "no reason given"}`);
    guardian.watch(pid);
    child.stdin.on("error", () => undefined);
    this.#pid = pid;
    this.#exited = child.finally(() => {
      guardian.forget(pid);
      if (this.#pid !== pid) return;
      this.#pid = null;
      this.#options.onGone();
    });
    const ready = await this.#awaitReady(child.stdout, pid);
    this.#ready = ready;
    await onReady(ready);
    return ready;
  }

  /** SIGKILL to the whole group; resolves when it is gone. Works on a stopped process too. */
  async kill(): Promise<void> {
    if (this.pid !== null) signalGroup(this.pid, "SIGKILL");
    await this.#exited;
  }

  pause(): Promise<void> {
    return this.#group().pause?.() ?? Promise.resolve();
  }

  resume(): Promise<void> {
    return this.#group().resume?.() ?? Promise.resolve();
  }

  async state(): Promise<"running" | "stopped" | "gone"> {
    if (this.pid === null) return "gone";
    return (await this.#group().state?.()) ?? "gone";
  }

  #group(): ReturnType<typeof processGroup> {
    if (this.pid === null) throw new Error(`${this.name} is not running`);
    return processGroup(this.name, this.pid);
  }

  #awaitReady(stdout: NodeJS.ReadableStream, pid: number): Promise<ReadyLine> {
    const { logFile } = this.#options;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        signalGroup(pid, "SIGKILL");
        reject(new Error(`${this.name} was not ready within ${READY_WITHIN_MS / 1000} s; its log: ${logFile}`));
      }, READY_WITHIN_MS);
      createInterface({ input: stdout }).on("line", (line) => {
        const ready = readyLine(line);
        if (ready === null) return;
        clearTimeout(timer);
        resolve(ready);
      });
      void this.#exited.finally(() => {
        clearTimeout(timer);
        reject(new Error(`${this.name} ended before it was ready; its log: ${logFile}`));
      });
    });
  }
}

function readyLine(line: string): ReadyLine | null {
  try {
    const parsed = JSON.parse(line) as Partial<ReadyLine>;
    const { ready, name, port, httpPort, pid } = parsed;
    if (ready !== true || name === undefined || port === undefined || httpPort === undefined || pid === undefined)
      return null;
    return { ready, name, port, httpPort, pid };
  } catch {
    return null;
  }
}

function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch {
    // Already gone.
  }
}
