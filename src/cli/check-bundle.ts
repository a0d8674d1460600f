/**
 * `kvtest check` as the one file that the build makes of it (bundle.mjs), and beside it what V8 made of that file: to
 * load two hundred small files, or to compile the one, takes longer than to check most histories.
 */

import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { Script } from "node:vm";
import { crc32 } from "node:zlib";

const BUNDLE = new URL("../check/check.bundle.cjs", import.meta.url);
const CACHE = new URL("../check/check.bundle.cache", import.meta.url);
const DIST = new URL("../../", import.meta.url);

/** The file is this function. */
type Bundle = (
  module: { exports: unknown },
  require: NodeJS.Require,
  importFrom: (path: string) => Promise<unknown>,
  bundleUrl: string,
) => void;

/** null where there is none, or where the compiler ran after the build: that file would be an old one. */
export function checkBundle(): typeof import("./check-main.js") | null {
  if (!existsSync(BUNDLE)) return null;
  const compiled = readdirSync(DIST).filter((name) => name.endsWith(".tsbuildinfo"));
  if (compiled.some((name) => timeOf(new URL(name, DIST)) > timeOf(BUNDLE))) return null;
  const source = readFileSync(BUNDLE);
  return evaluated(scriptOf(source, cacheOf(source)));
}

const timeOf = (file: URL): number => statSync(file).mtimeMs;

/** `cachedData` of another V8, or of one with other flags, is passed over by V8 itself. */
export const scriptOf = (source: Buffer, cachedData: Buffer | null): Script =>
  new Script(source.toString("latin1"), {
    filename: fileURLToPath(BUNDLE),
    ...(cachedData === null ? {} : { cachedData }),
  });

const importFrom = (path: string): Promise<unknown> => import(new URL(path, BUNDLE).href);

export function evaluated(script: Script): typeof import("./check-main.js") {
  const module: { exports: unknown } = { exports: {} };
  // The two casts: the build made the file of that module, as such a function.
  (script.runInThisContext() as Bundle)(module, createRequire(BUNDLE), importFrom, BUNDLE.href);
  return module.exports as typeof import("./check-main.js");
}

/** The check sums that a cache begins with: of what follows them, and of the source, of which V8 compares only the length. */
const HEAD_BYTES = 8;

/** null where there is none that can be read, or where it is damaged, which V8 does not look for. */
export function cacheOf(source: Buffer): Buffer | null {
  let file: Buffer;
  try {
    file = readFileSync(CACHE);
  } catch {
    return null;
  }
  if (file.length < HEAD_BYTES || file.readUInt32LE(4) !== crc32(source)) return null;
  const data = file.subarray(HEAD_BYTES);
  return file.readUInt32LE(0) === crc32(data) ? data : null;
}

/** What `cacheOf` reads, of the code that V8 has compiled by now. */
export function cacheFileOf(source: Buffer, script: Script): Buffer {
  const data = script.createCachedData();
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32LE(crc32(data), 0);
  head.writeUInt32LE(crc32(source), 4);
  return Buffer.concat([head, data]);
}
