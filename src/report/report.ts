/** (config, faults, history, verdict) -> one self-contained HTML file. Writes nothing: the caller keeps the file. */

import { readFile } from "node:fs/promises";
import type { History } from "../../checker/history/operation.js";
import type { RunVerdict } from "../../checker/judge.js";
import type { RunConfig, FaultPlan } from "../config/config.js";
import { documentOf } from "./document.js";
import { materialOf } from "./material.js";
import { compilePlots } from "./plot/compile.js";
import { plotsOf } from "./section/plots.js";

export type { RunVerdict };

export interface ReportInput {
  /** null for a history that came from elsewhere. */
  readonly config: RunConfig | null;
  readonly plan: FaultPlan | null;
  readonly history: History;
  readonly verdict: RunVerdict;
  /** Title where there is no config: the name of the file. */
  readonly title: string;
}

/**
 * The whole page as text. The same input gives the same page.
 *
 * @throws Error when the page's script was not built (`npm run build`).
 */
export const renderReport = async (input: ReportInput): Promise<string> => {
  const material = materialOf(input);
  const plots = plotsOf(material);
  const [payload, script] = await Promise.all([compilePlots(plots), pageScript()]);
  return documentOf(material, { plots, payload, script });
};

/** Beside this file once built; when this file is run from its source, in dist. */
const PLACES = ["./page.bundle.js", "../../dist/src/report/page.bundle.js"] as const;

const pageScript = async (): Promise<string> => {
  for (const place of PLACES) {
    try {
      return await readFile(new URL(place, import.meta.url), "utf8");
    } catch (error) {
      if (!(error instanceof Error) || !("code" in error) || error.code !== "ENOENT") throw error;
    }
  }
  throw new Error("the report's script is missing (dist/src/report/page.bundle.js): run `npm run build`");
};
