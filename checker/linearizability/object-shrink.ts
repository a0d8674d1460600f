/**
 * The smallest illegal part of a history that leaving out reads, groups of operations and whole elements arrives at: in
 * ever smaller pieces (Zeller and Hildebrandt, 2002), so that minimal means: without any one more piece it is legal.
 */

import type { Operation } from "../history/operation.js";
import type { Model } from "../model/model.js";

/** What is left of a history. */
export interface Shrunk {
  readonly operations: readonly Operation[];
  /** The elements that operations are reduced to, as texts; null: all of them are left. */
  readonly only: readonly string[] | null;
  /** Whether some operation in the part is no longer what it was. */
  readonly isReduced: boolean;
  /** The same elements, and all reads of them. */
  readonly withReads: readonly Operation[];
}

type Piece = { readonly is: "element"; readonly name: string } | { readonly is: "operations"; readonly name: string };

/** Whether an operation may go alone, and all of its kind with it. */
export const isLook = (model: Model<unknown>, op: Operation): boolean =>
  nameOf(model, op)?.startsWith("read ") === true;

const nameOf = (model: Model<unknown>, op: Operation): string | null =>
  model.effect(op) === "read" ? `read ${op.invoked}` : (model.group?.(op) ?? null);

/** Twice, where operations were reduced: what is left of one may be a read. */
export function smallest(
  story: readonly Operation[],
  model: Model<unknown>,
  isIllegal: (part: readonly Operation[]) => boolean,
): Shrunk {
  const first = smallestOf(story, model, isIllegal);
  if (first.only === null) return first;
  const second = smallestOf(first.withReads, model, isIllegal);
  return { ...second, only: second.only ?? first.only, isReduced: first.isReduced || second.isReduced };
}

function smallestOf(
  story: readonly Operation[],
  model: Model<unknown>,
  isIllegal: (part: readonly Operation[]) => boolean,
): Shrunk {
  const pieceOf = (op: Operation): string | null => nameOf(model, op);
  const elements = new Set(story.flatMap((op) => model.elements?.(op) ?? []));
  const pieces: Piece[] = [
    ...[...elements].map((name): Piece => ({ is: "element", name })),
    ...new Set(story.flatMap((op) => pieceOf(op) ?? [])),
  ].map((piece): Piece => (typeof piece === "string" ? { is: "operations", name: piece } : piece));
  const partOf = (kept: readonly Piece[]): readonly Operation[] => {
    const names = new Set(kept.flatMap((piece) => (piece.is === "operations" ? [piece.name] : [])));
    const left = new Set(kept.flatMap((piece) => (piece.is === "element" ? [piece.name] : [])));
    return story.flatMap((op) => {
      const piece = pieceOf(op);
      if (piece !== null && !names.has(piece)) return [];
      return (model.restrict === undefined ? op : model.restrict(op, left)) ?? [];
    });
  };
  const kept = minimal(pieces, (some) => isIllegal(partOf(some)));
  const allReads = [
    ...kept.filter(({ is }) => is === "element"),
    ...pieces.filter(
      ({ is, name }) => is === "operations" && (name.startsWith("read ") || kept.some((one) => one.name === name)),
    ),
  ];
  const left = kept.flatMap((piece) => (piece.is === "element" ? [piece.name] : []));
  const operations = partOf(kept);
  return {
    operations,
    isReduced: operations.some((op) => !story.includes(op)),
    only: left.length === elements.size ? null : left,
    withReads: partOf(allReads),
  };
}

function minimal(pieces: readonly Piece[], proves: (kept: readonly Piece[]) => boolean): readonly Piece[] {
  let kept = pieces;
  if (!proves(kept)) return kept;
  for (let size = Math.ceil(kept.length / 2); size >= 1; ) {
    let shrunk = false;
    for (let at = 0; at < kept.length; ) {
      const rest = [...kept.slice(0, at), ...kept.slice(at + size)];
      if (proves(rest)) [kept, shrunk] = [rest, true];
      else at += size;
    }
    if (size === 1 && !shrunk) break;
    size = size === 1 ? 1 : Math.ceil(Math.min(size, Math.max(1, kept.length)) / 2);
  }
  return kept;
}
