// Bundles the report page's own script (src/report/page) into one file that the report inlines.
import { existsSync } from "node:fs";
import { build } from "esbuild";

const entry = "src/report/page/main.ts";
if (existsSync(entry)) {
  await build({
    entryPoints: [entry],
    outfile: "dist/src/report/page.bundle.js",
    bundle: true,
    minify: true,
    format: "iife",
    target: "es2022",
    legalComments: "none",
    logLevel: "warning",
  });
}
