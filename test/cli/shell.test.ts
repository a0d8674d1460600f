/** A cluster that stays up, and a shell that talks to it through a pipe, as a user has them. */

import { rmSync } from "node:fs";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, test } from "vitest";
import { execa } from "execa";
import { freshDir, leftBehind, program } from "./kvtest.js";

// Shells find clusters in the folder for temporary files: one of the test's own keeps other clusters out.
const dir = freshDir();
const env = { TMPDIR: dir };
let stop: () => Promise<void>;

beforeAll(async () => {
  // A quorum that is there has answered long before, also where the machine is busy with other things.
  const patient = ["--quorum-timeout", "2000"];
  const words = ["nodes", "--nodes", "3", "--mode", "quorum", ...patient, "--dir", `${dir}/cluster`];
  const nodes = execa(process.execPath, [program, ...words], { env, reject: false });
  stop = async () => {
    nodes.kill("SIGINT");
    await nodes;
  };
  for await (const line of createInterface({ input: nodes.stdout })) if (line.includes("Ctrl-C")) break;
});

afterAll(async () => {
  await stop();
  expect(leftBehind(dir)).toEqual([]);
  rmSync(dir, { recursive: true });
});

const shell = async (node: string, lines: readonly string[]) => {
  const ended = await execa(process.execPath, [program, "shell", node, "--timeout", "20000"], {
    env,
    reject: false,
    input: lines.map((line) => `${line}\n`).join(""),
  });
  return { exitCode: ended.exitCode, lines: ended.stdout.split("\n"), stderr: ended.stderr };
};

test("it reads, writes, compares and deletes, one line after the other", async () => {
  const lines = ["put x 1", "get x", "cas x 1 2", "cas x 1 3", "get x", "del x", "get x"];
  expect(await shell("n1", lines)).toEqual({
    exitCode: 0,
    lines: ["ok", "1", "ok", "no: found 2", "2", "ok", "(nothing)"],
    stderr: "",
  });
});

test("when its own node dies it says so, and goes on at another; a partition is felt and healed", async () => {
  const told = await shell("n2", [
    "put y 1",
    "kill n2",
    "get y",
    "partition n1 | n3",
    "get y",
    "heal",
    "get y",
    "start n2",
  ]);
  expect(told.lines).toEqual([
    "ok",
    "ok",
    "n2 does not answer: moved to n1",
    "1",
    "cut: n1 | n3 | n2",
    expect.stringMatching(/^no-quorum: 1 of 2 /),
    "ok",
    "1",
    "ok",
  ]);
});

test("a delay between nodes is felt, and heal takes it away", async () => {
  // There and back takes longer than a node waits for its quorum.
  const told = await shell("n1", ["delay 1500", "put z 1", "heal", "put z 2"]);
  expect(told.lines).toEqual(["ok", "partial: stored at 1 of 2 replicas in time", "ok", "ok"]);
});

test("a wrong line is told with its number, and nothing after it is done", async () => {
  const { exitCode, lines, stderr } = await shell("n1", ["put w 1", "", "gte w", "put w 2"]);
  expect({ exitCode, lines }).toEqual({ exitCode: 254, lines: ["ok"] });
  expect(stderr).toContain('line 3: "gte w"\n  gte: no such command; there are get, ');
  expect((await shell("n1", ["get w"])).lines).toEqual(["1"]);
});

test("a node that there is not, and a cluster that there is not, are refused", async () => {
  expect(await shell("n9", [])).toMatchObject({ exitCode: 254, stderr: expect.stringContaining("n9: no such node") });
  const nowhere = await execa(process.execPath, [program, "shell"], {
    env: { TMPDIR: `${dir}/nowhere` },
    reject: false,
    input: "",
  });
  expect(nowhere).toMatchObject({ exitCode: 254, stderr: expect.stringContaining("start one with kvtest nodes") });
});
