/** Outcomes of many runs -> what held and what did not, as data and as a Markdown table. Pure. */

import { kebab } from "../sweep/settings.js";
import type { Outcome } from "./outcome.js";
import { claimed, type Fault, FAULTS, PROPERTIES, PROPERTY_WORDS, type Property, type Row, ROWS } from "./rows.js";

export interface Cell {
  readonly fault: Fault;
  readonly claimed: boolean;
  /** Runs that could be judged: not those that were vacuous or came to no answer. */
  readonly judged: number;
  readonly violated: number;
  readonly unknown: number;
  readonly vacuous: number;
  /** Why the first that violated it did, and where it is kept. */
  readonly first: { readonly because: string; readonly dir: string | null } | null;
}

export interface MatrixRow {
  readonly name: string;
  readonly flags: Row["flags"];
  readonly load?: { readonly [flag: string]: string };
  readonly cells: { readonly [property in Property]: readonly Cell[] };
}

export interface Matrix {
  readonly format: 1;
  readonly seeds: number;
  /** The clusters were simulated. */
  readonly simulated: boolean;
  readonly rows: readonly MatrixRow[];
  /** Claims that were seen broken. */
  readonly broken: readonly string[];
  /** What is not claimed and was never seen violated, under none of the faults under which it is not claimed. */
  readonly neverViolated: readonly string[];
  /** Runs that came to no outcome. */
  readonly missing: number;
}

export interface Placed {
  readonly row: Row;
  readonly fault: Fault;
}

/** `settings`: which row and fault each setting of the plan is; null: of no row that there is now. */
export function matrixOf(
  settings: readonly (Placed | null)[],
  outcomes: readonly Outcome[],
  { seeds, simulated = false }: { readonly seeds: number; readonly simulated?: boolean },
): Matrix {
  const places = settings.filter((placed) => placed !== null);
  const placed = new Set(places.map(({ row }) => row));
  // Whenever they were added, in the order of the list.
  const inOrder = [...placed].toSorted((a, b) => ROWS.indexOf(a) - ROWS.indexOf(b));
  const rows = inOrder.map((row): MatrixRow => {
    const cellsOf = (property: Property): readonly Cell[] =>
      FAULTS.map((fault) => {
        const setting = settings.findIndex((at) => at?.row === row && at.fault === fault);
        const of = outcomes.filter((outcome) => outcome.setting === setting);
        return cellOf({ fault, claimed: claimed(row, property, fault) }, property, of);
      });
    const cells = Object.fromEntries(PROPERTIES.map((property) => [property, cellsOf(property)]));
    // Every property has its entry: made from the list of them.
    const drawn = cells as MatrixRow["cells"];
    return { name: row.name, flags: row.flags, ...(row.load === undefined ? {} : { load: row.load }), cells: drawn };
  });
  return {
    format: 1,
    seeds,
    simulated,
    rows,
    broken: rows.flatMap(brokenIn),
    neverViolated: rows.flatMap(neverViolatedIn),
    missing: places.length * seeds - outcomes.filter(({ setting }) => (settings[setting] ?? null) !== null).length,
  };
}

function cellOf(of: Pick<Cell, "fault" | "claimed">, property: Property, outcomes: readonly Outcome[]): Cell {
  const violating = outcomes.filter(({ findings }) => findings[property].valid === "invalid");
  const calm = outcomes.filter(({ findings }) => findings[property].valid !== "invalid");
  const vacuous = calm.filter((outcome) => outcome.vacuous).length;
  const unknown = calm.filter((outcome) => !outcome.vacuous && outcome.findings[property].valid === "unknown").length;
  const [first] = violating;
  return {
    ...of,
    judged: outcomes.length - vacuous - unknown,
    violated: violating.length,
    unknown,
    vacuous,
    first: first === undefined ? null : { because: first.findings[property].because, dir: first.dir },
  };
}

function brokenIn({ name, cells }: MatrixRow): readonly string[] {
  return PROPERTIES.flatMap((property) =>
    cells[property]
      .filter((cell) => cell.claimed && cell.violated > 0)
      .map(({ fault, violated, first }) => {
        const where = first?.dir === null || first === null ? "" : ` (${first.dir})`;
        return `${name}: ${PROPERTY_WORDS[property]}, ${underOf(fault)}, in ${violated}: ${first?.because ?? ""}${where}`;
      }),
  );
}

function neverViolatedIn({ name, cells }: MatrixRow): readonly string[] {
  return PROPERTIES.flatMap((property) => {
    const open = cells[property].filter((cell) => !cell.claimed && cell.judged > 0);
    return open.length > 0 && open.every(({ violated }) => violated === 0)
      ? [`${name}: ${PROPERTY_WORDS[property]} (${open.map(({ fault }) => underOf(fault)).join(", ")})`]
      : [];
  });
}

const underOf = (fault: Fault): string => (fault === "none" ? "no fault" : fault);

/** Ready to be pasted into a page. */
export function markdownOf({ rows, seeds, simulated, broken, neverViolated, missing }: Matrix): string {
  const driven = rows.flatMap(({ name, load }) => (load === undefined ? [] : [`${name}: ${wordsOf(load)}`]));
  const head = ["setting", ...PROPERTIES.map((property) => PROPERTY_WORDS[property])];
  const body = rows.map(({ name, cells }) => [
    name,
    ...PROPERTIES.map((property) => cells[property].map(markOf).join(" ")),
  ]);
  const widths = head.map((_, i) => Math.max(3, ...[head, ...body].map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(" | ")} |`;
  return [
    line(head),
    `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`,
    ...body.map(line),
    "",
    `Five marks a cell: ${FAULTS.map(underOf).join(", ")}; ${seeds} ${simulated ? "simulated " : ""}run${seeds === 1 ? "" : "s"} each. ✓ claimed, and it held in every run; a number: not claimed, and violated in so many runs; **✗** claimed, and broken; ? nothing could be said.`,
    ...paragraph("Driven in a way of their own, in which what is not claimed shows:", driven),
    ...paragraph("Broken claims:", broken),
    ...paragraph("Not claimed, and never seen violated:", neverViolated),
    ...(missing === 0 ? [] : ["", `Not finished: ${missing} runs are missing.`]),
  ].join("\n");
}

/** Flags as they are typed; one that takes no value has an empty one. */
export const wordsOf = (flags: { readonly [flag: string]: string }): string =>
  Object.entries(flags)
    .map(([flag, value]) => `--${kebab(flag)}${value === "" ? "" : ` ${value}`}`)
    .join(" ");

const paragraph = (title: string, items: readonly string[]): readonly string[] =>
  items.length === 0 ? [] : ["", title, "", ...items.map((item) => `- ${item}`)];

function markOf({ claimed: isClaimed, judged, violated }: Cell): string {
  if (judged === 0) return "?";
  if (!isClaimed) return String(violated);
  return violated === 0 ? "✓" : `**✗${violated}**`;
}
