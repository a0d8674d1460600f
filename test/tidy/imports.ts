/** Who may import whom: DESIGN.md's picture as data. */

import { posix } from "node:path";
import ts from "typescript";
import { isCode, isIn, type Rule, type Source, syntaxOf, walk } from "./source.js";

/**
 * A part may import itself and what stands on lower levels. `config` stands below the archive and the report, which
 * read and write its values.
 */
export const LEVELS: readonly (readonly string[])[] = [
  ["checker", "nemesis", "src/replica/wire", "src/replica/protocol"],
  ["src/generator"],
  ["src/workload", "src/client", "src/check"],
  ["src/config"],
  ["src/archive", "src/interpreter", "src/cluster", "src/sim", "src/report"],
  ["src/run", "src/serve", "src/shell"],
  ["src/suite", "src/sweep", "src/doctor", "src/hunt", "src/shrink"],
  ["src/matrix", "src/scenario"],
  ["src/cli", "src/index", "src/vitest"],
];

/** Parts with a narrower list than their level's. The replica program does not know that it is tested. */
export const ONLY: { readonly [part: string]: readonly string[] } = {
  "src/generator": ["checker"],
  "src/workload": ["checker", "src/generator"],
  "src/replica": ["src/replica/wire", "src/replica/protocol"],
  "src/replica/protocol": ["src/replica/wire"],
  // Bundled for a browser: nothing of the harness goes there.
  "src/report/page": ["checker", "src/report"],
};

/** No Node, no packages: usable in a browser. */
export const PURE: readonly string[] = [
  "checker",
  "src/generator",
  "src/workload",
  "src/replica/wire",
  "src/replica/protocol",
];

/** Bundled for a browser: packages, but no Node. What bundles it (.mjs) runs while building. */
export const BROWSER: readonly string[] = ["src/report/page"];

/** Everything that has a row of its own; the longest name that fits a path is its part. */
const PARTS = [...LEVELS.flat(), ...Object.keys(ONLY)].toSorted((a, b) => b.length - a.length);

const partOf = (path: string): string | null => PARTS.find((part) => isIn(path, part)) ?? null;
const levelOf = (part: string): number => LEVELS.findIndex((level) => level.includes(part));

/** Every module that the file names: import, export from, import(), and types by import("..."). */
export function importsOf(source: Source): readonly string[] {
  const names: string[] = [];
  walk(syntaxOf(source), (node) => {
    const named =
      ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
        ? node.moduleSpecifier
        : ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)
          ? node.argument.literal
          : ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword
            ? node.arguments[0]
            : undefined;
    if (named !== undefined && ts.isStringLiteralLike(named)) names.push(named.text);
  });
  return names;
}

export const imports: Rule = (source) => {
  if (!isCode(source)) return [];
  const why = (name: string): string | null =>
    name.startsWith(".") ? relative(source.path, name) : external(source.path, name);
  return importsOf(source)
    .map((name) => [name, why(name)] as const)
    .filter(([, reason]) => reason !== null)
    .map(([name, reason]) => `${source.path}: may not import ${name}${reason === "" ? "" : ` (${reason})`}`);
};

function external(from: string, name: string): string | null {
  const pure = PURE.find((part) => isIn(from, part));
  if (pure !== undefined) return `${pure} is pure`;
  const page = BROWSER.find((part) => isIn(from, part) && from.endsWith(".ts"));
  return page === undefined || !name.startsWith("node:") ? null : `${page} runs in a browser`;
}

function relative(from: string, name: string): string | null {
  const to = posix.join(posix.dirname(from), name).replace(/\.js$/, ".ts");
  if (to === "src/replica/main.ts") return "a program of its own: spawned, never imported";
  if (from.startsWith("test/")) return null;
  if (to.startsWith("test/")) return "a test";
  const [importer, imported] = [partOf(from), partOf(to)];
  if (importer === null) return from.startsWith("src/") ? "this part stands on no level" : null;
  if (imported === null) return to.startsWith("src/") ? "that part stands on no level" : "outside of the house";
  if (importer === imported) return null;
  const only = ONLY[importer];
  if (only !== undefined) return only.includes(imported) ? null : `${importer} may import only ${only.join(", ")}`;
  if (imported === "src/replica") return "the replica is another program";
  // A folder with a row of its own inside its parent counts as the parent's.
  const level = levelOf(LEVELS.flat().find((part) => isIn(to, part)) ?? imported);
  const own = levelOf(importer);
  const inside = isIn(imported, importer);
  return inside || level < own ? null : `${importer} stands on level ${own}, ${imported} on level ${level}`;
}

/** A package that is imported stands in package.json: for the shipped code among the dependencies. */
export const packages =
  (manifest: {
    readonly dependencies: object;
    readonly devDependencies: object;
    readonly peerDependencies?: object;
  }): Rule =>
  (source) => {
    if (!isCode(source)) return [];
    // Bundling happens while building, so it may use what is only there for development.
    const shipped = /^(checker|nemesis|src)\//.test(source.path) && source.path.endsWith(".ts");
    // What stands beside us where it is used at all, such as the test runner of `kvtest/vitest`.
    const present = shipped
      ? { ...manifest.dependencies, ...manifest.peerDependencies }
      : { ...manifest.dependencies, ...manifest.devDependencies };
    return importsOf(source)
      .filter((name) => !name.startsWith(".") && !name.startsWith("node:"))
      .map((name) => name.split("/", name.startsWith("@") ? 2 : 1).join("/"))
      .filter((name) => !Object.hasOwn(present, name))
      .map((name) => `${source.path}: imports ${name}, which is not among the ${shipped ? "" : "dev"}dependencies`);
  };
