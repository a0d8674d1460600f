/** Files are named after what they hold. */

import { posix } from "node:path";
import { isCode, type Rule } from "./source.js";

const EMPTY_WORDS = /^(utils?|types?|common|helpers?|misc|shared|lib)$/;
const DOORS: readonly string[] = ["checker/index.ts", "nemesis/index.ts", "src/index.ts"];

export const names: Rule = (source) => {
  const problems: string[] = [];
  const file = posix.basename(source.path).replace(/(\.(test|soak|bench))?\.[a-z]+$/, "");
  const folders = posix.dirname(source.path).split("/");
  if (!isCode(source)) return [];
  for (const name of [file, ...folders]) {
    if (EMPTY_WORDS.test(name)) problems.push(`${source.path}: "${name}" says nothing about what is inside`);
  }
  if (file === "index" && !DOORS.includes(source.path)) {
    problems.push(`${source.path}: only the doors are called index (${DOORS.join(", ")})`);
  }
  return problems;
};
