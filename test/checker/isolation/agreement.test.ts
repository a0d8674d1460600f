/**
 * Agreement with Elle on its own tests and on some hundred other histories, each with several claims.
 *
 * Every difference must fall under a heading of the table in checker/isolation/README.md, decided here from the history
 * and the two verdicts; one that falls under none fails the test. The table is printed.
 */

import { readFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { checkIsolation, type IsolationOptions } from "../../../checker/isolation/check.js";
import { fromEvents } from "../../../checker/isolation/history/events.js";
import { INFO, OK, READ, type TxnHistory, WRITE } from "../../../checker/isolation/history/columns.js";
import { boundary, impliedBy } from "../../../checker/isolation/lattice/lattice.js";
import { corpusIsThere, type ElleVerdict, optionsFor, readRows, type Row } from "./elle-corpus.js";

interface Ours {
  readonly valid: boolean | "unknown";
  readonly types: readonly string[];
  readonly not: readonly string[];
  readonly alsoNot: readonly string[];
}

const VALID = { valid: true, invalid: false, unknown: "unknown" } as const;

const ourVerdict = (history: TxnHistory, options: Parameters<typeof checkIsolation>[1]): Ours => {
  const { valid, details } = checkIsolation(history, options);
  return { valid: VALID[valid], types: details.anomalyTypes, not: details.not, alsoNot: details.alsoNot };
};

const same = (a: readonly string[], b: readonly string[]): boolean => a.join() === b.join();

/** Elle reports a boundary only with anomalies. */
const sameBoundary = (elle: ElleVerdict, ours: Ours): boolean =>
  elle.valid === true || (same(elle.not, ours.not) && same(elle.also_not, ours.alsoNot));

const isCycle = (type: string): boolean => /^(G0|G1c|G-|G2|.*-cycle-exists|cycle-search-timeout)/.test(type);

/** The same verdict from the same evidence, except for the types of cycles. */
const sameButForCycles = (elle: ElleVerdict, ours: Ours): boolean =>
  elle.valid === ours.valid &&
  sameBoundary(elle, ours) &&
  same(
    elle.anomaly_types.filter((type) => !isCycle(type)),
    ours.types.filter((type) => !isCycle(type)),
  );

const infoWriteCounts = (history: TxnHistory): boolean => {
  const read = new Set<number>();
  const nothing = new Set<number>();
  const written: number[] = [];
  for (let txn = 0; txn < history.txns; txn++) {
    const start = history.mopStart[txn]!;
    for (let mop = start; mop < start + history.mopCount[txn]!; mop++) {
      if (history.txnType[txn] === OK && history.mopKind[mop] === READ) {
        if (history.mopTarget[mop]! < 0) nothing.add(history.mopKey[mop]!);
        else read.add(history.mopTarget[mop]!);
      }
      if (history.txnType[txn] === INFO && history.mopKind[mop] === WRITE) written.push(history.mopTarget[mop]!);
    }
  }
  return written.some((element) => read.has(element) || nothing.has(history.elementKey[element]!));
};

/** The heading under which two verdicts differ; null where they do not; undefined where nothing explains it. */
const difference = (
  row: Row,
  history: TxnHistory,
  elle: ElleVerdict,
  ours: Ours,
  options: IsolationOptions,
): string | null | undefined => {
  if (elle.valid === ours.valid && same(elle.anomaly_types, ours.types) && sameBoundary(elle, ours)) return null;
  if (history.problemCount > 0 && ours.valid === "unknown") return "input error";
  if (sameButForCycles(elle, ours)) {
    const missing = elle.anomaly_types.filter((type) => !ours.types.includes(type));
    if (missing.includes("cycle-search-timeout")) return "Elle's search timed out";
    const implied = impliedBy(ours.types);
    const refuted = boundary(ours.types);
    const named = (type: string): boolean =>
      implied.has(type) ||
      (type.endsWith("-cycle-exists") &&
        boundary([type]).not.every((m) => [...refuted.not, ...refuted.alsoNot].includes(m)));
    if (missing.every(named)) return "a stronger cycle than Elle found";
  }
  if (options.asElle === true || options.assumeClaim === false) return undefined;
  if (ours.types.includes("garbage-read")) return "read of what nobody wrote";
  if (row.workload === "rw-register" && ours.types.includes("future-read")) return "register: future read";
  const without = row.workload === "rw-register" ? { ...options, assumeClaim: false } : null;
  if (without !== null && difference(row, history, elle, ourVerdict(history, without), without) === null) {
    return "register: versions in the order that is claimed";
  }
  if (row.workload === "rw-register" && infoWriteCounts(history)) return "register: info writer";
  // Found, though not forbidden by this claim: then only the boundary shows it.
  const found = new Set(
    checkIsolation(history, { workload: history.workload, consistency: ["serializable"] }).details.anomalyTypes,
  );
  if (found.has("garbage-read")) return "read of what nobody wrote";
  if (row.workload === "rw-register" && found.has("future-read")) return "register: future read";
  return undefined;
};

const lines: string[] = [];
/** Of all files: verdicts compared, and how many of them are the same as Elle's. */
const sums = { compared: 0, asElle: 0, ourselves: 0 };
const chapter = readFileSync(new URL("../../../checker/isolation/README.md", import.meta.url), "utf8");

afterAll(() => {
  if (lines.length > 0) process.stdout.write(`\n${lines.join("\n")}\n`);
});

describe.skipIf(!corpusIsThere)("verdicts agree with Elle's (skipped without ../shared/corpus/isolation)", () => {
  for (const file of ["edge", "generated", "false-alarms", "elle-tests", "recorded"]) {
    for (const workload of ["list-append", "rw-register"] as const) {
      for (const asElle of [true, false]) {
        test(`${file}, ${workload}, ${asElle ? "answering as Elle" : "answering as ourselves"}`, () => {
          const headings = new Map<string, number>();
          const unexplained: string[] = [];
          let [total, agreed, failed] = [0, 0, 0];
          for (const row of readRows(file)) {
            if (row.workload !== workload) continue;
            const history = fromEvents(row.history, workload);
            for (const { options, expected } of row.checks) {
              if (expected.valid === "error" || expected.valid === "timeout") {
                failed++;
                continue;
              }
              total++;
              const own = optionsFor(workload, options, asElle);
              const ours = ourVerdict(history, own);
              const heading = difference(row, history, expected, ours, own);
              if (heading === null) agreed++;
              else if (heading !== undefined) headings.set(heading, (headings.get(heading) ?? 0) + 1);
              else
                unexplained.push(
                  `${row.name} ${JSON.stringify(options)}: Elle ${JSON.stringify(expected)}, we ${JSON.stringify(ours)}`,
                );
            }
          }
          const named = [...headings].map(([name, count]) => `${count} ${name}`).join(", ");
          const mode = asElle ? "as Elle" : "ourselves";
          lines.push(
            `${file.padEnd(12)} ${workload.padEnd(11)} ${mode.padEnd(9)} ${agreed} of ${total}${named === "" ? "" : `; ${named}`}${failed === 0 ? "" : `; ${failed} where Elle has no verdict`}`,
          );
          if (asElle) sums.compared += total;
          sums[asElle ? "asElle" : "ourselves"] += agreed;
          expect(unexplained).toEqual([]);
          expect(total).toBeGreaterThan(0);
        });
      }
    }
  }

  test("as many as the chapter says", () => {
    const of = (agreed: number): string => `**${agreed} of ${sums.compared}**`;
    expect(chapter).toContain(`| ${of(sums.asElle)} | ${of(sums.ourselves)} |`);
  });
});
