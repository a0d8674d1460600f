/** `kvtest doctor`: what this machine can do, and what brings the rest. */

import { Command } from "commander";
import { examine, type Finding } from "../doctor/examine.js";
import { EXIT } from "./exit.js";
import { paint, type Style } from "./words.js";

const MARKS = { there: "valid", missing: "unknown", broken: "invalid" } as const;
const WORDS = { there: "ok", missing: "missing", broken: "broken" } as const;

export function doctorCommand(): Command {
  return new Command("doctor")
    .description("what this machine can do, what is missing, and the command that installs it")
    .option("--json", "print the findings as JSON")
    .addHelpText(
      "after",
      `
Examples:
  kvtest doctor
  kvtest doctor --json

Everything is tried, in network namespaces of its own where it touches a network; nothing is installed.
Exit codes: 0 all that kvtest run needs is there, 1 something of it is not, 255 kvtest itself failed.`,
    )
    .action(async (flags: { readonly json?: boolean }) => {
      const findings = await examine();
      const healthy = findings.every(({ kind, is }) => kind === "useful" || is === "there");
      process.stdout.write(
        flags.json === true ? `${JSON.stringify({ format: 1, healthy, findings })}\n` : inWords(findings, healthy),
      );
      process.exitCode = healthy ? EXIT.valid : EXIT.invalid;
    });
}

function inWords(findings: readonly Finding[], healthy: boolean): string {
  const style: Style = {
    colour: process.stdout.isTTY && process.env["NO_COLOR"] === undefined,
    columns: process.stdout.columns ?? 100,
  };
  const width = Math.max(...findings.map(({ name }) => name.length));
  const lines = findings.flatMap(({ name, kind, is, says, without, install }) => {
    // Without root some things cannot be had, and kvtest run does not ask for them.
    const mark = is !== "there" && kind === "useful" ? "unknown" : MARKS[is];
    const indent = " ".repeat(10 + width + 1);
    return [
      `${paint(style, mark, WORDS[is].padEnd(8))}  ${name.padEnd(width)} ${says}`,
      ...(without === null ? [] : [`${indent}without it: ${without}`]),
      ...(install === null ? [] : [`${indent}${install}`]),
    ];
  });
  const end = healthy ? "kvtest run has all it needs." : "kvtest run lacks something that it needs.";
  return `${lines.join("\n")}\n\n${end}\n`;
}
