/**
 * The last line of "leave no trace": a tiny shell that outlives the harness by a moment.
 *
 * A child does not die with its parent on POSIX, and a *stopped* child cannot even notice. So every process group of
 * the cluster is told to a guardian through a pipe; when the pipe ends (the harness exited, crashed or was killed with
 * SIGKILL) the guardian kills whatever it was told and was not told to forget. Plain sh: no root, no Linux, no start-up
 * time to speak of.
 */

import { type ChildProcess, spawn } from "node:child_process";

const SCRIPT = `
groups=" "
while read -r sign group; do
  case "$sign" in
    +) groups="$groups$group " ;;
    -) before=\${groups%% $group *}; after=\${groups#* $group }
       [ "$before" != "$groups" ] && groups="$before $after" ;;
  esac
done
for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done
exit 0
`;

export class Guardian {
  readonly #shell: ChildProcess;
  readonly #groups = new Set<number>();

  /** `label` shows in the process list, for whoever wonders what this shell is. */
  constructor(label: string) {
    // node:child_process and not execa: execa would tie the guardian's life to ours, the one thing it must not be.
    // A session of its own, so that Ctrl-C in the terminal does not reach it.
    this.#shell = spawn("/bin/sh", ["-c", SCRIPT, "kvtest-guardian", label], {
      detached: true,
      stdio: ["pipe", "ignore", "ignore"],
    });
    this.#shell.stdin?.on("error", () => undefined);
    this.#shell.unref();
  }

  watch(processGroup: number): void {
    this.#groups.add(processGroup);
    this.#shell.stdin?.write(`+ ${processGroup}\n`);
  }

  /** Its group is gone: its number may be given to a stranger. */
  forget(processGroup: number): void {
    if (!this.#groups.delete(processGroup)) return;
    this.#shell.stdin?.write(`- ${processGroup}\n`);
  }

  /** Kills every group still known, now, without waiting for anything. For a second Ctrl-C and for a crash of ours. */
  killAll(): void {
    for (const group of this.#groups) {
      try {
        process.kill(-group, "SIGKILL");
      } catch {
        // Already gone.
      }
    }
  }

  async close(): Promise<void> {
    if (this.#shell.exitCode !== null || this.#shell.signalCode !== null) return;
    const gone = new Promise<void>((resolve) => this.#shell.once("exit", () => resolve()));
    // Waited for from here on: unreferenced, it would let the harness end in the middle of its own end.
    this.#shell.ref();
    this.#shell.stdin?.end();
    await gone;
  }
}
