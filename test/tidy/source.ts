/** A file as the rules see it. */

import ts from "typescript";

export interface Source {
  /** From the root of the repository, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** What a rule finds: "path: what is wrong", or with a line "path:12: what is wrong". */
export type Rule = (source: Source) => readonly string[];

export const isCode = ({ path }: Source): boolean => /\.(ts|mts|mjs|js)$/.test(path);
export const isProse = ({ path }: Source): boolean => path.endsWith(".md");

const parsed = new WeakMap<Source, ts.SourceFile>();

export function syntaxOf(source: Source): ts.SourceFile {
  let syntax = parsed.get(source);
  if (syntax === undefined) {
    syntax = ts.createSourceFile(source.path, source.text, ts.ScriptTarget.Latest, true);
    parsed.set(source, syntax);
  }
  return syntax;
}

export const lineOf = (syntax: ts.SourceFile, node: ts.Node): number =>
  syntax.getLineAndCharacterOfPosition(node.getStart(syntax)).line + 1;

export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}

/** Is this file the folder or in it? "src/replica/wire" is also the file src/replica/wire.ts. */
export const isIn = (path: string, part: string): boolean => path === `${part}.ts` || path.startsWith(`${part}/`);
