/** `kvtest shell`: an interactive client of a cluster that `kvtest nodes` keeps up. */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { Command } from "commander";
import { clustersUp, remoteControl } from "../shell/channel.js";
import { parseCommand, WORDS } from "../shell/command.js";
import { complete } from "../shell/complete.js";
import { Session } from "../shell/session.js";
import { EXIT, UsageError } from "./exit.js";

interface Flags {
  readonly cluster?: string;
  readonly timeout: string;
}

const HISTORY_MAX = 1000;

export function shellCommand(): Command {
  return new Command("shell")
    .description("talk to a cluster that kvtest nodes keeps up: read, write, break, look")
    .argument("[node]", "the node to begin at (default: the first)")
    .option("--cluster <id>", "which cluster, where several are up; kvtest nodes tells its id")
    .option("--timeout <ms>", "how long to wait for an answer", "2000")
    .addHelpText(
      "after",
      `
Commands:
${Object.values(WORDS)
  .map(({ form, does }) => `  ${form.padEnd(20)}${does}`)
  .join("\n")}

Examples:
  kvtest nodes --mode quorum --nodes 3
  kvtest shell n1                    (in another terminal; Tab completes, the arrows go back)
  printf 'put x 1\\nkill n1\\nget x\\n' | kvtest shell n1

From a pipe it does one line after the other, and stops at one that it does not understand, with its number.
Exit codes: 0; 254 a wrong line, wrong arguments, or no cluster; 255 kvtest itself failed.`,
    )
    .action(async (node: string | undefined, flags: Flags) => {
      process.exitCode = await shell(node, flags);
    });
}

async function shell(node: string | undefined, flags: Flags): Promise<number> {
  const timeoutMs = Number(flags.timeout);
  const problems =
    Number.isFinite(timeoutMs) && timeoutMs >= 10 ? [] : [`--timeout ${flags.timeout}: expected ms, at least 10`];
  const id = await whichCluster(flags.cluster, problems);
  if (id === null || problems.length > 0) throw new UsageError("no shell:", problems);
  const control = await remoteControl(id);
  try {
    const { nodes, title } = await control.order({ do: "nodes" });
    const names = nodes.map(({ name }) => name);
    const at = node ?? names[0] ?? "";
    if (!names.includes(at)) throw new UsageError("no shell:", [`${at}: no such node; there are ${names.join(", ")}`]);
    const session = new Session({ control, at, timeoutMs });
    try {
      return await (process.stdin.isTTY ? converse(session, names, title) : obey(session, names));
    } finally {
      session.close();
    }
  } finally {
    control.close();
  }
}

async function whichCluster(asked: string | undefined, problems: string[]): Promise<string | null> {
  const up = await clustersUp();
  const [first] = up;
  if (asked !== undefined && up.includes(asked)) return asked;
  if (first === undefined) problems.push("no cluster is up: start one with kvtest nodes, in another terminal");
  else if (asked !== undefined) problems.push(`--cluster ${asked}: expected one of ${up.join(", ")}`);
  else if (up.length > 1) problems.push(`several clusters are up: add --cluster with one of ${up.join(", ")}`);
  return asked === undefined && up.length === 1 && first !== undefined ? first : null;
}

/** A person at a terminal: a wrong line is told, and the next one is read. */
async function converse(session: Session, names: readonly string[], title: string): Promise<number> {
  const past = join(homedir(), ".kvtest_history");
  const history = existsSync(past) ? readFileSync(past, "utf8").split("\n").filter(Boolean) : [];
  const lines = createInterface({
    input: process.stdin,
    output: process.stdout,
    history: history.toReversed(),
    historySize: HISTORY_MAX,
    completer: (line: string) => complete(line, { nodes: names, keys: session.keys }),
  });
  process.stdout.write(`${title}\nhelp lists the commands, quit leaves\n`);
  const prompt = (): void => {
    lines.setPrompt(`${session.at}> `);
    lines.prompt();
  };
  prompt();
  for await (const line of lines) {
    if (line.trim() !== "") history.push(line.trim());
    const parsed = parseCommand(line, names);
    if (parsed.ok && parsed.command.is === "quit") break;
    print(parsed.ok ? await session.do(parsed.command) : [parsed.problem]);
    prompt();
  }
  lines.close();
  writeFileSync(past, `${history.slice(-HISTORY_MAX).join("\n")}\n`, { mode: 0o600 });
  return EXIT.valid;
}

/** A script: what follows a wrong line was written for another state of the cluster, so it ends there. */
async function obey(session: Session, names: readonly string[]): Promise<number> {
  const lines: Interface = createInterface({ input: process.stdin });
  let number = 0;
  for await (const line of lines) {
    number++;
    const parsed = parseCommand(line, names);
    if (!parsed.ok) throw new UsageError(`line ${number}: ${JSON.stringify(line.trim())}`, [parsed.problem]);
    if (parsed.command.is === "quit") break;
    print(await session.do(parsed.command));
  }
  return EXIT.valid;
}

const print = (lines: readonly string[]): void => void process.stdout.write(lines.map((line) => `${line}\n`).join(""));
