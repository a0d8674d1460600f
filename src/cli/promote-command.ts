/** `kvtest promote`: a node is to lead. */

import { Command } from "commander";
import { type Address, Connection } from "../client/connection.js";
import type { Json } from "../replica/wire.js";
import { EXIT, UsageError } from "./exit.js";

interface Flags {
  readonly timeout: string;
  readonly json?: boolean;
}

export function promoteCommand(): Command {
  return new Command("promote")
    .description("make a node of a leader cluster lead, where leaders can change (--failover manual, fenced or naive)")
    .argument("<address>", "host:port of the node's JSON lines, as kvtest nodes prints it")
    .option("--timeout <ms>", "how long to wait for its answer", "5000")
    .option("--json", "print the answer as JSON")
    .addHelpText(
      "after",
      `
Examples:
  kvtest nodes --failover manual --port 21000
  kvtest promote 127.0.0.1:21002

Exit codes: 0 it leads, 1 it does not, 2 it did not answer, 254 wrong arguments.`,
    )
    .action(promote);
}

async function promote(address: string, flags: Flags): Promise<void> {
  const problems: string[] = [];
  const at = addressOf(address, problems);
  const timeoutMs = Number(flags.timeout);
  if (!(timeoutMs > 0 && timeoutMs <= 600_000)) {
    problems.push(`--timeout ${flags.timeout}: expected milliseconds, more than 0 and at most 600000`);
  }
  if (at === null || problems.length > 0) throw new UsageError("nobody can be promoted:", problems);
  const opened = await Connection.open(at, timeoutMs);
  if (opened.is === "unreachable") return tell(flags, EXIT.unknown, `${address}: ${opened.why}`, { error: opened.why });
  const answer = await opened.connection.request({ op: "promote" }, timeoutMs);
  opened.connection.close();
  if (answer.ok === true)
    return tell(flags, EXIT.valid, `${address} leads: ${JSON.stringify(answer.value)}`, answer.value);
  const words = `${address} does not lead: ${answer.error}: ${answer.message}`;
  tell(flags, answer.ok === null ? EXIT.unknown : EXIT.invalid, words, {
    error: answer.error,
    message: answer.message,
  });
}

function tell({ json }: Flags, exit: number, words: string, value: Json): void {
  process.exitCode = exit;
  process.stdout.write(`${json === true ? JSON.stringify(value) : words}\n`);
}

function addressOf(text: string, problems: string[]): Address | null {
  const [, host = "", port = ""] = /^(.+):(\d+)$/.exec(text) ?? [];
  const number = Number(port);
  if (host !== "" && number >= 1 && number <= 65_535) return { host, port: number };
  problems.push(`"${text}": expected host:port, such as 127.0.0.1:21002`);
  return null;
}
