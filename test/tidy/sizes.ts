/** Files of at most 400 lines, functions of at most 70: split where a reader would. */

import ts from "typescript";
import { isCode, lineOf, type Rule, syntaxOf, walk } from "./source.js";

export const FILE_LINES_MAX = 400;
export const FUNCTION_LINES_MAX = 70;

/** What may be longer, and why. Every entry is needed, or it is a violation itself. */
export type Allowed = { readonly [pathOrFunction: string]: string };

export const sizes =
  (allowed: Allowed, used: Set<string> = new Set()): Rule =>
  (source) => {
    if (!isCode(source)) return [];
    const problems: string[] = [];
    const judge = (name: string, lines: number, linesMax: number, place: string): void => {
      if (lines <= linesMax) return;
      used.add(name);
      if (!Object.hasOwn(allowed, name)) problems.push(`${place}: ${lines} lines, at most ${linesMax}`);
    };
    const lines = source.text.replace(/\n$/, "").split("\n").length;
    judge(source.path, lines, FILE_LINES_MAX, source.path);
    const syntax = syntaxOf(source);
    walk(syntax, (node) => {
      // A group of tests is a list, not a function.
      if (!isFunction(node) || isArgumentOf(node, /^(describe|suite)\b/)) return;
      const from = lineOf(syntax, node);
      const to = syntax.getLineAndCharacterOfPosition(node.end).line + 1;
      const name = nameOf(node);
      judge(`${source.path}#${name}`, to - from + 1, FUNCTION_LINES_MAX, `${source.path}:${from}: function ${name}`);
    });
    return problems;
  };

/** Entries that allow what is no longer there. */
export const needless = (allowed: Allowed, used: ReadonlySet<string>): readonly string[] =>
  Object.keys(allowed)
    .filter((name) => !used.has(name))
    .map((name) => `${name}: is allowed to be long, and is not`);

function isFunction(node: ts.Node): node is ts.FunctionLikeDeclaration {
  return (
    ts.isFunctionDeclaration(node) ||
    ts.isFunctionExpression(node) ||
    ts.isArrowFunction(node) ||
    ts.isMethodDeclaration(node) ||
    ts.isConstructorDeclaration(node) ||
    ts.isAccessor(node)
  );
}

const isArgumentOf = (node: ts.Node, callee: RegExp): boolean =>
  ts.isCallExpression(node.parent) && callee.test(node.parent.expression.getText());

function nameOf(node: ts.FunctionLikeDeclaration): string {
  if (node.name !== undefined) return node.name.getText();
  if (ts.isVariableDeclaration(node.parent) || ts.isPropertyAssignment(node.parent)) return node.parent.name.getText();
  return ts.isConstructorDeclaration(node) ? "constructor" : "(anonymous)";
}
