/** The table of differences from Elle in the chapter: every row is run both ways. */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { checkIsolation } from "../../../checker/isolation/check.js";
import type { Workload } from "../../../checker/isolation/history/columns.js";
import { history } from "./txns.js";

const chapter = readFileSync(new URL("../../../checker/isolation/README.md", import.meta.url), "utf8");

const rows = chapter
  .slice(chapter.search(/^\| difference /m))
  .split("\n\n")[0]!
  .split("\n")
  .slice(2)
  .map((line) => line.split("|").map((cell) => cell.trim()));

const workloadOf = (name: string): Workload => (name === "list-append" ? "list-append" : "rw-register");

describe("where we differ from Elle", () => {
  test("there are rows", () => {
    expect(rows.length).toBeGreaterThan(8);
  });

  for (const [, title = "", options = "", picture = "", ours = "", elles = ""] of rows) {
    test(title, () => {
      const [name = "", ...claim] = options.split(", ");
      const workload = workloadOf(name);
      const parsed = history(picture.replaceAll("`", "").replaceAll(";", "\n"), workload);
      const answer = (asElle: boolean): string => {
        const consistency = claim.length > 0 ? { consistency: claim } : {};
        const { valid, details } = checkIsolation(parsed, { workload, asElle, ...consistency });
        const types = details.anomalyTypes.filter((type) => type !== "empty-transaction-graph");
        return types.length === 0 ? valid : `${valid}: ${types.join(", ")}`;
      };
      expect({ we: answer(false), Elle: answer(true) }).toEqual({ we: ours, Elle: elles });
    });
  }
});
