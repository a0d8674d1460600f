/** The viewer in a real browser: a history is dropped, checked there, and shown as a report is. */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type OwnHistory, viewerPage } from "../../src/report/viewer.js";
import { type Browser, hasNoBrowser, openBrowser, seriousFaults } from "./browser.js";
import { HOSTILE } from "./made.js";

const GALLERY = fileURLToPath(new URL("../../runs/gallery/one-to-read-one-to-write/history.jsonl", import.meta.url));

const EDN = `{:process 0, :type :invoke, :f :write, :value 1}
{:process 0, :type :ok, :f :write, :value 1}
{:process 1, :type :invoke, :f :read, :value nil}
{:process 1, :type :ok, :f :read, :value 1}
`;

/** Two transactions, each of which missed the other's append: G2-item. */
const SKEW = [
  [
    0,
    "invoke",
    [
      ["r", "x", null],
      ["append", "y", 1],
    ],
  ],
  [
    1,
    "invoke",
    [
      ["r", "y", null],
      ["append", "x", 1],
    ],
  ],
  [
    0,
    "ok",
    [
      ["r", "x", []],
      ["append", "y", 1],
    ],
  ],
  [
    1,
    "ok",
    [
      ["r", "y", []],
      ["append", "x", 1],
    ],
  ],
  [
    2,
    "invoke",
    [
      ["r", "x", null],
      ["r", "y", null],
    ],
  ],
  [
    2,
    "ok",
    [
      ["r", "x", [1]],
      ["r", "y", [1]],
    ],
  ],
]
  .map(([process, type, value]) => `${JSON.stringify({ process, type, f: "txn", value })}\n`)
  .join("");

const hostile = [
  [0, "invoke", "write", HOSTILE],
  [0, "ok", "write", HOSTILE],
  [1, "invoke", "read", null],
  [1, "ok", "read", null],
]
  .map(([process, type, f, value]) => `${JSON.stringify({ process, type, f, key: HOSTILE, value })}\n`)
  .join("");

/** As a hand would: the browser's own drop event, with a file in it. */
const drop = (page: Page, name: string, bytes: Buffer): Promise<void> =>
  page.evaluate(`(() => {
    const bytes = Uint8Array.from(atob(${JSON.stringify(bytes.toString("base64"))}), (each) => each.charCodeAt(0));
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([bytes], ${JSON.stringify(name)}));
    document.getElementById("drop").dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
  })()`);
const verdict = (page: Page): Promise<string> => page.locator("#shown h1").innerText();
const status = (page: Page): Promise<string> => page.locator("#status").innerText();

describe.skipIf(hasNoBrowser)("in a browser", () => {
  let browser: Browser;
  let written = 0;

  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());

  const open = async (own: OwnHistory | null = null, width = 1280) => {
    const file = join(browser.dir, `viewer-${written++}.html`);
    writeFileSync(file, await viewerPage(own));
    const address = pathToFileURL(file).href;
    const opened = await browser.open(address, { width });
    await opened.page.goto(address);
    return opened;
  };

  test("a dropped run is refuted here, with its counterexample, timeline and plots, and nothing is asked of anybody", async () => {
    const { page, complaints } = await open();
    await drop(page, "history.jsonl", readFileSync(GALLERY));
    await page.waitForSelector("html[data-plots=drawn]");
    expect(await verdict(page)).toBe("INVALID");
    expect(await page.locator("#broke .op").count()).toBeGreaterThan(2);
    expect(await page.locator(".timeline canvas, #plot-latency canvas").count()).toBeGreaterThan(2);
    expect(await page.title()).toContain("invalid: history.jsonl");
    expect(await status(page)).toContain("nothing has left this machine");
    expect(await seriousFaults(page)).toEqual([]);
    // Another one on the same page: nothing of the first is left.
    await drop(page, "small.edn", Buffer.from(EDN));
    await expect.poll(() => page.title()).toContain("valid: small.edn");
    await page.waitForSelector("html[data-plots=drawn]");
    expect(await verdict(page)).toBe("VALID");
    expect(await page.locator("#history").innerText()).toContain("2 operations");
    expect(await page.locator(".timeline").count()).toBe(1);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("gzip and transactions are recognised; another workload is checked when it is chosen", async () => {
    const { page, complaints } = await open();
    await drop(page, "skew.jsonl.gz", gzipSync(SKEW));
    await page.waitForSelector("html[data-plots=drawn]");
    expect(await verdict(page)).toBe("INVALID");
    expect(await page.locator("#broke").innerText()).toContain("G2-item");
    await page.locator("#workload").selectOption("set");
    await expect.poll(() => page.locator("#checkers").innerText()).not.toContain("isolation");
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("what is no history is told line by line, and the next file is checked all the same", async () => {
    const { page, complaints } = await open();
    const lines = EDN.split("\n");
    await drop(page, `${HOSTILE}.edn`, Buffer.from([lines[0], lines[0], "{:process", lines[1]].join("\n")));
    await expect.poll(() => page.locator("#problems li").count()).toBeGreaterThan(1);
    expect(await page.locator("#problems").innerText()).toMatch(/line 2: .*one at a time/);
    expect(await page.locator("#problems").innerText()).toContain("line 3: ");
    expect(await status(page)).toBe(`${HOSTILE}.edn is not a history:`);
    await drop(page, "image.png", readFileSync(join(GALLERY, "../../stale-read-from-a-follower/report.png")));
    await expect.poll(() => status(page)).toBe("image.png is not a history:");
    await drop(page, "torn.gz", gzipSync(EDN).subarray(0, 30));
    await expect.poll(() => page.locator("#problems").innerText()).toContain("cannot be read");
    await drop(page, "good.edn", Buffer.from(EDN));
    await page.waitForSelector("html[data-plots=drawn]");
    expect(await page.locator("#problems li").count()).toBe(0);
    expect(await page.locator("img").count()).toBe(0);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("a page written with a history shows it at once, hostile keys, values and names as text, on a telephone too", async () => {
    const { page, complaints } = await open({ name: `${HOSTILE}.jsonl`, bytes: Buffer.from(hostile) }, 400);
    await page.waitForSelector("html[data-plots=drawn]");
    expect(await verdict(page)).toBe("INVALID");
    expect(await page.locator("img").count()).toBe(0);
    expect(await page.title()).toContain(`${HOSTILE}.jsonl`);
    expect(await page.locator("#broke").innerText()).toContain(HOSTILE);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(400);
    expect(complaints).toEqual([]);
    await page.close();
  });
});
