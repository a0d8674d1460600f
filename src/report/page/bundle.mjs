// Bundles the report page's own script into one file that the report inlines, and makes the command line executable:
// the two steps of a build that the compiler does not do.
import { chmodSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const fromRoot = (path) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

await build({
  entryPoints: [fromRoot("src/report/page/main.ts")],
  outfile: fromRoot("dist/src/report/page.bundle.js"),
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  legalComments: "none",
  logLevel: "warning",
});

// npx runs the bin of the project that it stands in as it is, without npm's own chmod.
chmodSync(fromRoot("dist/src/cli/main.js"), 0o755);
