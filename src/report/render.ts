/** (config, faults, history, verdict) -> what a page is made of. Pure: Node writes it to a file, the viewer shows it. */

import { bodyOf } from "./document.js";
import type { Html } from "./html.js";
import { type Material, materialOf } from "./material.js";
import { pack, type Packed, unpack } from "./packed.js";
import type { Payload } from "./payload.js";
import { compilePlots } from "./plot/compile.js";
import { LEFT, logBounds, RIGHT } from "./plot/specs.js";
import type { ReportInput } from "./report-input.js";
import { plotsOf } from "./section/plots.js";
import { cut } from "./words.js";

export interface Rendered {
  readonly material: Material;
  readonly body: Html;
  readonly payload: Payload;
  readonly packed: Packed;
}

export const render = async (input: ReportInput): Promise<Rendered> => {
  const material = materialOf(input);
  const packed = pack(input.history.operations);
  const plots = plotsOf(material, unpack(packed));
  const latency = plots.find(({ id }) => id === "latency");
  const { bytes: _, ...head } = packed;
  return {
    material,
    packed,
    body: bodyOf(material, plots),
    payload: {
      seconds: Math.max(1e-3, material.end / 1e9),
      left: LEFT,
      right: RIGHT,
      plots: await compilePlots(plots),
      scatter: latency === undefined ? null : { fs: latency.panels, range: logBounds(latency.range) },
      faults: material.spans.map(({ id, kind, begin, end }) => ({
        id: cut(id, 12),
        kind: cut(kind, 14),
        from: begin.time / 1e9,
        to: (end?.time ?? material.end) / 1e9,
        begin: begin.index,
        end: end?.index ?? null,
      })),
      told: toldIn(material),
      packed: head,
    },
  };
};

const TOLD_MAX = 200;

const toldIn = ({ counterexamples, timeline }: Material): readonly number[] =>
  [
    ...new Set([...timeline.told, ...counterexamples.flatMap(({ operations }) => operations.map((op) => op.invoked))]),
  ].slice(0, TOLD_MAX);
