import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import type { RunVerdict } from "../../checker/judge.js";
import { freshDir, kvtest, repoRoot } from "./kvtest.js";

const stale = join(repoRoot, "runs/gallery/stale-read-from-a-follower");

const txn = (process: number, type: string, value: unknown) => ({ process, type, f: "txn", value });

async function refused(...flags: string[]): Promise<unknown> {
  const { exitCode, stderr } = await kvtest(["check", stale, ...flags]);
  return [exitCode, stderr.includes("    at "), stderr];
}

test("a weaker model is claimed by any of its names, and decides alone", async () => {
  const answers = await Promise.all(
    ["monotonic-reads", "MR", "pram", "sequential,monotonic-reads"].map(async (models) => {
      const { exitCode, stdout } = await kvtest(["check", stale, "--consistency", models, "--json"]);
      return [models, exitCode, (JSON.parse(stdout) as RunVerdict).claims];
    }),
  );
  expect(answers).toEqual([
    ["monotonic-reads", 0, ["consistency", "not-vacuous"]],
    ["MR", 0, ["consistency", "not-vacuous"]],
    ["pram", 1, ["consistency", "not-vacuous"]],
    ["sequential,monotonic-reads", 1, ["consistency", "not-vacuous"]],
  ]);
});

test("the strongest model that holds is told of every history of registers", async () => {
  const { verdicts } = JSON.parse((await kvtest(["check", stale, "--json"])).stdout) as RunVerdict;
  expect(verdicts.find(({ checker }) => checker === "consistency")?.because).toMatch(
    /^Holds: .*weakest that is violated/,
  );
});

test("k, Δ, Γ, the share of stale reads and its interval are told, in words and as JSON", async () => {
  const { stdout } = await kvtest(["check", stale]);
  expect(stdout).toMatch(/invalid +k-atomic \(told\) +In no order do all reads return the latest write/);
  expect(stdout).toMatch(/17\s%,\s+95\s%\s+interval\s+13-21\s%/);
  const { verdicts } = JSON.parse((await kvtest(["check", stale, "--json"])).stdout) as RunVerdict;
  const told = Object.fromEntries(verdicts.map(({ checker, details }) => [checker, details]));
  expect(told).toMatchObject({
    "k-atomic": { k: 15, exact: false, deltaMs: expect.any(Number), gammaMs: expect.any(Number) },
    fresh: { stale: 58, interval: [expect.any(Number), expect.any(Number)], visibility: { reads: expect.any(Number) } },
  });
});

const rowsOf = async (...lines: readonly object[]) => {
  const file = join(freshDir(), "history.jsonl");
  writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  const { verdicts } = JSON.parse((await kvtest(["check", file, "--json"])).stdout) as RunVerdict;
  return verdicts.find(({ checker }) => checker === "k-atomic");
};
const op = (f: string, value: unknown, result = value) => [
  { process: 0, type: "invoke", f, key: "x", value },
  { process: 0, type: "ok", f, key: "x", value: result },
];

test("of a linearizable history k is 1, whatever its values; of other things than registers it is not told", async () => {
  expect(await rowsOf(...op("write", 1), ...op("write", 1), ...op("read", null, 1))).toMatchObject({
    valid: "valid",
    details: { k: 1, deltaMs: 0 },
  });
  expect(await rowsOf(...op("enqueue", 1), ...op("dequeue", null, 1))).toBeUndefined();
});

test("transactions from elsewhere are judged by the isolation that is claimed", async () => {
  const file = join(freshDir(), "skew.jsonl");
  const lines = [
    txn(0, "invoke", [
      ["r", "x", null],
      ["append", "y", 1],
    ]),
    txn(1, "invoke", [
      ["r", "y", null],
      ["append", "x", 1],
    ]),
    txn(0, "ok", [
      ["r", "x", []],
      ["append", "y", 1],
    ]),
    txn(1, "ok", [
      ["r", "y", []],
      ["append", "x", 1],
    ]),
    txn(0, "invoke", [
      ["r", "x", null],
      ["r", "y", null],
    ]),
    txn(0, "ok", [
      ["r", "x", [1]],
      ["r", "y", [1]],
    ]),
  ];
  writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  const judged = async (...flags: string[]) =>
    (await kvtest(["check", file, "--workload", "list-append", ...flags])).exitCode;
  expect([
    await judged(),
    await judged("--consistency", "serializable"),
    await judged("--consistency", "snapshot-isolation"),
  ]).toEqual([1, 1, 0]);
});

test("a model or workload that nobody knows, or that means nothing here, is refused with what is known", async () => {
  expect(await refused("--consistency", "perfect")).toEqual([254, false, expect.stringContaining("read-your-writes")]);
  expect(await refused("--workload", "ledger")).toEqual([254, false, expect.stringContaining("list-append")]);
  expect(await refused("--workload", "bank")).toEqual([254, false, expect.stringContaining("accounts")]);
  expect(await refused("--workload", "set", "--consistency", "causal")).toEqual([
    254,
    false,
    expect.stringContaining("not of set"),
  ]);
  expect(await refused("--consistency", "causal", "--claim", "fresh")).toEqual([
    254,
    false,
    expect.stringContaining("--claim"),
  ]);
});

/** What `kvtest check` says of these lines in a file, gzipped, and on standard input. */
async function everyWay(lines: readonly unknown[], ...flags: string[]) {
  const file = join(freshDir(), "txns.jsonl");
  const text = lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n");
  writeFileSync(file, `${text}\n`);
  writeFileSync(`${file}.gz`, gzipSync(text));
  const answers = await Promise.all([
    kvtest(["check", file, ...flags]),
    kvtest(["check", `${file}.gz`, ...flags]),
    kvtest(["check", "-", ...flags], repoRoot, `${text}\n`),
  ]);
  return answers.map(({ exitCode, stdout, stderr }) => ({ exitCode, stdout, problems: stderr.split("\n").slice(1) }));
}

const append = (key: string, value: number) => [["append", key, value]];

test("transactions that cannot be judged are refused with every problem and its line, however they come", async () => {
  const answers = await everyWay(
    [
      txn(0, "invoke", append("x", 1)),
      txn(0, "invoke", append("x", 1)),
      txn(0, "ok", append("x", 1)),
      txn(1, "ok", append("x", 2)),
      txn(2, "invoke", [["increment", "x", 1]]),
      txn(2, "info", [["increment", "x", 1]]),
      txn(2, "invoke", append("x", 3)),
      txn(3, "maybe", append("x", 4)),
      { ...txn(3, "invoke", append("x", 5)), process: "3" },
      txn(4, "invoke", { append: "x" }),
      "nonsense",
      '{"process":5,"type":"invoke","f":"txn","value":[["append","x",6]',
    ],
    "--workload",
    "list-append",
  );
  for (const { exitCode, stdout, problems } of answers) {
    expect([exitCode, stdout]).toEqual([254, ""]);
    expect(problems).toEqual([
      "  line 2: process 0 invokes at 1 while its operation of 0 is open",
      '  line 2: 1 is written to key "x" a second time: writes must be unique per key',
      "  line 4: process 1 completes txn (ok) without having invoked it",
      '  line 5: micro-operation "increment": only r and append are known',
      '  line 6: micro-operation "increment": only r and append are known',
      "  line 7: process 2 invokes txn although an operation of it ended info: such a process is retired (H2)",
      expect.stringContaining('  line 8: type "maybe": expected invoke, ok, fail or info'),
      expect.stringContaining('  line 9: "process" is "3", expected a whole number'),
      expect.stringContaining("  line 10: expected ["),
      expect.stringContaining("  line 11: expected {"),
      expect.stringContaining("  line 12: expected"),
      ...problems.slice(11),
    ]);
    expect(problems.slice(11).join("")).toBe("");
  }
});

test("a missing line, a missing process and a value written twice in EDN are input errors as well", async () => {
  const numbered = [txn(0, "invoke", append("x", 1)), txn(0, "ok", append("x", 1)), txn(0, "invoke", append("x", 2))];
  const gap = numbered.map((event, i) => ({ index: i === 2 ? 3 : i, ...event }));
  for (const { exitCode, problems } of await everyWay([...gap, { a: 1 }], "--workload", "list-append")) {
    expect(exitCode).toBe(254);
    expect(problems.slice(0, 2)).toEqual([
      '  line 3: "index" is 3, expected 2: lines are missing, doubled or out of order',
      expect.stringContaining('  line 4: "process" is missing'),
    ]);
  }
  const edn = [0, 1].map((process) => `{:process ${process}, :type :invoke, :f :txn, :value [[:append :x 1]]}`);
  const answers = await everyWay(edn, "--workload", "list-append");
  for (const { exitCode, problems } of answers) {
    expect([exitCode, problems[0]]).toEqual([
      254,
      '  line 2: 1 is written to key "x" a second time: writes must be unique per key',
    ]);
  }
});

test("a register read from the past is found, and Elle does not look for it unless it is told how", async () => {
  const lines = [
    [0, "w", 1],
    [0, "w", 2],
    [1, "r", 1],
  ].flatMap(([process, f, value]) => [
    txn(Number(process), "invoke", [[f, "x", f === "r" ? null : value]]),
    txn(Number(process), "ok", [[f, "x", value]]),
  ]);
  const asked: readonly (readonly [string[], number, string[]])[] = [
    [[], 1, ["G-single-item-realtime"]],
    [["--as-elle"], 0, []],
    [["--as-elle", "--linearizable-keys"], 1, ["cyclic-versions"]],
    [["--as-elle", "--sequential-keys", "--wfr-keys"], 1, ["G-single-item-realtime"]],
    [["--consistency", "serializable"], 0, []],
  ];
  for (const [flags, code, types] of asked) {
    for (const { exitCode, stdout } of await everyWay(lines, "--workload", "rw-register", "--json", ...flags)) {
      const { verdicts, claims } = JSON.parse(stdout) as RunVerdict;
      const [isolation] = verdicts as readonly { readonly details: { readonly anomalyTypes: readonly string[] } }[];
      expect([flags, exitCode, claims, isolation?.details.anomalyTypes]).toEqual([flags, code, ["isolation"], types]);
    }
  }
});

test("flags about transactions are refused where there are none", async () => {
  const { exitCode, stderr } = await kvtest(["check", stale, "--as-elle", "--linearizable-keys"]);
  expect([exitCode, stderr.includes("    at ")]).toEqual([254, false]);
  expect(stderr).toContain("--as-elle: only means something with --workload list-append or rw-register");
  expect(stderr).toContain("--linearizable-keys: only means something with --workload rw-register");
});

test("whoever says that values are distinct is held to it, and told the line", async () => {
  const lines = [1, 1].flatMap((value) => op("write", value)).concat(op("read", null, 1));
  for (const { exitCode, stdout, problems } of await everyWay(lines, "--workload", "unique-register")) {
    expect([exitCode, stdout, problems]).toEqual([
      254,
      "",
      ['  line 3: 1 is written to key "x" although line 1 wrote it before: every value must be written once'],
    ]);
  }
  for (const { exitCode } of await everyWay(lines)) expect(exitCode).toBe(0);
});

test("everything that is wrong with the flags is told at once", async () => {
  const { exitCode, stderr } = await kvtest(
    ["check", "nowhere.jsonl", "--model", "shelf", "--budget", "many", "--claim", "", "--consistency", "MR,best,most"],
    freshDir(),
  );
  expect(exitCode).toBe(254);
  expect(stderr.split("\n").map((line) => line.replace(/expected.*/, "expected"))).toEqual([
    "kvtest: cannot check this:",
    "  nowhere.jsonl: no such file or folder",
    '  --claim "": expected',
    "  --budget many: expected",
    "  --model shelf: expected",
    '  --consistency "best", "most": expected',
    "  --consistency: is a claim itself; not together with --claim",
  ]);
  const budgets = await Promise.all(["0", "-1", "1.5", "", "1e99"].map((steps) => refused("--budget", steps)));
  expect(budgets.map((answer) => (answer as readonly unknown[]).slice(0, 2))).toEqual(budgets.map(() => [254, false]));
  expect(await refused("--key", "k0,nothing")).toEqual([254, false, expect.stringContaining("--key nothing: not in")]);
  expect(await refused("--workload", "set", "--budget", "9", "--model", "lock")).toEqual([
    254,
    false,
    expect.stringMatching(/--model: means nothing.*\n.*--budget: means nothing/),
  ]);
});

async function claimsAlone(...flags: string[]) {
  const { exitCode, stdout } = await kvtest(["check", stale, "--json", "--only-claims", ...flags]);
  return [exitCode, (JSON.parse(stdout) as RunVerdict).verdicts.map(({ checker }) => checker)];
}

test("where only the claims are asked about, nothing else is told, and the answer is the same", async () => {
  expect(await claimsAlone("--claim", "fresh,converges")).toEqual([1, ["fresh", "converges", "not-vacuous"]]);
  expect(await claimsAlone("--consistency", "monotonic-reads")).toEqual([0, ["consistency", "not-vacuous"]]);
  expect(await claimsAlone("--claim", "linearizable", "--allow-vacuous")).toEqual([1, ["linearizable"]]);
});

test("of a file, which is read without an object for each operation, the verdict is that of a pipe, which is not", async () => {
  const path = join(stale, "history.jsonl");
  const history = readFileSync(path, "utf8");
  const begin = history.split("\n").slice(0, 40).join("\n");
  const prefix = join(freshDir(), "prefix.jsonl");
  writeFileSync(prefix, begin);
  for (const [file, text, exit] of [
    [path, history, 1],
    [prefix, begin, 0],
  ] as const) {
    const flags = ["--only-claims", "--json"];
    const answers = await Promise.all([
      kvtest(["check", file, ...flags]),
      kvtest(["check", "-", ...flags], repoRoot, text),
    ]);
    expect(answers.map(({ exitCode }) => exitCode)).toEqual([exit, exit]);
    const [one, other] = answers.map(({ stdout }) => stdout.replace(/"steps":\d+/, ""));
    expect(one).toEqual(other);
  }
});
