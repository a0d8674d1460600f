import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Bug, BUGS } from "../../src/replica/protocol/bugs.js";
import { parseRunFlags } from "../../src/config/flags.js";
import { kvtest } from "./kvtest.js";

test("every planted bug is listed with what it breaks and a command that shows it", async () => {
  const { stdout } = await kvtest(["bugs"]);
  for (const { name, mode, words } of BUGS) {
    expect(stdout).toContain(`${name} (${mode}): breaks `);
    expect(stdout).toContain(words);
    expect(stdout).toContain(`kvtest run --mode ${mode} --bug ${name} `);
  }
  const json = await kvtest(["bugs", "--mode", "abd", "--json"]);
  expect(JSON.parse(json.stdout)).toEqual(BUGS.filter(({ mode }) => mode === "abd"));
});

test("a mode without bugs is refused", async () => {
  const { exitCode, stderr } = await kvtest(["bugs", "--mode", "chain"]);
  expect(exitCode).toBe(254);
  expect(stderr).toContain("--mode chain: expected one of ");
});

test("the flags that are said to show a bug are flags that there are", () => {
  const all: readonly Bug[] = BUGS;
  for (const { name, mode, workload, nemesis, flags = "" } of all) {
    const words = flags.split(" ").filter((word) => word !== "");
    const given: { [flag: string]: string | false } = { mode, bug: name, workload, nemesis };
    for (let i = 0; i < words.length; i++) {
      const off = words[i]!.startsWith("--no-");
      const flag = words[i]!.slice(off ? 5 : 2).replace(/-./g, (dash) => dash.slice(1).toUpperCase());
      given[flag] = off ? false : words[++i]!;
    }
    expect(parseRunFlags(given, 1), name).toMatchObject({ ok: true });
  }
});

test("a hunt says in which seed a bug was found, and keeps the history that shows it", async () => {
  const out = mkdtempSync(join(tmpdir(), "kvtest-hunt-"));
  const hunted = await kvtest(["bugs", "--hunt", "abd-late-answer", "--in", "scheduler", "--out", out]);
  expect(hunted).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^abd-late-answer: found in seed \d+\n/) });
  const [history = ""] = readdirSync(out);
  expect((await kvtest(["check", join(out, history)])).exitCode).toBe(1);
  rmSync(out, { recursive: true });
});

test("a hunt that finds nothing says so, and one that makes no sense is refused with every problem", async () => {
  const few = await kvtest(["bugs", "--hunt", "quorum-ack-before-fsync", "--seeds", "2"]);
  expect(few).toMatchObject({ exitCode: 2, stdout: "quorum-ack-before-fsync: not found" });
  const wrong = await kvtest(["bugs", "--hunt", "no-such-bug", "--in", "space", "--runs", "0"]);
  expect(wrong.exitCode).toBe(254);
  for (const problem of ["--hunt no-such-bug", "--in space", "--runs 0"]) expect(wrong.stderr).toContain(problem);
});
