/** Which operations the reader asked for. */

import { type TextName, TYPES, type Unpacked } from "../packed.js";

/** As typed and chosen; "" is anything. */
export interface Wanted {
  /** Found in what was done, in the key or in the error; `#12` is the operation of that event. */
  readonly text: string;
  readonly key: string;
  readonly process: string;
  readonly f: string;
  /** An outcome, or `not ok`. */
  readonly type: string;
}

/** null: all of them are wanted. */
export const filterOf = (table: Unpacked, wanted: Wanted): ((op: number) => boolean) | null => {
  const conditions: ((op: number) => boolean)[] = [];
  const { text, key, process, f, type } = wanted;
  if (text !== "") conditions.push(holding(table, text));
  if (key !== "") conditions.push(being(table, "key", key));
  if (f !== "") conditions.push(being(table, "f", f));
  if (process !== "") {
    const number = Number(process);
    conditions.push((op) => table.process[op] === number);
  }
  if (type !== "") {
    const at = TYPES.findIndex((each) => each === type);
    conditions.push(at === -1 ? (op) => table.type[op] !== 0 : (op) => table.type[op] === at);
  }
  return conditions.length === 0 ? null : (op) => conditions.every((holds) => holds(op));
};

const being = (table: Unpacked, name: TextName, text: string): ((op: number) => boolean) => {
  const at = table.textsOf(name).indexOf(text, 1);
  const column = table[name];
  return (op) => at !== -1 && column[op] === at;
};

/** Each different text is looked at once, however many operations have it. */
const holding = (table: Unpacked, text: string): ((op: number) => boolean) => {
  const index = /^#(\d+)$/.exec(text)?.[1];
  if (index !== undefined) return (op) => table.invoked[op] === Number(index) || table.completed[op] === Number(index);
  const sought = text.toLowerCase();
  const found = (["what", "key", "error"] as const).map((name) => ({
    column: table[name],
    has: Uint8Array.from(table.textsOf(name), (each) => (each.toLowerCase().includes(sought) ? 1 : 0)),
  }));
  return (op) => found.some(({ column, has }) => has[column[op] ?? 0] === 1);
};
