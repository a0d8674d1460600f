import { execFile, spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const hasTools = ["curl", "bash"].every((tool) => spawnSync(tool, ["--version"]).status === 0);

test.skipIf(!hasTools)("the README's example prints what it says (needs curl and bash)", async () => {
  const readme = fs.readFileSync(path.join(root, "src/replica/README.md"), "utf8");
  const [, script = ""] = /```sh\n(.*?)```/s.exec(readme) ?? [];
  const expected = script.split("\n").flatMap((line) => (line.startsWith("#> ") ? [line.slice(3)] : []));
  expect(expected.length).toBeGreaterThan(5);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "kvtest-readme-"));
  // Ports and folder of our own, so that somebody's running example is not disturbed.
  const base = 300 + (process.pid % 27);
  const own = script
    .replaceAll("2700", `${base}1`)
    .replaceAll("2800", `${base}2`)
    .replaceAll("/tmp/kv", folder)
    .replaceAll("sleep 1d", "sleep 180");
  try {
    // -m: as in an interactive shell, every job is a group, which `kill %1` ends as a whole.
    const { stdout } = await promisify(execFile)("bash", ["-m", "-u", "-c", own], { cwd: root, timeout: 120_000 });
    expect(stdout.trim().split("\n")).toEqual(expected);
  } finally {
    for (const name of ["n1", "n2", "n3"]) endIfLeft(path.join(folder, `${name}.out`));
    fs.rmSync(folder, { recursive: true });
  }
});

/** The script ends its nodes itself, if it gets that far. */
function endIfLeft(readyFile: string): void {
  try {
    const { pid } = JSON.parse(fs.readFileSync(readyFile, "utf8")) as { pid: number };
    process.kill(pid, "SIGKILL");
  } catch {
    // Never started, or gone.
  }
}
