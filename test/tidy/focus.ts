/** No test is switched off in silence, and none switches off the others. */

import ts from "typescript";
import { isCode, lineOf, type Rule, syntaxOf, walk } from "./source.js";

const TEST = /^(test|it|describe|suite|bench)\b/;

/** `.only` never; `.skip` and `.todo` with the reason in a comment on the line above. */
export const focus: Rule = (source) => {
  if (!isCode(source) || !source.path.startsWith("test/")) return [];
  const syntax = syntaxOf(source);
  const lines = source.text.split("\n");
  const problems: string[] = [];
  walk(syntax, (node) => {
    if (!ts.isPropertyAccessExpression(node) || !TEST.test(node.expression.getText(syntax))) return;
    const line = lineOf(syntax, node);
    const what = `.${node.name.text}`;
    if (what === ".only") problems.push(`${source.path}:${line}: ${what} switches all other tests off`);
    const explained = /^\s*(\/\/|\*)\s*\S+/.test(lines[line - 2] ?? "");
    if ((what === ".skip" || what === ".todo") && !explained) {
      problems.push(`${source.path}:${line}: ${what} without a reason on the line above`);
    }
  });
  return problems;
};
