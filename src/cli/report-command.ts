/** `kvtest report RUN`: draw the page again from what is on disk. */

import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { Command } from "commander";
import { FILES, isRunFolder, writeWhole } from "../archive/archive.js";
import { readMessages } from "../archive/messages-file.js";
import { renderReport } from "../report/report.js";
import { checkPath } from "./check-command.js";
import { UsageError } from "./exit.js";

export function reportCommand(): Command {
  return new Command("report")
    .description("draw a run's report again, or make one for a history from elsewhere")
    .argument("<run|file>", "a run's folder, or a history")
    .option("--out <file>", "where to write it (default: report.html in the run's folder, or beside the file)")
    .addHelpText("after", "\nExamples:\n  kvtest report runs/latest\n  kvtest report history.jsonl --out page.html")
    .action(async (path: string, flags: { readonly out?: string }) => {
      if (path === "-" && flags.out === undefined)
        throw new UsageError("cannot draw this:", ["-: say --out FILE for a history from stdin"]);
      const isRun = existsSync(path) && isRunFolder(path);
      const { config, plan, history, verdict } = await checkPath(path);
      const messages = isRun ? (readMessages(path) ?? []) : [];
      const title = config?.id ?? basename(path);
      const ordinary = isRun ? join(path, FILES.report) : `${path}.html`;
      const out = flags.out ?? ordinary;
      writeWhole(out, await renderReport({ config, plan, history, verdict, title, messages }));
      process.stdout.write(`${out}\n`);
    });
}
