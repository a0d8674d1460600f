// Bundles the scripts of pages into files that reports inline and `kvtest serve` hands out, and makes the command line
// executable: steps of a build that the compiler does not do.
import { chmodSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const fromRoot = (path) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

const SCRIPTS = {
  page: "src/report/page/main.ts",
  catalogue: "src/report/page/catalogue/catalogue.ts",
  live: "src/report/page/catalogue/live.ts",
  viewer: "src/report/page/viewer/viewer.ts",
  checker: "src/report/page/viewer/worker.ts",
};

for (const [name, entry] of Object.entries(SCRIPTS))
  await build({
    entryPoints: [fromRoot(entry)],
    outfile: fromRoot(`dist/src/report/${name}.bundle.js`),
    bundle: true,
    minify: true,
    format: "iife",
    target: "es2022",
    legalComments: "none",
    logLevel: "warning",
  });

// npx runs the bin of the project that it stands in as it is, without npm's own chmod.
chmodSync(fromRoot("dist/src/cli/main.js"), 0o755);
