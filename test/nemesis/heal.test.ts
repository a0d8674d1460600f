import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, test } from "vitest";
import { heal } from "../../nemesis/heal.js";
import { openJournal, readJournal } from "../../nemesis/journal.js";
import { stateOfGroup } from "../../nemesis/process/group.js";
import { memberOf } from "../../nemesis/process/processes.js";
import { until } from "./network/peers.js";

const folder = mkdtempSync(join(tmpdir(), "kvtest-heal-"));
const children: ChildProcess[] = [];
let files = 0;
const journalFile = (): string => join(folder, `journal-${++files}.jsonl`);

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});
afterAll(() => rmSync(folder, { recursive: true }));

function sleeper(): number {
  const child = spawn("sleep", ["60"], { detached: true, stdio: "ignore" });
  children.push(child);
  return child.pid!;
}

const idOf = async (pid: number): Promise<{ pid: number; startTicks: number }> => {
  const member = await memberOf(pid);
  return { pid, startTicks: member!.startTicks };
};

test("a stopped process is continued, once, and the journal is clean afterwards", async () => {
  const [pid, file] = [sleeper(), journalFile()];
  const journal = await openJournal(file);
  journal.begin({ undo: "continue", processes: [await idOf(pid)] });
  process.kill(pid, "SIGSTOP");
  journal.close();
  await until("it is stopped", async () => (await stateOfGroup(pid)) === "stopped");
  expect(await heal(file)).toEqual({ done: [`continue process ${pid}`], broken: [] });
  expect(await stateOfGroup(pid)).toBe("running");
  expect(readJournal(file).open).toEqual([]);
  expect(await heal(file)).toEqual({ done: [], broken: [] });
});

test("a process that has only the number of the one that was stopped is left alone", async () => {
  const [pid, file] = [sleeper(), journalFile()];
  const journal = await openJournal(file);
  journal.begin({ undo: "continue", processes: [{ pid, startTicks: (await idOf(pid)).startTicks - 1 }] });
  journal.begin({ undo: "end", processes: [{ pid, startTicks: (await idOf(pid)).startTicks - 1 }] });
  journal.close();
  process.kill(pid, "SIGSTOP");
  await until("it is stopped", async () => (await stateOfGroup(pid)) === "stopped");
  expect(await heal(file)).toEqual({
    done: [`end process ${pid}: gone`, `continue process ${pid}: gone`],
    broken: [],
  });
  expect(await stateOfGroup(pid)).toBe("stopped");
});

test("what was ended is not undone again, and a line cut short by a crash is no harm", async () => {
  const file = journalFile();
  const path = join(folder, "data");
  writeFileSync(path, "damaged");
  writeFileSync(`${path}.copy`, "whole");
  const journal = await openJournal(file);
  const ended = journal.begin({ undo: "file", path: join(folder, "other"), copy: null });
  journal.end(ended);
  journal.begin({ undo: "file", path, copy: `${path}.copy` });
  journal.close();
  appendFileSync(file, '{"n":3,"begun":{"undo":"fi');
  expect(await heal(file)).toEqual({ done: [`put ${path} back`], broken: [] });
  expect(readFileSync(path, "utf8")).toBe("whole");
  expect(readJournal(file).open).toEqual([]);
});

test("what fails is told, the rest is healed all the same, and the next heal tries it again", async () => {
  const file = journalFile();
  const path = join(folder, "gone/data");
  writeFileSync(join(folder, "copy"), "whole");
  writeFileSync(join(folder, "made"), "by a fault");
  const journal = await openJournal(file);
  journal.begin({ undo: "file", path: join(folder, "made"), copy: null });
  journal.begin({ undo: "file", path, copy: join(folder, "copy") });
  journal.close();
  for (let i = 0; i < 2; i++) {
    const { broken } = await heal(file);
    expect(broken).toHaveLength(1);
    expect(broken[0]).toContain("ENOENT");
    expect(existsSync(join(folder, "made"))).toBe(false);
  }
});

test("nothing is undone while the process that wrote the journal still runs", async () => {
  const [pid, file] = [sleeper(), journalFile()];
  const owner = await idOf(pid);
  writeFileSync(file, `${JSON.stringify({ journal: 1, owner })}\n`);
  await expect(heal(file)).rejects.toThrow("still runs");
  process.kill(pid, "SIGKILL");
  await once(children.at(-1)!, "exit");
  expect(await heal(file)).toEqual({ done: [], broken: [] });
});

test("a file that is no journal is refused", async () => {
  const file = journalFile();
  writeFileSync(file, "hello\nworld\n");
  await expect(heal(file)).rejects.toThrow(`${file}:1: not a line of a journal: hello`);
});
