/** The table of differences from Elle in the chapter: every row is run both ways. */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { checkIsolation, type IsolationOptions } from "../../../checker/isolation/check.js";
import type { TxnHistory, Workload } from "../../../checker/isolation/history/columns.js";
import { history } from "./txns.js";

const chapter = readFileSync(new URL("../../../checker/isolation/README.md", import.meta.url), "utf8");

const rows = chapter
  .slice(chapter.search(/^\| difference /m))
  .split("\n\n")[0]!
  .split("\n")
  .slice(2)
  .map((line) => line.split("|").map((cell) => cell.trim()));

const workloadOf = (name: string): Workload => (name === "list-append" ? "list-append" : "rw-register");

/** A history too long for a cell, with Elle's verdict. */
interface Recorded {
  readonly workload: Workload;
  readonly history: readonly string[];
  readonly elle: { readonly valid: boolean; readonly types: readonly string[]; readonly not: readonly string[] };
}

const LINK = /\]\(\.\.\/\.\.\/test\/checker\/isolation\/(.*)\)/;
const inFile = (row: readonly string[]): boolean => LINK.test(row[3] ?? "");
const read = (link: string): Recorded =>
  JSON.parse(readFileSync(new URL(LINK.exec(link)?.[1] ?? "", import.meta.url), "utf8"));

const words = (valid: string, types: readonly string[]): string => {
  const named = types.filter((type) => type !== "empty-transaction-graph");
  return named.length === 0 ? valid : `${valid}: ${named.join(", ")}`;
};

const answer = (parsed: TxnHistory, workload: Workload, options: Omit<IsolationOptions, "workload">): string => {
  const { valid, details } = checkIsolation(parsed, { workload, ...options });
  return words(valid, details.anomalyTypes);
};

describe("where we differ from Elle", () => {
  test("there are rows", () => {
    expect(rows.length).toBeGreaterThan(8);
  });

  for (const [, title = "", , link = "", ours = "", elles = ""] of rows.filter(inFile)) {
    test(title, () => {
      const { workload, history: lines, elle } = read(link);
      const parsed = history(lines.join("\n"), workload);
      expect({ we: answer(parsed, workload, {}), Elle: words(elle.valid ? "valid" : "invalid", elle.types) }).toEqual({
        we: ours,
        Elle: elles,
      });
      // What the search did not get to changes which cycles are named, never the verdict.
      for (const asElle of [true, false]) {
        const { valid, details } = checkIsolation(parsed, { workload, asElle });
        expect([valid === "valid", details.not]).toEqual([elle.valid, elle.not]);
      }
    });
  }

  for (const [, title = "", options = "", picture = "", ours = "", elles = ""] of rows.filter((row) => !inFile(row))) {
    test(title, () => {
      const [name = "", ...claim] = options.split(", ");
      const workload = workloadOf(name);
      const parsed = history(picture.replaceAll("`", "").replaceAll(";", "\n"), workload);
      const consistency = claim.length > 0 ? { consistency: claim } : {};
      const both = {
        we: answer(parsed, workload, consistency),
        Elle: answer(parsed, workload, { ...consistency, asElle: true }),
      };
      expect(both).toEqual({ we: ours, Elle: elles });
    });
  }
});
