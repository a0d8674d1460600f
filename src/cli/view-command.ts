/** `kvtest view [FILE]`: a page that checks a history in the browser. */

import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { Command } from "commander";
import { FILES, isRunFolder, writeWhole } from "../archive/archive.js";
import { type OwnHistory, viewerPage } from "../report/viewer.js";
import { UsageError } from "./exit.js";

/** A page that holds more takes a browser too long. */
const BYTES_MAX = 256 * 2 ** 20;

export function viewCommand(): Command {
  return new Command("view")
    .description("write a page that checks histories in the browser; with a file, one that shows it at once")
    .argument("[file|run]", "a history in any format that kvtest check reads, or a run's folder")
    .option("--out <file>", "where to write it (default: kvtest-viewer.html, or beside the file)")
    .addHelpText(
      "after",
      `
Examples:
  kvtest view                        an empty page, to drop histories on
  kvtest view history.edn            a page with that history in it
  kvtest view runs/latest --out page.html

The page is one file and asks no network for anything: the checker runs in it.`,
    )
    .action(async (path: string | undefined, flags: { readonly out?: string }) => {
      const own = path === undefined ? null : ownFrom(path);
      const out = flags.out ?? (path === undefined ? "kvtest-viewer.html" : `${path.replace(/\/+$/, "")}.view.html`);
      writeWhole(out, await viewerPage(own));
      process.stdout.write(`${out}\n`);
    });
}

function ownFrom(path: string): OwnHistory {
  const file = existsSync(path) && isRunFolder(path) ? join(path, FILES.history) : path;
  if (!existsSync(file)) throw new UsageError("cannot view this:", [`${file}: no such file`]);
  const { size } = statSync(file);
  if (size > BYTES_MAX)
    throw new UsageError("cannot view this:", [
      `${file}: ${(size / 1e6).toFixed(0)} MB is too much for a page; kvtest check reads it`,
    ]);
  return { name: basename(path), bytes: readFileSync(file) };
}
