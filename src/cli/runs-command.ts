/** `kvtest runs`: what there is, newest first. */

import { Command } from "commander";
import { listRuns, type RunSummary } from "../archive/archive.js";
import { paint, type Style } from "./words.js";

export function runsCommand(): Command {
  return new Command("runs")
    .description("list the runs that there are, newest first")
    .option("--out <dir>", "where runs are kept", "runs")
    .option("--json", "as JSON, one run a line")
    .addHelpText("after", "\nExamples:\n  kvtest runs\n  kvtest runs --json | head -3")
    .action((flags: { readonly out: string; readonly json?: boolean }) => {
      const runs = listRuns(flags.out);
      if (flags.json === true) {
        for (const { dir, id, verdict } of runs)
          process.stdout.write(
            `${JSON.stringify({ id, dir, valid: verdict?.valid ?? null, because: verdict?.because ?? null })}\n`,
          );
        return;
      }
      const style: Style = {
        colour: process.stdout.isTTY && process.env["NO_COLOR"] === undefined,
        columns: process.stdout.columns ?? 100,
      };
      if (runs.length === 0) process.stdout.write(`no runs in ${flags.out}\n`);
      for (const run of runs) process.stdout.write(`${line(run, style)}\n`);
    });
}

function line({ id, verdict }: RunSummary, style: Style): string {
  const because = verdict?.because ?? "never judged: still running, or killed (kvtest check tells)";
  const head = verdict === null ? "-       " : paint(style, verdict.valid, verdict.valid.padEnd(8));
  const room = Math.max(20, style.columns - id.length - 12);
  return `${head} ${id}  ${because.length > room ? `${because.slice(0, room - 1)}…` : because}`;
}
