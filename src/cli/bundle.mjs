// Puts what `kvtest check` needs into one file, and beside it what V8 has compiled of that file once it has checked a few
// histories: check-bundle.ts says why, and reads both.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const urlOf = (path) => new URL(`../../dist/src/${path}`, import.meta.url);
const inDist = (path) => fileURLToPath(urlOf(path));
const bundle = inDist("check/check.bundle.cjs");

// Not in it: what is loaded only where a run's folder is checked. Named as from beside key-worker.js, which is started by
// its place: there the bundle lies.
const APART = { "../archive/archive.js": "../archive/archive.js" };
const apart = {
  name: "apart",
  setup: (hooks) =>
    hooks.onResolve({ filter: /^\.\.?\// }, ({ path }) =>
      Object.hasOwn(APART, path) ? { path: APART[path], external: true } : null,
    ),
};
const { outputFiles } = await build({
  entryPoints: [inDist("cli/check-main.js")],
  write: false,
  bundle: true,
  minifyWhitespace: true,
  minifySyntax: true,
  format: "cjs",
  platform: "node",
  target: "node20",
  define: { "import.meta.url": "bundleUrl" },
  plugins: [apart],
  legalComments: "none",
  logLevel: "warning",
});
// A script that V8 had compiled before cannot import by itself: what it is given does.
const text = outputFiles[0].text.replaceAll("import(", "importFrom(");
writeFileSync(bundle, `(function(module,require,importFrom,bundleUrl){${text}})`);

const { cacheFileOf, evaluated, scriptOf } = await import(urlOf("cli/check-bundle.js").href);
const { asUsual } = await import(urlOf("check/short-run.js").href);
const source = readFileSync(bundle);
const script = scriptOf(source, null);
await warmUp(evaluated(script));
writeFileSync(inDist("check/check.bundle.cache"), cacheFileOf(source, script));

/** Checks histories of the usual kinds, so that their functions are among what is compiled. Prints nothing. */
async function warmUp({ runCheck }) {
  const dir = mkdtempSync(join(tmpdir(), "kvtest-build-"));
  const { argv, exitCode } = process;
  const { write } = process.stdout;
  process.stdout.write = () => true;
  try {
    for (const [name, text] of Object.entries(histories())) {
      const file = join(dir, name);
      writeFileSync(file, text);
      // One of them also by all other checkers, which are asked where nothing is said.
      process.argv = [argv[0], "kvtest", "check", file, ...(name === "repeated-legal.jsonl" ? [] : ["--only-claims"])];
      await runCheck();
      // Valid or invalid: what is told of anything else is not what has to be fast.
      if (process.exitCode !== 0 && process.exitCode !== 1) throw new Error(`${file} was not decided`);
    }
  } finally {
    process.stdout.write = write;
    process.argv = argv;
    process.exitCode = exitCode;
    // As V8 is when it begins, or it would not take what was made for another way of running.
    asUsual();
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Valid and invalid ones, of values written once and several times, in the formats that are told apart. */
function histories() {
  const found = {};
  for (const [kind, distinct] of [
    ["distinct", true],
    ["repeated", false],
  ]) {
    for (const stale of [false, true]) {
      const events = eventsOf(distinct, stale);
      const name = `${kind}-${stale ? "stale" : "legal"}`;
      found[`${name}.jsonl`] = events
        .map((event, index) => `${JSON.stringify({ index, time: 1000 * index, ...event })}\n`)
        .join("");
      found[`${name}.log`] = events
        .filter(({ key }) => key === "k0")
        .map(({ process: by, type, f, value }) => `INFO  jepsen.util - ${by}\t:${type}\t:${f}\t${ednOf(value)}\n`)
        .join("");
    }
  }
  return found;
}

function ednOf(value) {
  if (value === null) return "nil";
  return Array.isArray(value) ? `[${value.join(" ")}]` : `${value}`;
}

/** Reads, writes and cas that overlap; stale: now and then a read of what was overwritten long before. */
function eventsOf(distinct, stale) {
  const events = [];
  const held = { k0: null, k1: null };
  let next = 0;
  for (let round = 0; round < 60; round++) {
    const key = round % 2 === 0 ? "k0" : "k1";
    const before = held[key];
    const first = distinct ? ++next : ++next % 5;
    const second = distinct ? ++next : (next + 2) % 5;
    const ops = [
      { f: "write", value: first, type: round % 11 === 10 ? "info" : "ok" },
      { f: "cas", value: [first, second], type: "ok" },
      { f: "read", value: null, type: "ok", result: stale && round === 40 ? 1 : second },
      { f: "cas", value: [before ?? 9, first], type: "fail" },
    ];
    // After an info a process is retired.
    const by = (slot) => slot + 4 * Math.floor(round / 11);
    for (const [slot, { f, value }] of ops.entries()) events.push({ process: by(slot), type: "invoke", f, key, value });
    for (const [slot, { f, value, type, result = value }] of ops.entries())
      events.push({ process: by(slot), type, f, key, value: result });
    held[key] = second;
  }
  return events;
}
