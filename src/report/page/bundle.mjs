// Bundles the scripts of pages into files that reports inline and `kvtest serve` hands out, puts what `kvtest check` needs
// into one file, and makes the command line executable: the steps of a build that the compiler does not do.
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

// Beside key-worker.js, which it starts by its place. Not in it: what the rest of the program must share with it (errors are
// told apart by their class), and what is loaded only where a run's folder is checked.
const APART = { "./exit.js": "../cli/exit.js", "../archive/archive.js": "../archive/archive.js" };
const apart = {
  name: "apart",
  setup: (hooks) =>
    hooks.onResolve({ filter: /^\.\.?\// }, ({ path }) =>
      Object.hasOwn(APART, path) ? { path: APART[path], external: true } : null,
    ),
};
await build({
  entryPoints: [fromRoot("dist/src/cli/check-command.js")],
  outfile: fromRoot("dist/src/check/check-command.bundle.js"),
  bundle: true,
  minifyWhitespace: true,
  minifySyntax: true,
  format: "esm",
  platform: "node",
  target: "node20",
  external: ["commander"],
  plugins: [apart],
  legalComments: "none",
  logLevel: "warning",
});

// npx runs the bin of the project that it stands in as it is, without npm's own chmod.
chmodSync(fromRoot("dist/src/cli/main.js"), 0o755);
