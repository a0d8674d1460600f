/** Folders of runs for the catalogue's tests, written as a run writes them. */

import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { HistoryEvent } from "../../checker/history/event.js";
import { lineOf } from "../../checker/history/write.js";
import type { RunConfig } from "../../src/config/config.js";
import { CONFIG, HOSTILE, PLAN, validRun } from "../report/made.js";

export { HOSTILE };

export interface MadeRun {
  readonly id: string;
  readonly config?: Partial<RunConfig>;
  readonly valid?: "valid" | "invalid" | "unknown" | null;
  readonly because?: string;
  readonly files?: { readonly [path: string]: string };
  /** How long ago it was last written to, s. */
  readonly age?: number;
}

export const makeRun = (
  out: string,
  { id, config, valid = "valid", because, files = {}, age = 3600 }: MadeRun,
): string => {
  const dir = join(out, id);
  mkdirSync(join(dir, "logs"), { recursive: true });
  const verdict = { ...validRun().verdict, valid, because: because ?? `it is ${valid}` };
  const all: { readonly [path: string]: string } = {
    "config.json": JSON.stringify({ ...CONFIG, ...config, id }),
    "faults.json": JSON.stringify(PLAN),
    "history.jsonl": "",
    ...(valid === null ? {} : { "verdict.json": JSON.stringify(verdict) }),
    ...files,
  };
  for (const [path, text] of Object.entries(all)) {
    writeFileSync(join(dir, path), text);
    const then = Date.now() / 1000 - age;
    utimesSync(join(dir, path), then, then);
  }
  return dir;
};

/** Lines of a history: client 0 writes 1 and 2, then client 1 reads 1, which is stale; then a fault begins. */
export const EVENTS: readonly HistoryEvent[] = [
  { process: 0, type: "invoke", f: "write", value: 1 },
  { process: 0, type: "ok", f: "write", value: 1 },
  { process: 0, type: "invoke", f: "write", value: 2 },
  { process: 0, type: "ok", f: "write", value: 2 },
  { process: 1, type: "invoke", f: "read", value: null },
  { process: 1, type: "ok", f: "read", value: 1 },
].map(
  (event, index): HistoryEvent => ({
    ...event,
    type: event.type as "invoke" | "ok",
    index,
    time: index * 0.4e9,
    key: HOSTILE,
    node: "n1",
  }),
);

export const FAULT: HistoryEvent = {
  index: EVENTS.length,
  time: 2.6e9,
  process: "nemesis",
  type: "info",
  f: "partition",
  phase: "begin",
  fault: "f1",
  value: { shape: HOSTILE, grudge: { n2: ["n3"], n3: ["n2"] } },
};

export const textOf = (events: readonly HistoryEvent[]): string => events.map((event) => `${lineOf(event)}\n`).join("");
