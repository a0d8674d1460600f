/** `kvtest serve`: the runs in a browser. */

import { Command } from "commander";
import { type Served, serveRuns } from "../serve/server.js";
import { UsageError } from "./exit.js";
import { lifeline } from "./lifeline.js";

interface Flags {
  readonly out: string;
  readonly host: string;
  readonly port: string;
}

export function serveCommand(): Command {
  return new Command("serve")
    .description("look at the runs in a browser: all of them, one as it goes, two side by side")
    .option("--out <dir>", "where runs are kept", "runs")
    .option(
      "--host <host>",
      "address to listen on; others than this machine can then read and delete runs",
      "127.0.0.1",
    )
    .option("--port <n>", "port to listen on, 0 for any free one", "7577")
    .addHelpText(
      "after",
      `
Examples:
  kvtest serve
  kvtest serve --port 0 --out /tmp/runs
Ctrl-C ends it. A run that goes on at the same time is not disturbed: its files are read, and nothing else.`,
    )
    .action(async (flags: Flags) => {
      const port = Number(flags.port);
      if (!/^\d+$/.test(flags.port) || port > 65_535)
        throw new UsageError("cannot serve:", [`--port ${flags.port}: expected a whole number from 0 to 65535`]);
      const served = await listening(flags, port);
      const life = lifeline(() => undefined);
      process.stdout.write(`${served.url}\n`);
      if (!life.signal.aborted)
        await new Promise((resolve) => life.signal.addEventListener("abort", resolve, { once: true }));
      await served.close();
      life.release();
    });
}

const LISTENING: { readonly [code: string]: string } = {
  EADDRINUSE: "is taken; --port 0 takes a free one",
  EACCES: "may not be used by you",
  EADDRNOTAVAIL: "is no address of this machine",
  ENOTFOUND: "is no address of this machine",
};

async function listening({ out, host }: Flags, port: number): Promise<Served> {
  try {
    return await serveRuns({ out, host, port });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    const words = LISTENING[code];
    if (words === undefined) throw error;
    throw new UsageError("cannot serve:", [`${host}:${port} ${words}`]);
  }
}
