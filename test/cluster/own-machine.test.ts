/** Clocks, disks and files of a database that knows nothing of us, broken by `kvtest ci`. */

import { spawn } from "node:child_process";
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, test } from "vitest";
import { findFaketime, programPath } from "../../nemesis/index.js";
import { firstOf, freshDir, kvtest, leftBehind, program, repoRoot, until } from "../cli/kvtest.js";

/** In CI all of it is installed: there, what is missing is a failure. */
function missing(what: string, is: boolean): boolean {
  if (!is) return false;
  console.log(`skipped: ${what} is not here`);
  return process.env["CI"] !== "true";
}
const noPython = missing("python3", programPath("python3") === null);
const noClock = missing("libfaketime", findFaketime() === null) || noPython;
const noCalls = missing("libfiu", programPath("fiu-run") === null) || noPython;
const noMount = missing("the right to mount", process.getuid?.() !== 0) || noPython;

interface Asked {
  readonly hardware?: object;
  /** Of the notebook. */
  readonly flags?: readonly string[];
  readonly run: object;
}

/** A suite of one test of the notebook, one node. */
function project({ hardware, flags = [], run }: Asked): string {
  const dir = freshDir();
  copyFileSync(join(repoRoot, "test/suite/fixture/notebook.py"), join(dir, "notebook.py"));
  const database = {
    name: "notebook",
    start: { command: "python3", args: ["notebook.py", "--port", "{port}", "--data", "{data}", ...flags] },
    ready: { http: "/health" },
    http: { read: { path: "/kv/{key}" }, write: { path: "/kv/{key}", notDone: [507] }, greet: "/health" },
    ...(hardware === undefined ? {} : { hardware }),
  };
  const usual = { nodes: 1, concurrency: 3, rate: 100, timeLimit: "3s", nemesisInterval: "1200ms" };
  const suite = { database, run: { ...usual, ...run }, tests: [{ name: "notebook" }] };
  writeFileSync(join(dir, "kvtest.config.yaml"), JSON.stringify(suite));
  return dir;
}

interface Told {
  readonly results: readonly {
    readonly outcome: string;
    readonly because: string;
    readonly attempts: readonly { readonly dir: string; readonly verdict: string }[];
  }[];
}

/** What the only test came to, and what its faults told at their ends. */
interface Tried {
  readonly verdict: string;
  readonly because: string;
  readonly ends: readonly string[];
  readonly dir: string;
}

/**
 * The first of a few runs that comes to this, or accuses. Where disks and processors are so busy that the notebook answers
 * nobody in time, or meets no trouble, a run says so and proves nothing.
 */
const tried = (verdict: "valid" | "unknown" | "invalid", asked: Asked): Promise<Tried> =>
  firstOf(
    (once) => once.verdict === verdict || once.verdict === "invalid",
    (seed) => triedOnce(asked, seed),
    1,
  );

async function triedOnce(asked: Asked, seed: number): Promise<Tried> {
  const dir = project(asked);
  const { stdout, stderr } = await kvtest(["ci", "--json", "--seed", String(seed)], dir);
  if (!stdout.startsWith("{")) throw new Error(stderr);
  const [result] = (JSON.parse(stdout) as Told).results;
  const attempt = result?.attempts.at(-1);
  if (typeof attempt?.dir !== "string") throw new Error(result?.because);
  const run = join(dir, attempt.dir);
  const ends = readFileSync(join(run, "history.jsonl"), "utf8")
    .split("\n")
    .filter((line) => line.includes('"phase":"end"'));
  expect(leftBehind(dir)).toEqual([]);
  return { verdict: attempt.verdict, because: result?.because ?? "", ends, dir: run };
}

const CLOCK = { clock: "libfaketime", readClock: { http: "/clock", value: "/ms" } };
const CALLS = { disk: "libfiu", diskHits: { http: "/failures" } };

const mounts = (): string => readFileSync("/proc/self/mounts", "utf8");

/** The processes that the only node of a run was. */
const pidsIn = (run: string): readonly string[] =>
  [...readFileSync(join(run, "logs/n1.log"), "utf8").matchAll(/^process (\d+)$/gm)].map(([, pid]) => pid ?? "");

/** What libfaketime left of these processes in shared memory. */
const leftIn = (pids: readonly string[]): readonly string[] =>
  (existsSync("/dev/shm") ? readdirSync("/dev/shm") : []).filter(
    (name) => name.includes("faketime") && pids.some((pid) => name.endsWith(`_${pid}`)),
  );

describe.skipIf(noClock)("clocks by libfaketime", () => {
  const bump = { nemesis: "clock", faultParam: ["clock.skews=bump", "clock.offset=20000..90000"] };

  test("are wrong as the node itself reads them, and a store that does not go by them keeps its promise", async () => {
    const { verdict, because, ends, dir } = await tried("valid", { hardware: CLOCK, run: bump });
    expect(verdict, because).toBe("valid");
    expect(ends.length).toBeGreaterThan(0);
    for (const end of ends) expect(end).toMatch(/"bit":true.*n1's clock read back \d{5} ms (ahead|behind), then/);
    // The library keeps something in shared memory, which a killed node cannot give back.
    const pids = pidsIn(dir);
    expect(pids).toHaveLength(1);
    expect(leftIn(pids)).toEqual([]);
  });

  test("refute a store that goes by them", async () => {
    const { verdict, because } = await tried("invalid", { hardware: CLOCK, flags: ["--by-clock"], run: bump });
    expect(verdict, because).toBe("invalid");
  });

  test("prove nothing where nobody says how the node reads its own", async () => {
    const { verdict, because } = await tried("unknown", { hardware: { clock: "libfaketime" }, run: bump });
    expect(verdict).toBe("unknown");
    expect(because).toContain("n1 can't tell its clock");
  });
});

describe.skipIf(noCalls)("disks by libfiu", () => {
  const failing = { nemesis: "disk", faultParam: ["disk.rate=0.9..1"] };

  test("fail as the node itself counts, and a store that notices keeps its promise", async () => {
    const { verdict, because, ends, dir } = await tried("valid", { hardware: CALLS, run: failing });
    expect(verdict, because).toBe("valid");
    expect(ends.length).toBeGreaterThan(0);
    for (const end of ends) expect(end).toMatch(/"bit":true.*n1 met the trouble \d+ times/);
    expect(readdirSync(join(dir, "hardware"))).toEqual([]);
  });

  test("are proven by the node's own log where it does not count", async () => {
    // Its log is written by the calls that fail, so only what fails beside them is told there.
    const run = { ...failing, faults: "fsync.yaml" };
    const dir = project({ hardware: { disk: "libfiu" }, run: { ...run, nemesis: undefined, faultParam: undefined } });
    writeFileSync(join(dir, "fsync.yaml"), "- at 1s disk n1 errors=fsync for 1s\n");
    const { stdout, stderr } = await kvtest(["ci", "--json"], dir);
    expect(JSON.parse(stdout || "{}"), stderr).toMatchObject({ passed: 1 });
  });

  test("refute a store that does not notice", async () => {
    const { verdict, because } = await tried("invalid", { hardware: CALLS, flags: ["--careless"], run: failing });
    expect(verdict, because).toBe("invalid");
  });
});

test.skipIf(noMount)("a small disk is full, has room again, and is gone with the run", async () => {
  const { verdict, because, ends, dir } = await tried("valid", {
    hardware: { disk: { tmpfsMb: 4 } },
    run: { nemesis: "disk" },
  });
  expect(verdict, because).toBe("valid");
  expect(ends.length).toBeGreaterThan(0);
  for (const end of ends) expect(end).toContain('"bit":true');
  expect(readFileSync("/proc/self/mounts", "utf8")).not.toContain(dir);
  expect(existsSync(join(dir, "undo.jsonl"))).toBe(false);
});

test.skipIf(noMount || noClock)(
  "of a harness that is killed in the middle, heal leaves no mount, no shared memory and no node",
  async () => {
    const run = { nemesis: "clock,disk", timeLimit: "20s", nemesisInterval: "1s" };
    const dir = project({ hardware: { ...CLOCK, disk: { tmpfsMb: 4 } }, run });
    const harness = spawn(process.execPath, [program, "ci"], { cwd: dir, stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    harness.stderr.on("data", (bytes: Buffer) => {
      said += bytes.toString();
    });
    const looked = () => (harness.exitCode === null ? said : `${said} exit ${harness.exitCode}`);
    expect(await until("a disk is full", looked, (words) => / disk begins: | exit \d/.test(words), 60_000)).toContain(
      "disk begins",
    );
    const [name = ""] = readdirSync(join(dir, "runs")).filter((one) => one !== "latest");
    const pids = pidsIn(join(dir, "runs", name));
    harness.kill("SIGKILL");
    expect(mounts()).toContain(dir);
    await until(
      "the guardian has ended the node",
      () => leftBehind(dir),
      (lines) => lines.length === 0,
    );
    const healed = await kvtest(["heal"], dir);
    expect(healed.exitCode, healed.stdout + healed.stderr).toBe(0);
    expect(mounts()).not.toContain(dir);
    expect(leftIn(pids)).toEqual([]);
  },
);

test.skipIf(noPython)(
  "a wiped disk is wiped without being declared, and one node alone has then lost all",
  async () => {
    const { verdict, ends } = await tried("invalid", { run: { nemesis: "wipe" } });
    expect(ends.join("\n")).toMatch(/"bit":true.*n1: \d+ bytes wiped, started on what was left/);
    expect(verdict).toBe("invalid");
  },
);

const refused = async (asked: Asked, env: { readonly [name: string]: string } = {}): Promise<string> => {
  const dir = project(asked);
  const { exitCode, stderr } = await execa(process.execPath, [program, "ci"], { cwd: dir, reject: false, env });
  expect(exitCode, stderr).toBe(254);
  expect(existsSync(join(dir, "runs"))).toBe(false);
  return stderr;
};

describe("what cannot be is refused before anything starts, with why", () => {
  test("a hand that was not asked for", async () => {
    const words = await refused({ run: { nemesis: "clock,disk" } });
    expect(words).toContain(
      "notebook: clock: there is no hand to set the clock of a node (the database does not say by what: hardware.clock)",
    );
    expect(words).toContain("hardware.disk");
  });

  test("a library that is not there", async () => {
    expect(await refused({ hardware: CALLS, run: { nemesis: "disk" } }, { PATH: "/nowhere" })).toContain(
      "libfiu is not installed",
    );
  });

  test.skipIf(noCalls)(
    "a trouble that the hand cannot make, and two hands that do not bear with each other",
    async () => {
      const slow = { nemesis: "disk", faultParam: "disk.troubles=slow" };
      expect(await refused({ hardware: CALLS, run: slow })).toContain("a disk cannot be made slow here, only full");
      const torn = { nemesis: "damage", faultParam: "damage.kinds=lose-unsynced" };
      expect(await refused({ run: torn })).toContain("files cannot be damaged by lose-unsynced here");
      if (noClock) return;
      const both = { nemesis: "clock,disk" };
      expect(await refused({ hardware: { ...CLOCK, ...CALLS }, run: both })).toContain(
        "cannot be loaded into one program",
      );
    },
  );

  test("a means that nobody knows", async () => {
    const words = await refused({ hardware: { clock: "sundial", disk: { tmpfsMb: 0 } }, run: {} });
    expect(words).toContain("hardware");
  });
});
