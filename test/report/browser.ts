/** A real browser for tests of pages: one for a file of tests, and a page that notes whatever it complains about. */

import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { type BrowserContext, chromium, type Page } from "playwright-core";

const CHROMIUM = "/usr/bin/chromium";
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** For whatever is waited for: a browser is slow on a machine that is busy with other things. */
const PATIENCE_MS = 120_000;

export const hasNoBrowser = !existsSync(CHROMIUM);
if (hasNoBrowser) console.warn(`${CHROMIUM} is not installed: pages are not tested in a browser`);

export interface Browser {
  /** An empty folder, removed at the end. */
  readonly dir: string;
  /** A page that collects what the console says, and requests to anywhere but `home`, in `complaints`. */
  open(
    home: string,
    options?: { readonly width?: number },
  ): Promise<{ readonly page: Page; readonly complaints: string[] }>;
  close(): Promise<void>;
}

export const openBrowser = async (): Promise<Browser> => {
  const dir = mkdtempSync(join(tmpdir(), "kvtest-browser-"));
  const context: BrowserContext = await chromium.launchPersistentContext(join(dir, "profile"), {
    executablePath: CHROMIUM,
    headless: true,
    args: FLAGS,
    timeout: PATIENCE_MS,
  });
  context.setDefaultTimeout(PATIENCE_MS);
  return {
    dir,
    open: async (home, { width = 1280 } = {}) => {
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on("console", (message) => complaints.push(`${message.type()}: ${message.text()}`));
      page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
      page.on("dialog", (dialog) => complaints.push(`dialog: ${dialog.message()}`));
      page.on("request", (request) => {
        const [url = ""] = request.url().split("#");
        // What a page has made itself is in its own memory.
        if (!url.startsWith("blob:") && (home.endsWith("/") ? !url.startsWith(home) : url !== home))
          complaints.push(`request: ${url}`);
      });
      await page.setViewportSize({ width, height: 900 });
      return { page, complaints };
    },
    close: async () => {
      await context.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
};

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/** Faults that axe calls serious or critical: `rule: what it is about`. */
export const seriousFaults = async (page: Page): Promise<readonly string[]> => {
  // Not as a script element: the page's own policy would not let it run.
  await page.evaluate(readFileSync(AXE, "utf8"));
  return page.evaluate(`axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) => violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => id + ": " + nodes.slice(0, 3).map(({ html, any }) => html.slice(0, 120) + " " + (any[0]?.message ?? "")).join(" | ")))`);
};
