/** An anomaly for a terminal: its transactions in full, then its edges with their reasons, then the ring that they make. */

import type { ExplainedAnomaly, ShownEdge, ShownTransaction } from "../details.js";
import { keyWords, words } from "./cast.js";

/** `width`: columns after which lines are broken. No colours: the caller knows its terminal. */
export const drawText = (anomaly: ExplainedAnomaly, width = 100): string => {
  const lines = [anomaly.type, ...ring(anomaly, width), ""];
  for (const txn of anomaly.transactions) lines.push(...wrapped(`${txn.name}  `, transactionWords(txn), width));
  if (anomaly.omitted > 0) lines.push(`  (${anomaly.omitted} more transactions)`);
  lines.push("");
  if (!isCycle(anomaly.type)) lines.push(...wrapped("", anomaly.because, width));
  const closed = closes(anomaly);
  if (!tellsMore(anomaly)) return lines.join("\n");
  if (!isCycle(anomaly.type)) lines.push("");
  anomaly.edges.forEach(({ from, to, kind, because }, i) => {
    const ending = closed && i === anomaly.edges.length - 1 ? ": a contradiction" : "";
    const joined = from === to ? `in ${from}` : `${from} ${kind === "differs" ? "≠" : "<"} ${to}`;
    lines.push(...wrapped(`${joined}  `, `${because}${ending}`, width));
  });
  return lines.join("\n");
};

/** Is this a cycle of dependencies, which its edges tell? Of other anomalies the sentence does. */
export const isCycle = (type: string): boolean => /^(G0|G1c|G-single|G-nonadjacent|G2)/.test(type);

/** Do the edges that are shown lead back to where they began? */
export const closes = ({ edges }: ExplainedAnomaly): boolean =>
  edges.length > 1 &&
  edges.every(
    ({ kind, from, to }, i) => isArrow(kind) && from !== to && from === edges[i === 0 ? edges.length - 1 : i - 1]?.to,
  );

/** Do the edges say more than the sentence does? */
export const tellsMore = (anomaly: ExplainedAnomaly): boolean =>
  isCycle(anomaly.type) || anomaly.edges.some(({ because }) => because !== anomaly.because);

/** From what came first to what came after it; two reads that contradict have no direction. */
const isArrow = (kind: ShownEdge["kind"]): boolean => kind !== "differs" && kind !== "own";

/** "process 3, ok, events 4 to 9: r x [1, 2] · append y 3" */
const transactionWords = (txn: ShownTransaction): string => {
  const events =
    txn.invoked === null || txn.completed === null
      ? `event ${txn.invoked ?? txn.completed ?? "unknown"}`
      : `events ${txn.invoked} to ${txn.completed}`;
  return `process ${txn.process}, ${txn.type}, ${events}: ${txn.value.map(mopWords).join(" · ")}`;
};

export const mopWords = ([f, key, value]: ShownTransaction["value"][number]): string =>
  `${f} ${keyWords(key)} ${value === null ? "nil" : words(value)}`;

/** T1 ─rw→ T2 ─wr→ T1, over as many lines as it needs; what does not go on where the last edge ended, on a line of its own. */
const ring = ({ edges }: ExplainedAnomaly, width: number): readonly string[] => {
  const [first] = edges;
  if (first === undefined) return [];
  const lines: string[] = [];
  let line = `  ${first.from}`;
  let end = first.from;
  for (const { from, kind, to } of edges) {
    const part = ` ─${kind}${kind === "differs" ? "─" : "→"} ${to}`;
    if (from !== end || line.length + part.length > width) {
      lines.push(line);
      line = from === end ? "    " : `  ${from}`;
    }
    line += part;
    end = to;
  }
  return ["", ...lines, line];
};

const wrapped = (label: string, text: string, width: number): readonly string[] => {
  const indent = " ".repeat(label.length + 2);
  const lines: string[] = [];
  let line = `  ${label}`;
  let empty = true;
  for (const word of text.split(" ")) {
    if (!empty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = indent;
      empty = true;
    }
    line += empty ? word : ` ${word}`;
    empty = false;
  }
  return [...lines, line];
};
