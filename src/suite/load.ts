/** A suite's file -> a suite, or every problem with the line that it stands on. */

import { existsSync, readFileSync } from "node:fs";
import { dirname, extname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { createJiti } from "jiti";
import { isNode, LineCounter, parseDocument } from "yaml";
import { parseSuite, type Suite, type SuiteOptions, type SuiteProblem } from "../config/suite.js";

/** In the order in which they are looked for. */
export const SUITE_FILES = [
  "kvtest.config.ts",
  "kvtest.config.mts",
  "kvtest.config.js",
  "kvtest.config.mjs",
  "kvtest.config.yaml",
  "kvtest.config.yml",
] as const;

export interface LoadedSuite {
  readonly file: string;
  /** The file's folder: where the nodes of a database run. */
  readonly cwd: string;
  readonly suite: Suite;
  /** Where a test stands, 1, 2, ...; null where the file is code. */
  readonly lineOf: (test: number) => number | null;
}

export type Loaded =
  | { readonly ok: true; readonly loaded: LoadedSuite }
  | { readonly ok: false; readonly what: string; readonly problems: readonly string[] };

/** `given`: a file, a folder to look in, or undefined for the present one. */
export async function loadSuite(given: string | undefined, options: SuiteOptions): Promise<Loaded> {
  const file = suiteFile(given ?? ".");
  if (file === null) {
    const where = given ?? "this folder";
    const problems = [`${where}: neither a suite nor a folder with one of ${SUITE_FILES.join(", ")}`];
    return { ok: false, what: "there is no suite:", problems };
  }
  const what = `${file} is not a suite:`;
  const read = await (/^\.ya?ml$/.test(extname(file)) ? readYaml(file) : readModule(file));
  if ("problems" in read) return { ok: false, what, problems: read.problems };
  const parsed = parseSuite(read.data, options);
  if (!parsed.ok) return { ok: false, what, problems: parsed.problems.map((problem) => words(problem, read.lineOf)) };
  const cwd = resolve(dirname(file));
  return { ok: true, loaded: { file, cwd, suite: parsed.suite, lineOf: (test) => read.lineOf(["tests", test]) } };
}

function suiteFile(given: string): string | null {
  if (SUITE_FILES.some((name) => existsSync(join(given, name)))) {
    const found = SUITE_FILES.find((name) => existsSync(join(given, name))) ?? "";
    return given === "." ? found : join(given, found);
  }
  return existsSync(given) && extname(given) !== "" ? given : null;
}

interface Read {
  readonly data: unknown;
  /** The line of a place in the data, or of the nearest place around it; null where it cannot be known. */
  readonly lineOf: (path: readonly (string | number)[]) => number | null;
}
interface Unread {
  readonly problems: readonly string[];
}

function readYaml(file: string): Read | Unread {
  const lines = new LineCounter();
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    return { problems: [error instanceof Error ? error.message : String(error)] };
  }
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const wrong = [...document.errors, ...document.warnings];
  if (wrong.length > 0) {
    return { problems: wrong.map(({ pos, message }) => `line ${lines.linePos(pos[0]).line}: ${message}`) };
  }
  return {
    data: document.toJS(),
    lineOf: (path) => {
      for (let length = path.length; length > 0; length--) {
        const node = document.getIn(path.slice(0, length), true);
        if (isNode(node) && node.range !== null && node.range !== undefined) return lines.linePos(node.range[0]).line;
      }
      return 1;
    },
  };
}

/** TypeScript and JavaScript alike, as they are: nothing has to be built. */
async function readModule(file: string): Promise<Read | Unread> {
  const jiti = createJiti(import.meta.url, { alias: ownDoors(), moduleCache: false });
  try {
    const data: unknown = await jiti.import(resolve(file), { default: true });
    return { data, lineOf: () => null };
  } catch (error) {
    const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return { problems: [message] };
  }
}

/** `import ... from "kvtest"` finds the kvtest that runs, also where it is not installed beside the file. */
function ownDoors(): Record<string, string> {
  return {
    kvtest: built("index"),
    "kvtest/checker": built("../checker/index"),
    "kvtest/nemesis": built("../nemesis/index"),
  };
}

function built(path: string): string {
  const beside = new URL(`../${path}.js`, import.meta.url);
  return fileURLToPath(existsSync(beside) ? beside : new URL(`../../dist/src/${path}.js`, import.meta.url));
}

function words({ path, message }: SuiteProblem, lineOf: Read["lineOf"]): string {
  const line = lineOf(path);
  const place = path.map((part, i) => (typeof part === "number" ? `[${part}]` : i === 0 ? part : `.${part}`)).join("");
  return `${line === null ? "" : `line ${line}: `}${place === "" ? "" : `${place}: `}${message}`;
}
