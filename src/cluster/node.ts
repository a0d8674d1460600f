/** One node, a process group: start it, know when it is ready, kill it, start it again. */

import { closeSync, openSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { type Journal, NO_JOURNAL, type ProcessGroup, processGroup, processIdOf } from "../../nemesis/index.js";
import type { Address } from "../client/connection.js";
import type { Place } from "../client/database.js";
import type { ReadyLine } from "../replica/wire.js";
import type { Guardian } from "./guardian.js";
import type { Machine } from "./machine.js";
import type { NodeProgram } from "./program.js";

const ASK_EVERY_MS = 30;
const ASK_TIMEOUT_MS = 1000;

export interface NodeOptions {
  readonly program: NodeProgram;
  /** Port 0 at first where any will do; after a restart the node is asked for the same one again. */
  readonly place: Place;
  /** The way that clients take to it. */
  readonly linked: Address;
  /** Words before the command that starts it. */
  readonly enter: readonly string[];
  readonly machine: Machine;
  readonly logFile: string;
  readonly guardian: Guardian;
  /** Where each of its processes is written down while it lives. Default: nowhere. */
  readonly journal?: Journal;
  /** Told the port whenever the node was started and is known to listen there, or is about to. */
  readonly onReady: (ready: ReadyLine) => Promise<void>;
  /** Told when the node has ended, whatever ended it: its port may be given to a stranger. */
  readonly onGone: () => void;
}

export class ClusterNode {
  readonly name: string;
  readonly #options: NodeOptions;
  readonly #journal: Journal;
  readonly machine: Machine;
  /** Whatever process group the node has now. */
  readonly group: ProcessGroup;
  #pid: number | null = null;
  #ready: ReadyLine | null = null;
  #exited: Promise<unknown> = Promise.resolve();

  constructor(options: NodeOptions) {
    this.name = options.place.name;
    this.#options = options;
    this.machine = options.machine;
    this.#journal = options.journal ?? NO_JOURNAL;
    this.group = processGroup(this.name, () => this.#pid, { journal: this.#journal });
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
    const { program, place, machine, logFile, guardian, onReady } = this.#options;
    const launch = machine.dressed(program.launch(place, this.#ready));
    const { command: own, args: ownArgs = [], env = {}, cwd } = launch;
    const [command = own, ...args] = [...this.#options.enter, own, ...ownArgs];
    const log = openSync(logFile, "a");
    // A group of its own: Ctrl-C in the terminal is ours to handle, and a signal to the group reaches all of it.
    // The guardian, not execa, sees to it that it dies with us: execa's clean-up does not survive a SIGKILL.
    const child = execa(command, args, {
      env,
      ...(cwd === undefined ? {} : { cwd }),
      stdin: "pipe",
      // Straight into the file, not through us. Any descriptor works; execa's types name the standard ones only.
      stdout: program.readyBy === "ready line" ? "pipe" : (log as 1),
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
    child.stdin?.on("error", () => undefined);
    this.#pid = pid;
    let written: number | null = null;
    this.#exited = child.finally(() => {
      guardian.forget(pid);
      machine.ended(pid);
      if (written !== null) this.#journal.end(written);
      if (this.#pid !== pid) return;
      this.#pid = null;
      this.#options.onGone();
    });
    // Listened to before anything else is awaited: execa lets go of what nobody reads after a turn.
    const announced = program.readyBy === "ready line" ? this.#awaitReady(child.stdout ?? null, pid) : null;
    announced?.catch(() => undefined);
    const self = await processIdOf(pid);
    if (self !== null && this.#pid === pid) written = this.#journal.begin({ undo: "end", processes: [self] });
    // Where the port is known before: nodes of some databases are ready only once the others have reached them.
    if (program.readyBy === "asking") await onReady(this.#listening(pid));
    const ready = await (announced ?? this.#awaitReady(null, pid));
    this.#ready = ready;
    if (program.readyBy === "ready line") await onReady(ready);
    return ready;
  }

  /** SIGKILL to the whole group; resolves when it is gone. Works on a stopped process too. */
  async kill(): Promise<void> {
    if (this.pid !== null) signalGroup(this.pid, "SIGKILL");
    await this.#exited;
  }

  /** SIGTERM; resolves when it has ended by itself. */
  async terminate(): Promise<void> {
    await this.group.terminate();
    await this.#exited;
  }

  pause(): Promise<void> {
    return this.group.pause();
  }

  resume(): Promise<void> {
    return this.group.resume();
  }

  state(): Promise<"running" | "stopped" | "gone"> {
    return this.group.state();
  }

  /** `stdout` null: whether it is ready has to be asked. */
  #awaitReady(stdout: NodeJS.ReadableStream | null, pid: number): Promise<ReadyLine> {
    const { logFile, program } = this.#options;
    return new Promise((resolve, reject) => {
      const over = new AbortController();
      const timer = setTimeout(() => {
        signalGroup(pid, "SIGKILL");
        reject(new Error(`${this.name} was not ready within ${program.readyWithinMs / 1000} s; its log: ${logFile}`));
      }, program.readyWithinMs);
      const found = (ready: ReadyLine): void => {
        clearTimeout(timer);
        resolve(ready);
      };
      if (stdout === null) void this.#ask(pid, over.signal).then((ready) => ready === null || found(ready), reject);
      else {
        createInterface({ input: stdout }).on("line", (line) => {
          const ready = readyLine(line);
          if (ready !== null) found(ready);
        });
      }
      void this.#exited.finally(() => {
        over.abort();
        clearTimeout(timer);
        reject(new Error(`${this.name} ended before it was ready; its log: ${logFile}`));
      });
    });
  }

  #listening(pid: number): ReadyLine {
    const { port } = this.#options.place;
    return { ready: true, name: this.name, port, httpPort: port, pid };
  }

  /** null once the process has ended. */
  async #ask(pid: number, ended: AbortSignal): Promise<ReadyLine | null> {
    const { program, place, linked } = this.#options;
    const direct = { host: place.host, port: place.port };
    while (!ended.aborted) {
      // Somebody else may answer on this port once the process is gone, so that is looked at last.
      const answers = await program.answers({ direct, linked }, ASK_TIMEOUT_MS);
      if (answers && (await this.state()) !== "gone" && !ended.aborted) {
        return this.#listening(pid);
      }
      await sleep(ASK_EVERY_MS);
    }
    return null;
  }
}

function readyLine(line: string): ReadyLine | null {
  try {
    const parsed = JSON.parse(line) as Partial<ReadyLine>;
    const { ready, name, port, httpPort, pid, path } = parsed;
    if (ready !== true || name === undefined || port === undefined || httpPort === undefined || pid === undefined)
      return null;
    return { ready, name, port, httpPort, pid, ...(path === undefined ? {} : { path }) };
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
