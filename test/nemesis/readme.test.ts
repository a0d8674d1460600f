import { execFile } from "node:child_process";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, expect, test } from "vitest";
import { NODES_MIN } from "../../nemesis/grudge.js";
import { FAULT_KINDS } from "../../nemesis/fault.js";

const folder = join(import.meta.dirname, "../../nemesis");
/** Inside the package, so that its own name resolves; in dist, which nobody keeps. */
const example = join(folder, `../dist/readme-example-${process.pid}.mjs`);
afterEach(() => rm(example, { force: true }));

const bit = (line: string): boolean => line.includes('"bit":true');

test("the README's example runs as it is printed, and every fault in it bites", async () => {
  const readme = await readFile(join(folder, "README.md"), "utf8");
  const [, code = ""] = /```js\n(.*?)```/s.exec(readme) ?? [];
  await writeFile(example, code);
  let ends: readonly string[] = [];
  // On a busy machine one of its 300 ms may go by before anybody says anything; not every time.
  for (let tries = 0; tries < 4 && (tries === 0 || !ends.every(bit)); tries++) {
    const { stdout } = await promisify(execFile)(process.execPath, [example], { timeout: 120_000 });
    const lines = stdout.trim().split("\n");
    expect(lines.at(-1)).toBe("all is well");
    ends = lines.filter((line) => line.includes(" end "));
    expect(ends).toHaveLength(3);
  }
  expect(ends.filter((line) => !bit(line))).toEqual([]);
});

test("the README lists every fault, and every shape with the nodes it takes", async () => {
  const readme = await readFile(join(folder, "README.md"), "utf8");
  for (const kind of FAULT_KINDS) expect(readme).toMatch(new RegExp(`\\| \`${kind}\` +\\|`));
  for (const [shape, least] of Object.entries(NODES_MIN))
    expect(readme).toMatch(new RegExp(`\\| \`${shape}\` +\\|.*\\| ${least} +\\|`));
});
