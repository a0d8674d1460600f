/** A story as it is played, in lines that a student can read. Pure. */

import { cellOf, type Told, type ToldAct, type ToldStep } from "./tell.js";

const WIDTH = 100;

export const titleInWords = ({ name, title }: Pick<Told, "name" | "title">): string =>
  `${name}: ${title}\n${"=".repeat(name.length + title.length + 2)}\n`;

export const actInWords = ({ say, nodes, cluster }: Omit<ToldAct, "steps">): string =>
  `\n${filled(say, "")}\n  ${nodes}\n  (${cluster})\n`;

export function stepInWords({ say, typed, answer, states, otherwise }: ToldStep, number: number): string {
  const lines = [
    "",
    filled(say, `${number}. `),
    ...(typed === null ? [] : [`     ${typed}`, ...answer.map((line) => `     ${line}`)]),
    ...statesInWords(states),
    ...otherwise.map((what) => `     !! It went otherwise: ${what}`),
  ];
  return `${lines.join("\n")}\n`;
}

/** A column a node, a line a key. */
function statesInWords(states: ToldStep["states"]): readonly string[] {
  const nodes = Object.entries(states);
  const keys = [...new Set(nodes.flatMap(([, holdings]) => Object.keys(holdings ?? {})))].toSorted();
  const rows = [["", ...nodes.map(([node]) => node)]];
  for (const key of keys) rows.push([key, ...nodes.map(([, holdings]) => cellOf(holdings, key))]);
  const widths = rows[0]?.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0))) ?? [];
  return rows.map((row) => `          ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join("   ")}`.trimEnd());
}

export const moralInWords = ({ moral, asTold }: Pick<Told, "moral" | "asTold">): string =>
  `\n${filled(moral, "=> ")}\n${asTold ? "" : "\nThis time it did not go as it is told.\n"}`;

/** Broken at blanks; further lines stand below the first one's text. */
function filled(text: string, first: string): string {
  const lines: string[] = [];
  let line = first;
  for (const word of text.split(" ")) {
    const longer = line === first || line.trim() === "" ? `${line}${word}` : `${line} ${word}`;
    if (longer.length <= WIDTH) line = longer;
    else {
      lines.push(line);
      line = `${" ".repeat(first.length)}${word}`;
    }
  }
  return [...lines, line].join("\n");
}
