/** `kvtest scenario`: a story on a real cluster, told step by step. */

import { Command } from "commander";
import { STORIES } from "../scenario/stories.js";
import { tell } from "../scenario/tell.js";
import { actInWords, moralInWords, stepInWords, titleInWords } from "../scenario/words.js";
import { EXIT, UsageError } from "./exit.js";
import { lifeline } from "./lifeline.js";

interface Flags {
  readonly json?: boolean;
}

export function scenarioCommand(): Command {
  return new Command("scenario")
    .description("play a narrated story on a real cluster, with every replica's state after each step")
    .argument("[name]", "which one (default: list them)")
    .option("--json", "print it as JSON when it is over")
    .addHelpText(
      "after",
      `
Stories:
${list()}
Examples:
  kvtest scenario eventual
  kvtest scenario conflict --json

The lines that are typed are those of kvtest shell, on a cluster that the story says how to start.
Exit codes: 0 it went as told; 1 it did not; 254 there is no such story; 255 kvtest itself failed.`,
    )
    .action(async (name: string | undefined, flags: Flags) => {
      process.exitCode = name === undefined ? listed(flags) : await play(name, flags);
    });
}

const list = (): string => STORIES.map(({ name, title }) => `  ${name.padEnd(20)}${title}\n`).join("");

function listed({ json }: Flags): number {
  const entries = STORIES.map(({ name, title }) => ({ name, title }));
  process.stdout.write(json === true ? `${JSON.stringify(entries)}\n` : list());
  return EXIT.valid;
}

async function play(name: string, { json }: Flags): Promise<number> {
  const story = STORIES.find((one) => one.name === name);
  if (story === undefined) {
    const known = STORIES.map((one) => one.name).join(", ");
    throw new UsageError("no story:", [`${name}: expected one of ${known}`]);
  }
  const say = (text: string): void => void (json === true || process.stdout.write(text));
  const life = lifeline(() => undefined);
  try {
    say(titleInWords(story));
    const told = await tell(story, {
      signal: life.signal,
      onCluster: (cluster) => life.onEmergency(() => cluster.killNow()),
      onAct: (act) => say(actInWords(act)),
      onStep: (step, number) => say(stepInWords(step, number)),
    });
    say(moralInWords(told));
    if (json === true) process.stdout.write(`${JSON.stringify(told)}\n`);
    return told.asTold ? EXIT.valid : EXIT.invalid;
  } finally {
    life.release();
  }
}
