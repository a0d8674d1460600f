/** What the report put into the page for this script: the shape that src/report/plot/compile.ts writes. */

import type { Spec } from "vega";

export type Column = readonly number[] | { readonly words: readonly string[]; readonly at: readonly number[] };
export type Row = { readonly [name: string]: number | string };

export interface Payload {
  readonly margin: number;
  readonly plots: readonly {
    readonly id: string;
    readonly spec: Spec;
    readonly data: { readonly [name: string]: { readonly [column: string]: Column } };
  }[];
}

// Written by the same version of kvtest into the same file: there is nothing to check it against.
export const payload = (): Payload => JSON.parse(document.getElementById("payload")?.textContent ?? "") as Payload;

export const rowsOf = (columns: { readonly [column: string]: Column }): Row[] => {
  const names = Object.entries(columns);
  const first = names[0]?.[1];
  const length = first === undefined ? 0 : "words" in first ? first.at.length : first.length;
  return Array.from({ length }, (_, i) =>
    Object.fromEntries(
      names.map(([name, column]) => [
        name,
        "words" in column ? (column.words[column.at[i] ?? 0] ?? "") : (column[i] ?? 0),
      ]),
    ),
  );
};
