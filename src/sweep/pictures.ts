/**
 * The pictures of a sweep's page, drawn here as SVG: the page needs no script. Colours are the page's own CSS variables.
 * Each is drawn twice, for wide and for narrow pages: scaled down, its words could not be read.
 */

import type { TopLevelSpec } from "vega-lite";
import { html, type Html, trusted } from "../report/html.js";
import { COLOURS_OF_LIGHT } from "../report/style.js";
import { percent } from "../report/words.js";
import type { SettingSummary } from "./summary.js";

const WIDE_PX = 940;
const NARROW_PX = 250;
const FILE_PX = 640;

export const CONFIG = {
  background: null,
  font: "system-ui, sans-serif",
  view: { stroke: null },
  axis: {
    gridColor: "var(--line)",
    domainColor: "var(--line)",
    tickColor: "var(--line)",
    labelColor: "var(--muted)",
    titleColor: "var(--muted)",
    titleFontWeight: 400,
    labelFontSize: 12,
    titleFontSize: 12,
  },
  legend: {
    labelColor: "var(--ink)",
    titleColor: "var(--muted)",
    titleFontWeight: 400,
    labelFontSize: 12,
    symbolSize: 90,
    symbolOpacity: 1,
  },
  header: { labelColor: "var(--ink)", titleColor: "var(--muted)" },
  text: { color: "var(--ink)", fontSize: 12 },
} as const;

/** Told apart by shape as well. */
export const COLOURS = [
  "var(--ok)",
  "var(--fail)",
  "var(--info)",
  "var(--fault)",
  "var(--read-line)",
  "var(--cas-line)",
];
const SHAPES = ["circle", "diamond", "square", "triangle-up", "cross", "triangle-down"];

/** A picture before it is drawn, for any width of what is between its axes. */
export interface Drawing {
  /** Distinct on a page. */
  readonly id: string;
  /** All that it shows, in words. */
  readonly label: string;
  readonly spec: (width: number) => TopLevelSpec;
}

export async function drawn(drawing: Drawing): Promise<Html> {
  const { id, label } = drawing;
  const svg = async (width: number): Promise<string> =>
    // Vega numbers its clip paths from 0 in every drawing.
    (await svgOf(drawing, width)).replaceAll(/\bclip(\d+)\b/g, `${id}-${width}-clip$1`);
  const [wide, narrow] = [await svg(WIDE_PX), await svg(NARROW_PX)];
  return html`<div class="picture wide" role="img" aria-label="${label}">${trusted(wide)}</div><div class="picture narrow" role="img" aria-label="${label}">${trusted(narrow)}</div>`;
}

/** A file that stands alone: in the light colours, on their ground, for whoever shows it may know no CSS. */
export async function svgFile(drawing: Drawing): Promise<string> {
  const svg = (await svgOf(drawing, FILE_PX)).replaceAll(
    /var\(--([a-z\d-]+)\)/g,
    (_, name: string) => COLOURS_OF_LIGHT.get(name) ?? "#000",
  );
  const end = svg.indexOf(">") + 1;
  const ground = COLOURS_OF_LIGHT.get("paper") ?? "#fff";
  const title = html`<title>${drawing.label}</title>`.markup;
  return `${svg.slice(0, end)}${title}<rect width="100%" height="100%" fill="${ground}"/>${svg.slice(end)}\n`;
}

async function svgOf({ spec }: Drawing, width: number): Promise<string> {
  // Late, since they take a third of a second that other commands need not pay.
  const [{ compile }, { parse, View }] = await Promise.all([import("vega-lite"), import("vega")]);
  const view = new View(parse(compile(spec(width)).spec), { renderer: "none" });
  const text = await view.toSVG();
  view.finalize();
  // Every mark is given a role: the picture is one, with words.
  return text.replaceAll(/ (role="graphics-[a-z]+"|aria-[a-z]+="[^"]*")/g, "");
}

const what = ({ setting }: SettingSummary): string =>
  setting["nemesis"] === undefined ? "all" : nemesisOf(setting["nemesis"]);
const nemesisOf = (text: string): string => (text === "none" ? "calm" : text.replaceAll(",", " + "));
/** The setting without the nemesis, which has a colour and a shape. */
const name = ({ short, setting }: SettingSummary): string =>
  setting["nemesis"] === undefined
    ? short
    : short.replace(nemesisOf(setting["nemesis"]).replaceAll(" + ", ","), "").trim() || short;

/** Who is fast, and who is fresh: one point a setting, and a faint one for each of its runs. */
export async function latencyAgainstStaleness(settings: readonly SettingSummary[], f: "read" | "write"): Promise<Html> {
  const points = settings.flatMap((one) => {
    const latency = one[f];
    if (latency === null || one.stale.share === null) return [];
    return [{ name: name(one), group: what(one), ms: latency.p95, stale: one.stale.share }];
  });
  const runs = settings.flatMap((one) =>
    one.each.flatMap(({ staleShare, readP95Ms, writeP95Ms }) => {
      const ms = f === "read" ? readP95Ms : writeP95Ms;
      return ms === null || staleShare === null || one.each.length < 2
        ? []
        : [{ group: what(one), ms, stale: staleShare }];
    }),
  );
  const groups = [...new Set(settings.map(what))];
  const domain = boundsOf([...points, ...runs].map(({ ms }) => ms));
  const label = points
    .map((point) => `${point.name} ${point.group}: ${point.ms.toFixed(1)} ms, ${percent(point.stale)} stale`)
    .join("; ");
  const group = {
    color: {
      field: "group",
      type: "nominal",
      scale: { domain: groups, range: COLOURS },
      legend: groups.length < 2 ? null : { title: null, orient: "top" },
    },
    shape: {
      field: "group",
      type: "nominal",
      scale: { domain: groups, range: SHAPES },
      legend: groups.length < 2 ? null : { title: null, orient: "top" },
    },
  } as const;
  const x = {
    field: "ms",
    type: "quantitative",
    scale: { type: "log", domain, nice: false },
    axis: { title: `p95 latency of a ${f}, ms`, tickCount: 5, format: "~g" },
  } as const;
  const y = {
    field: "stale",
    type: "quantitative",
    scale: { type: "sqrt", zero: true, nice: true },
    axis: { title: "stale reads", format: ".1~%", tickCount: 5 },
  } as const;
  const spec = (width: number): TopLevelSpec => ({
    config: CONFIG as never,
    width,
    height: HEIGHT_PX,
    padding: { left: 4, right: 8, top: 4, bottom: 12 },
    layer: [
      {
        data: { values: runs },
        mark: { type: "point", filled: true, size: 22, opacity: 0.35 },
        encoding: { x, y, ...group },
      },
      {
        data: { values: points },
        mark: { type: "point", filled: true, size: 110, opacity: 1 },
        encoding: { x, y, ...group },
      },
      ...apart(points, { width, domain }).map((each, level) => ({
        data: { values: [...each] },
        mark: { type: "text" as const, dy: -11 - level * LINE_PX, color: "var(--ink)", fontSize: 12 },
        encoding: { x, y, text: { field: "name" } },
      })),
    ],
  });
  return drawn({ id: `staleness-${f}`, label: `Latency of ${f}s against stale reads. ${label}`, spec });
}

const LINE_PX = 13;
const CHARACTER_PX = 7;
const HEIGHT_PX = 320;
const LEVELS_MAX = 3;

interface Named {
  readonly name: string;
  readonly ms: number;
  readonly stale: number;
}

/**
 * Names by the line on which they stand above their points, so that none lies over another; one for which there is no
 * line is left to the table.
 */
function apart(
  points: readonly Named[],
  { width, domain: [low, high] }: { readonly width: number; readonly domain: readonly [number, number] },
): readonly (readonly Named[])[] {
  const top = Math.max(1e-9, ...points.map(({ stale }) => stale));
  const levels: Named[][] = [];
  const taken: { readonly x: number; readonly y: number; readonly half: number }[] = [];
  for (const point of points.toSorted((a, b) => a.ms - b.ms)) {
    const x = (Math.log(point.ms / low) / Math.log(high / low)) * width;
    const base = (1 - Math.sqrt(point.stale / top)) * HEIGHT_PX;
    const half = (point.name.length * CHARACTER_PX) / 2;
    for (let level = 0; level < LEVELS_MAX; level++) {
      const y = base - level * LINE_PX;
      if (level > 0 && y < LINE_PX) break;
      if (taken.some((each) => Math.abs(each.x - x) < each.half + half && Math.abs(each.y - y) < LINE_PX)) continue;
      taken.push({ x, y, half });
      (levels[level] ??= []).push(point);
      break;
    }
  }
  // A line that nobody stands on leaves a hole.
  return Array.from(levels, (each) => each ?? []);
}

const boundsOf = (ms: readonly number[]): [low: number, high: number] =>
  ms.length === 0 ? [1, 10] : [roundDown(Math.min(...ms)), roundUp(Math.max(...ms))];

/** To 1, 2 or 5 times a power of ten. */
const roundDown = (ms: number): number => {
  const power = 10 ** Math.floor(Math.log10(Math.max(1e-3, ms)));
  return ([5, 2].find((factor) => factor * power <= ms) ?? 1) * power;
};
const roundUp = (ms: number): number => {
  const power = 10 ** Math.floor(Math.log10(Math.max(1e-3, ms)));
  return ([1, 2, 5].find((factor) => factor * power > ms) ?? 10) * power;
};

const missed = (field: string) =>
  ({
    field,
    type: "quantitative",
    axis: { title: "reads that miss the last acknowledged write", format: ".1~%", tickCount: 5 },
  }) as const;

/** Bounded staleness: a bar is the measured share with its interval, a ring the predicted. */
export async function predictedBesideMeasured(settings: readonly SettingSummary[]): Promise<Html> {
  const rows = settings.flatMap(({ short, pbs }) =>
    pbs === null || pbs.predicted === null || pbs.measured === null
      ? []
      : [
          {
            short,
            measured: pbs.measured,
            predicted: pbs.predicted,
            low: pbs.interval?.[0] ?? 0,
            high: pbs.interval?.[1] ?? 0,
            holds: pbs.broken.length === 0,
          },
        ],
  );
  const label = rows
    .map((row) => `${row.short}: predicted ${percent(row.predicted)}, measured ${percent(row.measured)}`)
    .join("; ");
  const y = {
    field: "short",
    type: "nominal",
    sort: rows.map(({ short }) => short),
    axis: { title: null, grid: false, labelColor: "var(--ink)", labelLimit: 200 },
  } as const;
  const spec = (width: number): TopLevelSpec => ({
    config: CONFIG as never,
    width: Math.max(120, width - 70),
    height: { step: 24 },
    padding: { left: 4, right: 8, top: 4, bottom: 12 },
    data: { values: rows },
    layer: [
      {
        mark: { type: "bar", height: 9, color: "var(--ok)" },
        encoding: { y, x: missed("measured"), opacity: { condition: { test: "datum.holds", value: 1 }, value: 0.45 } },
      },
      {
        mark: { type: "rule", color: "var(--ink)", strokeWidth: 1.2 },
        encoding: { y, x: missed("low"), x2: { field: "high" } },
      },
      {
        mark: {
          type: "point",
          shape: "circle",
          size: 80,
          color: "var(--fail)",
          strokeWidth: 2.4,
          fill: "var(--paper)",
        },
        encoding: { y, x: missed("predicted") },
      },
    ],
  });
  return drawn({ id: "pbs", label: `Predicted beside measured staleness. ${label}`, spec });
}
