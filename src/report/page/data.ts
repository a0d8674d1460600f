/** What the report put into the page for this script. */

import type { Payload } from "../payload.js";
import { type Unpacked, unpack } from "../packed.js";
import type { Column } from "../plot/data.js";

export interface PageData {
  readonly payload: Payload;
  readonly table: Unpacked;
}

export const dataOfPage = async (): Promise<PageData> => {
  // Written by the same version of kvtest into the same file: there is nothing to check it against.
  const payload = JSON.parse(textOf("payload")) as Payload;
  const bytes = await inflated(Uint8Array.from(atob(textOf("columns")), (character) => character.charCodeAt(0)));
  return { payload, table: unpack({ ...payload.packed, bytes }) };
};

const textOf = (id: string): string => document.getElementById(id)?.textContent ?? "";

/** Raw deflate undone. */
export const inflated = async (bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> => {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
};

export type Row = { readonly [name: string]: number | string };

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
