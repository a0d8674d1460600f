/** (config, faults, history, verdict) -> one self-contained HTML file. Writes nothing: the caller keeps the file. */

import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { deflateRaw } from "node:zlib";
import { bundled } from "./bundled.js";
import { documentOf } from "./document.js";
import { render } from "./render.js";
import type { ReportInput, RunVerdict } from "./report-input.js";

export type { ReportInput, RunVerdict };

/**
 * The whole page as text. The same input gives the same page.
 *
 * @throws Error when the page's script was not built (`npm run build`).
 */
export const renderReport = async (input: ReportInput): Promise<string> => {
  const [{ material, body, payload, packed }, script] = await Promise.all([render(input), bundled("page")]);
  const columns = await promisify(deflateRaw)(packed.bytes);
  return documentOf(material, { body, payload, columns: columns.toString("base64"), script, digest });
};

export const digest = (text: string): string => createHash("sha256").update(text, "utf8").digest("base64");
