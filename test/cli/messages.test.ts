import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readMessages } from "../../src/archive/messages-file.js";
import { type Ended, firstOf, freshDir, isCaught, kvtest, leftBehind } from "./kvtest.js";

const dir = freshDir();
afterAll(() => expect(leftBehind(dir)).toEqual([]));

/** Asynchronous followers that answer reads: what a client reads is soon stale. */
const run = (out: string, messages: readonly string[]): Promise<Ended> =>
  firstOf(
    isCaught,
    async (seed) =>
      kvtest(
        `run --nodes 3 --mode leader --read-from any --write-quorum 0 --replication-delay 100..300 --workload unique-register --time-limit 1500ms --rate 100 --seed ${seed} --quiet --out ${out}`
          .split(" ")
          .concat(messages),
        dir,
      ),
    3,
  );

test("around a violation the messages are kept and drawn, on the clock of the history", async () => {
  const { stdout } = await run("around", []);
  expect(stdout).toContain("INVALID");
  const latest = join(dir, "around/latest");
  const messages = readMessages(latest) ?? [];
  expect(messages.length).toBeGreaterThan(10);
  // A question comes to its link after the client has asked it, and its answer before the client has it: on one clock.
  const events = readFileSync(join(latest, "history.jsonl"), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as { time: number; type: string; f: string; key: string; value: unknown });
  let found = 0;
  for (const { from, sent, text } of messages) {
    const said = (from === "clients" ? JSON.parse(text) : {}) as { op?: string; key?: string; value?: unknown };
    if (said.op !== "write") continue;
    const own = events.filter(({ f, key, value }) => f === "write" && key === said.key && value === said.value);
    expect(own).toHaveLength(2);
    expect(sent).toBeGreaterThan((own[0]?.time ?? Number.NaN) - 1e6);
    expect(sent).toBeLessThan((own[1]?.time ?? Number.NaN) + 1e6);
    found++;
  }
  expect(found).toBeGreaterThan(0);
  expect(readFileSync(join(latest, "report.html"), "utf8")).toContain('class="lamport"');
  // Drawn again from the folder alone.
  await kvtest(["report", latest, "--out", "again.html"], dir);
  expect(readFileSync(join(dir, "again.html"), "utf8")).toContain('class="lamport"');
});

test("all of them are kept where that is asked for, and none where not", async () => {
  await run("all", ["--messages", "all"]);
  const all = readMessages(join(dir, "all/latest")) ?? [];
  expect(all.length).toBeGreaterThan(300);
  await run("none", ["--messages", "none"]);
  expect(existsSync(join(dir, "none/latest/messages.jsonl"))).toBe(false);
  expect(readFileSync(join(dir, "none/latest/report.html"), "utf8")).not.toContain('class="lamport"');
  const { exitCode, stderr } = await kvtest(["run", "--messages", "some"], dir);
  expect([exitCode, stderr]).toEqual([254, expect.stringContaining("around, all, none")]);
});
