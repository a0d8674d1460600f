/** `kvtest init`: a first test of one's own database, to be changed. */

import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { Command } from "commander";
import { SUITE_FILES } from "../suite/load.js";
import { UsageError } from "./exit.js";
import { STARTER_TS, STARTER_YAML, workflowFor } from "./starter.js";

const WORKFLOW = ".github/workflows/kvtest.yml";

export function initCommand(): Command {
  return new Command("init")
    .description("write a first test of your own database, and a workflow that runs it")
    .argument("[dir]", "where (default: this folder)", ".")
    .option("--yaml", "a kvtest.config.yaml in place of a kvtest.config.ts")
    .option("--no-workflow", `no ${WORKFLOW}`)
    .addHelpText(
      "after",
      `
Examples:
  kvtest init
  kvtest init --yaml services/notes --no-workflow

Every line that has to be changed says CHANGE. Nothing is ever overwritten.
Exit codes: 0; 254 one of the files is there already, and none is written; 255 kvtest itself failed.`,
    )
    .action((dir: string, flags: { readonly yaml?: boolean; readonly workflow: boolean }) => {
      const suite = flags.yaml === true ? "kvtest.config.yaml" : "kvtest.config.ts";
      const files = new Map([[suite, flags.yaml === true ? STARTER_YAML : STARTER_TS]]);
      // Its paths are from the root of the repository, which this folder need not be.
      if (flags.workflow) files.set(WORKFLOW, workflowFor(suite));
      const there = [...new Set([...SUITE_FILES, ...files.keys()])].filter(
        (file) => (flags.workflow || file !== WORKFLOW) && existsSync(join(dir, file)),
      );
      if (there.length > 0) {
        throw new UsageError(
          "nothing written:",
          there.map((file) => `${join(dir, file)}: is there already`),
        );
      }
      for (const [file, text] of files) {
        const path = join(dir, file);
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, text, { flag: "wx" });
        process.stdout.write(`wrote ${relative(process.cwd(), resolve(path))}\n`);
      }
      process.stdout.write(
        `\nNext: change the lines that say CHANGE, then: npx kvtest ci${dir === "." ? "" : ` ${dir}`}\n`,
      );
    });
}
