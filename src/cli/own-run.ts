/** A run of a suite's test, seen from its folder: which test it was, and what it tests. */

import { resolve } from "node:path";
import type { RunConfig } from "../config/config.js";
import type { SuiteOptions } from "../config/suite.js";
import type { OwnDatabase } from "../run/run.js";
import { loadSuite } from "../suite/load.js";
import type { Parsed } from "../config/flags.js";

/** The suite and the test that a run was of, as its command says; null: it was of none. */
export function suiteOf(command: string): { readonly file: string; readonly only: string } | null {
  const [, , what, file, ...rest] = wordsOf(command);
  const only = rest[rest.indexOf("--only") + 1];
  return what === "ci" && file !== undefined && rest.includes("--only") && only !== undefined ? { file, only } : null;
}

/** Words of a command as `quoted` wrote them. */
export const wordsOf = (command: string): readonly string[] =>
  [...command.matchAll(/'(?:[^']|'\\'')*'|\S+/g)].map(([word]) =>
    word.startsWith("'") ? word.slice(1, -1).replaceAll(`'\\''`, "'") : word,
  );

/** `given`: the suite, where it is not where it was. */
export async function databaseOf(
  { protocol, command }: Pick<RunConfig, "protocol" | "command">,
  given: string | undefined,
  options: SuiteOptions,
): Promise<Parsed<OwnDatabase | null>> {
  if (protocol.mode !== "own") return { ok: true, value: null };
  const said = suiteOf(command);
  const file = given ?? said?.file;
  if (file === undefined) {
    const problem = `it tests ${protocol.database}, and nobody says how that is started: --suite names the file that does`;
    return { ok: false, problems: [problem] };
  }
  const loaded = await loadSuite(file, options);
  if (!loaded.ok) return { ok: false, problems: [loaded.what, ...loaded.problems] };
  const { suite, cwd } = loaded.loaded;
  const tests = suite.tests.filter(({ database }) => database?.name === protocol.database);
  const definition = (tests.find(({ name }) => name === said?.only) ?? tests[0])?.database ?? null;
  if (definition !== null) return { ok: true, value: { definition, cwd } };
  return { ok: false, problems: [`${resolve(file)}: no test of it is of ${protocol.database}`] };
}
