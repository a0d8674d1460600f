/** The door `kvtest/checker`: what a browser gets, and what a program of one's own gets. */

import { join } from "node:path";
import vm from "node:vm";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { expect, test } from "vitest";
import { repoRoot } from "../cli/kvtest.js";

test("the checkers bundle for a browser, and decide a history there with nothing of Node", async () => {
  const { outputFiles } = await build({
    entryPoints: [join(repoRoot, "checker/index.ts")],
    bundle: true,
    minify: true,
    write: false,
    format: "iife",
    globalName: "kvtest",
    platform: "browser",
    target: "es2023",
  });
  const code = outputFiles[0]?.text ?? "";
  const kilobytes = { raw: Math.round(code.length / 1024), gzip: Math.round(gzipSync(code).length / 1024) };
  console.log("kvtest/checker in a browser, KB:", kilobytes);
  expect(kilobytes.gzip).toBeLessThan(120);
  const lines = [
    { process: 0, type: "invoke", f: "write", key: "a", value: 1 },
    { process: 0, type: "ok", f: "write", key: "a", value: 1 },
    { process: 0, type: "invoke", f: "read", key: "a", value: null },
    { process: 0, type: "ok", f: "read", key: "a", value: null },
  ];
  // TextEncoder and TextDecoder are all that the checkers ask of their surroundings: every browser has them.
  const sandbox = vm.createContext({
    TextDecoder,
    TextEncoder,
    Uint8Array,
    text: lines.map((line) => JSON.stringify(line)).join("\n"),
  });
  const answer: unknown = vm.runInContext(
    `${code}; (() => { const read = kvtest.readHistory(text + "\\n"); return read.ok ? JSON.stringify(kvtest.checkLinearizable(read.history)) : JSON.stringify(read); })()`,
    sandbox,
  );
  expect(JSON.parse(String(answer))).toMatchObject({ valid: "invalid", checker: "linearizable" });
});

test("the built package has its three doors", async () => {
  const doors = await Promise.all(
    ["checker/index.js", "nemesis/index.js", "src/index.js"].map(
      (file) => import(join(repoRoot, "dist", file)) as Promise<object>,
    ),
  );
  expect(doors.map((door) => Object.keys(door))).toEqual([
    expect.arrayContaining(["checkLinearizable", "checkIsolation", "judge", "readHistory", "OnlineRegister"]),
    expect.arrayContaining(["conduct", "drawSchedule", "openLinks", "processGroup"]),
    expect.arrayContaining(["run", "parseRunFlags"]),
  ]);
});
