/** Live progress: one line that is written over on a terminal, a plain line now and then elsewhere. On stderr. */

import type { Violation } from "../../checker/online/online.js";
import type { ConductEvent } from "../../nemesis/index.js";
import type { JournalCounts } from "../interpreter/journal.js";
import { describeRecord } from "../report/describe.js";
import { cut } from "../report/words.js";
import type { RunObserver } from "../run/observer.js";

const TERMINAL_EVERY_MS = 100;
const PLAIN_EVERY_MS = 5000;

export class Status implements RunObserver {
  readonly #out: NodeJS.WriteStream;
  readonly #quiet: boolean;
  readonly #began = performance.now();
  readonly #active = new Map<string, string>();
  #phase = "start";
  #counts: JournalCounts | null = null;
  #last = { at: performance.now(), answered: 0 };
  #timer: NodeJS.Timeout | null = null;

  constructor(out: NodeJS.WriteStream, quiet: boolean) {
    this.#out = out;
    this.#quiet = quiet;
    if (!quiet) this.#timer = setInterval(() => this.#draw(), out.isTTY ? TERMINAL_EVERY_MS : PLAIN_EVERY_MS);
    this.#timer?.unref();
  }

  watch(counts: JournalCounts): void {
    this.#counts = counts;
  }

  phase(name: "start" | "run" | "heal" | "final" | "check" | "done", detail: string): void {
    this.#phase = name;
    const words = {
      start: `starting the cluster; everything is written to ${detail}`,
      run: `running for ${detail}`,
      heal: "healing, waiting until every node answers",
      final: `final reads, then each replica on its own${detail === "" ? "" : ` (${detail})`}`,
      check: "checking",
      done: "",
    }[name];
    if (words !== "") this.#say(words);
  }

  fault({ id, f, phase, value }: ConductEvent): void {
    if (phase === "begin") {
      this.#active.set(id, f);
      this.#say(`${id} ${f} begins: ${cut(describeRecord(value), 100)}`);
    } else {
      this.#active.delete(id);
      this.#say(`${id} ${f} ends${evidenceOf(value)}`);
    }
  }

  violation({ key, because, pattern }: Violation): void {
    this.#say(`${pattern}${key === null ? "" : ` on ${key}`}: ${because}`);
  }

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    this.#clear();
  }

  #say(words: string): void {
    if (this.#quiet) return;
    this.#clear();
    this.#out.write(`${this.#clock()}  ${words}\n`);
    if (this.#out.isTTY) this.#draw();
  }

  #draw(): void {
    if (this.#counts === null || this.#timer === null || !["run", "final"].includes(this.#phase)) return;
    const { ok, fail, info } = this.#counts;
    const now = performance.now();
    const answered = ok + fail + info;
    const rate = ((answered - this.#last.answered) / Math.max(1, now - this.#last.at)) * 1000;
    if (now - this.#last.at > 900) this.#last = { at: now, answered };
    const faults = this.#active.size === 0 ? "no fault" : [...this.#active].map(([id, f]) => `${id} ${f}`).join(", ");
    const line = `${this.#clock()}  ${rate.toFixed(0).padStart(6)} ops/s   ok ${ok}  fail ${fail}  info ${info}   ${faults}`;
    if (this.#out.isTTY) this.#out.write(`\r\u001B[2K${line.slice(0, (this.#out.columns ?? 80) - 1)}`);
    else this.#out.write(`${line}\n`);
  }

  #clear(): void {
    if (this.#out.isTTY && !this.#quiet) this.#out.write("\r\u001B[2K");
  }

  #clock(): string {
    return `${((performance.now() - this.#began) / 1000).toFixed(1).padStart(6)} s`;
  }
}

const evidenceOf = (value: unknown): string =>
  typeof value === "object" && value !== null && "evidence" in value ? `: ${String(value.evidence)}` : "";
