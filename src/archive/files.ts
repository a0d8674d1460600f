/** What a run's folder is made of: all that has to be known to read a history, and loaded in no time. */

import { existsSync, statSync } from "node:fs";

export const FILES = {
  config: "config.json",
  faults: "faults.json",
  history: "history.jsonl",
  verdict: "verdict.json",
  report: "report.html",
  /** What the nemesis did and has not undone yet; gone when nothing is left to undo. */
  undo: "undo.jsonl",
  messages: "messages.jsonl",
} as const;

export function isRunFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}
