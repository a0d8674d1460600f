import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { SuiteOptions } from "../../src/config/suite.js";
import { type LoadedSuite, loadSuite } from "../../src/suite/load.js";
import { freshDir } from "../cli/kvtest.js";

const flags: SuiteOptions["flags"] = new Map(
  ["nodes", "workload", "nemesis", "timeLimit", "rate", "mode", "writeQuorum", "seed", "json", "claim"]
    .map(
      (name) =>
        [name, { isSwitch: name === "json", isList: name === "faultParam" }] as [
          string,
          { isSwitch: boolean; isList: boolean },
        ],
    )
    .concat([["readRepair", { isSwitch: true, isList: false }]]),
);
const options: SuiteOptions = { flags, freshSeed: (index) => 100 + index };

async function load(name: string, text: string) {
  const dir = freshDir();
  writeFileSync(join(dir, name), text);
  return loadSuite(dir, options);
}
const loaded = async (name: string, text: string): Promise<LoadedSuite> => {
  const found = await load(name, text);
  if (!found.ok) throw new Error(found.problems.join("\n"));
  return found.loaded;
};
const problemsOf = async (name: string, text: string): Promise<readonly string[]> => {
  const found = await load(name, text);
  return found.ok ? [] : found.problems;
};

const YAML = `# a suite
run: { nodes: 3, time-limit: 2s }
unknown: retry
tests:
  - name: calm
  - name: partition
    run:
      nemesis: [partition, kill]
      seed: 7
    expect: [linearizable, p99 < 50ms during partition]
    expected: invalid
`;

test("a suite in YAML is tests of kvtest run, over the flags of all", async () => {
  const { suite, lineOf } = await loaded("kvtest.config.yaml", YAML);
  expect(suite.tests).toMatchObject([
    {
      name: "calm",
      database: null,
      expected: "valid",
      unknown: "retry",
      retries: 2,
      isSeeded: false,
      test: {
        seed: 100,
        nodes: ["n1", "n2", "n3"],
        timeLimitMs: 2000,
        claims: ["linearizable"],
        nemesis: { faults: [] },
      },
    },
    {
      name: "partition",
      expected: "invalid",
      isSeeded: true,
      test: { seed: 7, nemesis: { faults: ["partition", "kill"] } },
      expect: [{ is: "claim" }, { is: "limit", during: "partition" }],
    },
  ]);
  expect([lineOf(0), lineOf(1)]).toEqual([5, 6]);
});

test("every problem is told, with its line", async () => {
  const text = `unknown: maybe
database: { name: x, start: { command: ./x, arg: [] }, http: { read: { path: kv }, write: { path: /kv } } }
tests:
  - name: one
    expect: linearisable
`;
  expect(await problemsOf("kvtest.config.yaml", text)).toEqual([
    'line 2: database.start: Unrecognized key: "arg"',
    expect.stringMatching(/^line 2: database\.http\.read\.path: expected a path that begins with/),
    expect.stringMatching(/^line 1: unknown: .*"fail"\|"retry"\|"pass"/),
  ]);
  const values = `run: { nodes: 3, color: red }
tests:
  - name: one
    run: { nemesis: floods, mode: leader,
      write-quorum: 9 }
    expect:
      - linearisable
      - p99 < 3 parsecs
  - name: one
    run: { json: true, read-repair: 1 }
`;
  expect(await problemsOf("kvtest.config.yaml", values)).toEqual([
    expect.stringMatching(/^line 1: run\.color: color: no flag of kvtest run; it has nodes, workload/),
    expect.stringMatching(/^line 7: tests\[0\]\.expect\[0\]: "linearisable": neither a claim/),
    expect.stringMatching(/^line 8: tests\[0\]\.expect\[1\]: "p99 < 3 parsecs"/),
    expect.stringMatching(/^line 4: tests\[0\]\.run: --write-quorum 9: expected 0\.\.2/),
    expect.stringMatching(/^line 4: tests\[0\]\.run: --nemesis floods/),
    expect.stringMatching(/^line 10: tests\[1\]\.run\.json: json: kvtest ci --json says it/),
    expect.stringMatching(/^line 10: tests\[1\]\.run\.read-repair: read-repair: expected true or false/),
    expect.stringMatching(/^line 9: tests\[1\]\.name: "one": is tests\.0 already/),
  ]);
  expect(await problemsOf("kvtest.config.yaml", "tests:\n  - name: [\n")).toEqual([
    expect.stringMatching(/^line \d: /),
  ]);
  expect(await problemsOf("kvtest.config.yaml", "")).toEqual([expect.stringContaining("expected object")]);
});

const OWN = `
database:
  name: notes
  start: { command: ./notes, args: ["--port", "{port}"] }
  http: { read: { path: "/{key}" }, write: { path: "/{key}" } }
`;

test("a database of one's own has no flags of the reference store, no transactions, and converges only if it tells", async () => {
  const text = `${OWN}
tests:
  - { name: one, run: { mode: quorum } }
  - { name: two, run: { workload: bank }, expect: bank }
  - { name: three, expect: converges }
  - { name: four }
`;
  expect(await problemsOf("kvtest.config.yml", text)).toEqual([
    expect.stringContaining("tests[0].run: mode: is of the reference store, not of notes"),
    expect.stringContaining("tests[1].run: workload bank: needs transactions"),
    expect.stringContaining("tests[2].expect: converges: nobody can tell unless notes tells its state"),
  ]);
  const { suite } = await loaded("kvtest.config.yml", `${OWN}\ntests: [{ name: four }]\n`);
  expect(suite.tests[0]).toMatchObject({
    database: { name: "notes" },
    test: { nodes: ["n1", "n2", "n3"], protocol: { mode: "own", database: "notes" } },
  });
});

test("a suite in TypeScript needs no build and no installed kvtest", async () => {
  const text = `
import { defineConfig, defineDatabase, NotDone, type DatabaseClient } from "kvtest";
const client = (): DatabaseClient => ({
  read: async () => { throw new NotDone("unreachable", "no"); },
  write: async (key: string, value) => {},
});
const database = defineDatabase({ name: "in code", start: ({ name, port }) => ({ command: "x", args: [name, String(port)] }), client });
export default defineConfig({ database, tests: [{ name: "typed" as string, expect: "linearizable" }] });
`;
  const { suite, lineOf } = await loaded("kvtest.config.ts", text);
  expect(suite.tests[0]).toMatchObject({ name: "typed", database: { name: "in code" } });
  expect(lineOf(0)).toBeNull();
  expect(suite.tests[0]?.database?.client).toBeTypeOf("function");
});

test("a module that throws, or exports no suite, is told in words", async () => {
  expect(await problemsOf("kvtest.config.ts", "throw new RangeError('too small');")).toEqual([
    expect.stringContaining("RangeError: too small"),
  ]);
  expect(await problemsOf("kvtest.config.mjs", "export default { test: [] };")).toEqual([
    expect.stringContaining("tests: "),
    expect.stringContaining('"test"'),
  ]);
});

test("no suite at all", async () => {
  expect(await loadSuite(freshDir(), options)).toMatchObject({ ok: false, what: "there is no suite:" });
  expect(await loadSuite("nowhere.yaml", options)).toMatchObject({ ok: false });
});
