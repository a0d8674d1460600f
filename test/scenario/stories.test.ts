/** Every story goes as it is told, and stands as it is played in the chapter on the reference database. */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { STORIES } from "../../src/scenario/stories.js";
import type { Act, Story } from "../../src/scenario/story.js";
import { tell, type Told } from "../../src/scenario/tell.js";
import { actInWords, moralInWords, stepInWords, titleInWords } from "../../src/scenario/words.js";
import { kvtest, repoRoot } from "../cli/kvtest.js";

const README = join(repoRoot, "src/replica/README.md");

/** Where a port or an elapsed time should ever stand in a story, it may differ from run to run. */
const normalised = (text: string): string =>
  text.replace(/127\.0\.0\.1:\d+/g, "127.0.0.1:PORT").replace(/\d+(\.\d+)? ms old/g, "MS ms old");

const blockOf = (name: string): RegExp => new RegExp(`(\`\`\`text\\n)(${name}: [^\`]*)(\`\`\`)`);

describe.each(STORIES)("$name", ({ name }) => {
  test("goes as told, and the chapter shows it", async () => {
    const { exitCode, stdout } = await kvtest(["scenario", name]);
    expect(exitCode, stdout).toBe(0);
    const played = normalised(`${stdout}\n`);
    const chapter = readFileSync(README, "utf8");
    if (process.env["UPDATE"] === "1") writeFileSync(README, chapter.replace(blockOf(name), `$1${played}$3`));
    expect(blockOf(name).exec(readFileSync(README, "utf8"))?.[2]).toBe(played);
  });
});

const ACT: Act = {
  cluster: { mode: "gossip", nodes: "2" },
  say: "Two replicas.",
  steps: [
    { say: "A write.", at: "n1", run: "put x 1", answers: ["ok"], holds: { x: ["1", "1"] } },
    { say: "A lie about the answer.", at: "n1", run: "get x", answers: ["2"], holds: { x: ["1", "1"] } },
    { say: "A lie about the replicas.", at: "n2", run: "get x", answers: ["1"], holds: { x: ["1", "down"] } },
  ],
};

const played = (story: Story): Promise<Told> =>
  tell(story, {
    signal: new AbortController().signal,
    withinMs: 2_000,
    onCluster: () => undefined,
    onAct: () => undefined,
    onStep: () => undefined,
  });

test("a story that does not go as it is told says where", async () => {
  const told = await played({ name: "lies", title: "what is not so", acts: [ACT], moral: "None." });
  expect(told.asTold).toBe(false);
  expect(told.acts[0]!.steps.map(({ otherwise }) => otherwise)).toEqual([
    [],
    ["the answer was to be: 2"],
    ['the replicas were to hold: {"x":["1","down"]}'],
  ]);
  expect(stepInWords(told.acts[0]!.steps[1]!, 2)).toContain("!! It went otherwise: the answer was to be: 2");
  expect(moralInWords(told)).toContain("did not go as it is told");
});

test("as JSON a story has every command, every answer and every replica's state", async () => {
  const { stdout } = await kvtest(["scenario", "read-repair", "--json"]);
  const told = JSON.parse(stdout) as Told;
  expect(told).toMatchObject({ name: "read-repair", asTold: true });
  expect(told.acts[0]!.steps[0]).toEqual({
    say: "A client writes x.",
    typed: "n1> put x 1",
    answer: ["ok"],
    states: { n1: { x: [1] }, n2: { x: [1] }, n3: { x: [1] } },
    otherwise: [],
  });
  const [act] = told.acts;
  expect(titleInWords(told) + actInWords(act!)).toContain("kvtest nodes --mode quorum");
});

test("without a name the stories are listed, and a name that there is not is refused", async () => {
  const { stdout } = await kvtest(["scenario"]);
  for (const { name, title } of STORIES) expect(stdout).toContain(`${name.padEnd(20)}${title}`);
  const wrong = await kvtest(["scenario", "no-such-story"]);
  expect(wrong.exitCode).toBe(254);
  expect(wrong.stderr).toContain("no-such-story: expected one of strong, ");
});
