/** The scripts of pages, as the build has bundled them. */

import { readFile } from "node:fs/promises";

/**
 * page: of a report; catalogue and live: of the pages that list runs and watch one; viewer and checker: of the page that
 * checks a file, and of its worker.
 */
export type Bundle = "page" | "catalogue" | "live" | "viewer" | "checker";

/** Beside this file once built; when this file is run from its source, in dist. */
const PLACES = [".", "../../dist/src/report"] as const;

/** @throws Error when it was not built (`npm run build`). */
export const bundled = async (name: Bundle): Promise<string> => {
  for (const place of PLACES) {
    try {
      return await readFile(new URL(`${place}/${name}.bundle.js`, import.meta.url), "utf8");
    } catch (error) {
      if (!(error instanceof Error) || !("code" in error) || error.code !== "ENOENT") throw error;
    }
  }
  throw new Error(`a script is missing (dist/src/report/${name}.bundle.js): run \`npm run build\``);
};
