/** What queues and stacks have in common: the intervals in which each element went in and came out. */

import { Interner } from "../../history/canonical.js";
import { endOf, type Operation } from "../../history/operation.js";

/** Columns by element. `out` +Infinity: it never came out. An element that nobody put in is not here: see below. */
export interface Elements {
  readonly count: number;
  readonly putStart: Float64Array;
  readonly putEnd: Float64Array;
  readonly takeStart: Float64Array;
  readonly takeEnd: Float64Array;
  /** Intervals in which the object answered that it was empty. */
  readonly empties: readonly { readonly start: number; readonly end: number }[];
}

/**
 * The elements of a history; "invalid" where one was taken that nobody had put in, or twice, or before; "declined"
 * where one was put in twice, some operation only looks, or nobody knows what was taken.
 *
 * An element put in with unknown outcome that nobody took may as well not be there, and is left out.
 */
export function elementsOf(
  operations: readonly Operation[],
  put: string,
  take: string,
): Elements | "invalid" | "declined" {
  const interner = new Interner();
  const put2: Operation[] = [];
  const empties: { start: number; end: number }[] = [];
  for (const op of operations) {
    if (op.f === put) {
      if (interner.intern(op.value) < put2.length) return "declined";
      put2.push(op);
    } else if (op.f !== take || op.type !== "ok") return "declined";
    else if (op.result === null) empties.push({ start: op.invoked, end: endOf(op) });
  }
  const taken: (Operation | undefined)[] = [];
  for (const op of operations) {
    if (op.f !== take || op.result === null) continue;
    const element = interner.find(op.result);
    if (element === -1 || taken[element] !== undefined) return "invalid";
    if (endOf(op) < (put2[element]?.invoked ?? 0)) return "invalid";
    taken[element] = op;
  }
  return columnsOf(put2, taken, empties);
}

function columnsOf(
  puts: readonly Operation[],
  taken: readonly (Operation | undefined)[],
  empties: Elements["empties"],
): Elements {
  const kept = puts
    .map((op, element) => ({ op, out: taken[element] }))
    .filter(({ op, out }) => out !== undefined || endOf(op) !== Number.POSITIVE_INFINITY);
  return {
    count: kept.length,
    putStart: Float64Array.from(kept, ({ op }) => op.invoked),
    putEnd: Float64Array.from(kept, ({ op }) => endOf(op)),
    takeStart: Float64Array.from(kept, ({ out }) => out?.invoked ?? Number.POSITIVE_INFINITY),
    takeEnd: Float64Array.from(kept, ({ out }) => (out === undefined ? Number.POSITIVE_INFINITY : endOf(out))),
    empties,
  };
}

/** Whether some interval of `empties` lies inside one during which the object certainly held something. */
export function isEmptyWhileFull(empties: Elements["empties"], held: readonly Span[]): boolean {
  // Spans are disjoint and ascending: only the last that begins before the answer was asked for can hold it.
  return empties.some(({ start, end }) => {
    let [low, high] = [0, held.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((held[middle]?.from ?? 0) < start) low = middle + 1;
      else high = middle;
    }
    return low > 0 && end < (held[low - 1]?.to ?? 0);
  });
}

export interface Span {
  readonly from: number;
  readonly to: number;
  /** The elements whose certain stay makes it up. */
  readonly elements: readonly number[];
}

/** Unions of the overlapping times (putEnd, takeStart) in which elements were certainly inside, in ascending order. */
export function spansOf({ putEnd, takeStart }: Elements, among: readonly number[]): Span[] {
  const inside = among
    .filter((element) => (putEnd[element] ?? 0) < (takeStart[element] ?? 0))
    .sort((a, b) => (putEnd[a] ?? 0) - (putEnd[b] ?? 0));
  const spans: { from: number; to: number; elements: number[] }[] = [];
  for (const element of inside) {
    const [from, to] = [putEnd[element] ?? 0, takeStart[element] ?? 0];
    const last = spans.at(-1);
    if (last !== undefined && from < last.to) {
      last.to = Math.max(last.to, to);
      last.elements.push(element);
    } else {
      spans.push({ from, to, elements: [element] });
    }
  }
  return spans;
}

export const everyElement = ({ count }: Elements): number[] => Array.from({ length: count }, (_, element) => element);
