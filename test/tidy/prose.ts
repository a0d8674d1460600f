/** READMEs that stay true: their links lead somewhere, and every package says what it is for. */

import { posix } from "node:path";
import { isProse, type Rule } from "./source.js";

/** Relative links, of text and of pictures, lead to a file or folder. */
export const links =
  (exists: (path: string) => boolean): Rule =>
  (source) => {
    if (!isProse(source)) return [];
    const targets = [...withoutCode(source.text).matchAll(/\]\(\s*<?([^)\s>]+)>?[^)]*\)|(?:src|href)="([^"]+)"/g)];
    return targets
      .map((match) => match[1] ?? match[2] ?? "")
      .filter((target) => !/^([a-z]+:|#|\/\/)/i.test(target))
      .filter((target) => !exists(posix.join(posix.dirname(source.path), decodeURI(target.replace(/[#?].*$/, "")))))
      .map((target) => `${source.path}: the link to ${target} leads nowhere`);
  };

const withoutCode = (markdown: string): string => markdown.replace(/^```.*?^```/gms, "").replace(/`[^`\n]*`/g, "");

/** Every package has a line in the section "Packages" of the top README. No section: the README is not that far yet. */
export const explained =
  (packages: readonly string[]): Rule =>
  ({ path, text }) => {
    if (path !== "README.md") return [];
    const section = /^#+ Packages\b.*?$(.*?)(?=^#+ |(?![^]))/ms.exec(text)?.[1];
    if (section === undefined) return [];
    const lines = section.split("\n").map((line) => line.split(/[\s`*[\]():,|]+/).filter((word) => /\w/.test(word)));
    return packages
      .filter((name) => !lines.some((words) => words.includes(name) && words.length >= 3))
      .map((name) => `README.md: "Packages" does not say what ${name} is for`);
  };
