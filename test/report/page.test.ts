/** The page in a real browser, from disk and without a network. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { materialOf } from "../../src/report/material.js";
import type { ReportInput } from "../../src/report/report.js";
import { renderReport } from "../../src/report/report.js";
import { type Browser, hasNoBrowser, openBrowser, seriousFaults } from "./browser.js";
import * as made from "./made.js";
import { brokenRun, hostileTransactions, manyRun, ringRun } from "./transactions.js";
import { hostileSet, WORKLOADS } from "./workloads.js";

test("in CI there is a browser to test the report in", () => {
  if (process.env["CI"] !== undefined) expect(hasNoBrowser, "chromium is not installed").toBe(false);
});

interface Opened {
  readonly page: Page;
  /** Whatever the console said, and every request that left the page's file. */
  readonly complaints: string[];
}

// What runs in the page is text: the tests are compiled without a browser's types.

/** How many pixels of each plot are not empty. */
const painted = (page: Page, selector = ".plot canvas:not(.points)"): Promise<readonly number[]> =>
  page.evaluate(`[...document.querySelectorAll(${JSON.stringify(selector)})].map((canvas) => {
    const copy = Object.assign(document.createElement("canvas"), { width: canvas.width, height: canvas.height });
    const context = copy.getContext("2d", { willReadFrequently: true });
    context.drawImage(canvas, 0, 0);
    const { data } = context.getImageData(0, 0, copy.width, copy.height);
    let seen = 0;
    for (let i = 3; i < data.length; i += 4) if (data[i] !== 0) seen++;
    return seen;
  })`);

const least = (pixels: readonly number[]): number => Math.min(Number.MAX_SAFE_INTEGER, ...pixels);
const isSeen = (top: number): boolean => top > 0 && top < 900;
const ground = (page: Page): Promise<string> => page.evaluate("getComputedStyle(document.body).backgroundColor");
const picture = (page: Page): Promise<string> =>
  page.evaluate('document.querySelector("#plot-rate canvas").toDataURL()');

describe.skipIf(hasNoBrowser)("in a browser", () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());

  const open = async (name: string, input: ReportInput, hash = "", width = 1280): Promise<Opened> => {
    const file = join(browser.dir, `${name}.html`);
    writeFileSync(file, await renderReport(input));
    const address = pathToFileURL(file).href;
    const { page, complaints } = await browser.open(address, { width });
    await page.goto(address + hash);
    await page.waitForSelector("html[data-plots=drawn]");
    return { page, complaints };
  };

  const kinds: readonly (readonly [string, () => ReportInput, number])[] = [
    ["invalid", made.invalidRun, 5],
    ["valid", made.validRun, 4],
    ["unknown", made.unknownRun, 1],
    ["empty", made.emptyRun, 0],
    ["foreign", made.foreignRun, 4],
    ["hostile", made.hostileRun, 5],
    ["many", () => made.invalidRun(48_000), 5],
    ["write-skew", () => brokenRun("G2-item"), 4],
    ["many-anomalies", manyRun, 4],
    ["ring", () => ringRun(40), 4],
    ["hostile-transactions", hostileTransactions, 4],
    ["hostile-set", hostileSet, 4],
    ...Object.entries(WORKLOADS).map(([name, input]) => [name, input, 4] as const),
  ];
  for (const [name, input, plots] of kinds)
    test(`of ${name}: all plots are painted, nothing complains, nothing is requested, at 1280 and at 400 pixels`, async () => {
      const { page, complaints } = await open(name, input());
      for (const width of [1280, 400]) {
        await page.setViewportSize({ width, height: 900 });
        await expect
          .poll(() =>
            page.evaluate('[...document.querySelectorAll("canvas")].every((each) => each.clientWidth <= innerWidth)'),
          )
          .toBe(true);
        expect((await painted(page)).length).toBe(plots);
        // A redraw at another width may be under way.
        await expect.poll(async () => least(await painted(page))).toBeGreaterThan(2000);
        const small = "canvas.points, .timeline canvas, .overview canvas";
        await expect.poll(async () => least(await painted(page, small))).toBeGreaterThan(20);
        await expect.poll(() => page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
      }
      expect(complaints).toEqual([]);
      await page.close();
    });

  test("hostile text is shown as text wherever it comes from, and runs nowhere", async () => {
    const { page, complaints } = await open("evil", made.hostileRun());
    expect(await page.locator("img").count()).toBe(0);
    for (const selector of [".run", ".because", "#checkers", "#faults", "#replicas", "#operations", "#setup", "#broke"])
      expect(await page.locator(selector).first().innerText(), selector).toContain("</script><img");
    const box = await page.locator("#plot-latency canvas.points").boundingBox();
    if (box === null) throw new Error("no plot");
    for (let x = 70; x < box.width; x += 7) await page.mouse.move(box.x + x, box.y + 110);
    expect(complaints).toEqual([]);
    await page.close();
    const foreign = await open("evil-title", { ...made.hostileRun(), config: null });
    expect(await foreign.page.title()).toContain(made.HOSTILE);
    expect(foreign.complaints).toEqual([]);
    await foreign.page.close();
  });

  test("the drawing of an anomaly scrolls in its own box, and is as light or as dark as the page", async () => {
    const { page, complaints } = await open("drawn", brokenRun("G2-item"), "", 400);
    const box = page.locator("#broke .anomaly .scroll").first();
    const [inner, outer]: [number, number] = await box.evaluate((each) => [each.scrollWidth, each.clientWidth]);
    expect(inner).toBeGreaterThan(outer);
    expect(outer).toBeLessThanOrEqual(400);
    const colours = (): Promise<string> =>
      page.evaluate(`["rect", "text"].map((name) => getComputedStyle(document.querySelector(".transaction " + name)).fill)
        .concat(getComputedStyle(document.querySelector(".edge path")).stroke, getComputedStyle(document.querySelector("marker path")).fill)
        .join(" ")`);
    const light = await colours();
    await page.emulateMedia({ colorScheme: "dark" });
    const dark = await colours();
    expect(new Set([...light.split(" rgb"), ...dark.split(" rgb")]).size).toBeGreaterThan(4);
    const [lightEdge, darkEdge] = [light, dark].map((all) => all.split(" rgb").slice(-2));
    expect(darkEdge).not.toEqual(lightEdge);
    expect(lightEdge?.[0]).toBe(lightEdge?.[1]);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("hostile keys and values of transactions are shown as text, in the drawing too", async () => {
    const { page, complaints } = await open("evil-transactions", hostileTransactions());
    expect(await page.locator("img").count()).toBe(0);
    for (const selector of [".because", "#broke svg[role=img]", "#broke .reasons", "#broke .transactions", "#checkers"])
      expect(await page.locator(selector).first().textContent(), selector).toContain("</script><img");
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("a link to an operation leads to its bar, out of a closed fold and on a narrow page too", async () => {
    const input = made.invalidRun();
    for (const width of [1280, 400]) {
      const { page } = await open("linked", input, "", width);
      const link = page.locator("#broke details p a").first();
      const index = (await link.innerText()).slice(1);
      await link.click();
      const bar = page.locator(`g[data-op="${index}"]:visible`).first();
      await expect.poll(async () => isSeen(await bar.evaluate((g) => g.getBoundingClientRect().top))).toBe(true);
      await page.close();
    }
    const { page } = await open("deep", input, `#op-${materialOf(input).timeline.operations.at(-1)?.invoked}`);
    const target = 'document.querySelector(":target")?.getBoundingClientRect().top ?? -1';
    await expect.poll(() => page.evaluate(`(${target}) > 0 && (${target}) < 900`)).toBe(true);
    await page.close();
  });

  test("a button zooms every plot to one fault, and back", async () => {
    const { page, complaints } = await open("zoomed", made.invalidRun());
    const before = await painted(page);
    const fault = page.locator("#plots").getByRole("button", { name: "f2 kill" });
    await fault.click();
    for (const button of await page.getByRole("button", { name: "f2 kill" }).all())
      expect(await button.getAttribute("aria-pressed")).toBe("true");
    // A redraw of all plots waits for the hand to come to rest.
    await expect.poll(async () => (await painted(page)).every((pixels, i) => pixels !== before[i])).toBe(true);
    await page.locator("#plots").getByRole("button", { name: "the whole run" }).click();
    await expect.poll(() => painted(page)).toEqual(before);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("the timeline is read with the arrow keys", async () => {
    const { page } = await open("keys", made.invalidRun());
    await page.locator("#timeline .scroll").focus();
    await page.keyboard.press("ArrowRight");
    const first = await page.locator("#timeline .reading").innerText();
    expect(first).toMatch(/^#\d+ .* process \d+/);
    await page.keyboard.press("ArrowRight");
    await expect.poll(() => page.locator("#timeline .reading").innerText()).not.toBe(first);
    await page.close();
  });

  test("dark and print have their own colours, and the plots follow", async () => {
    const { page, complaints } = await open("dark", made.validRun());
    const [light, lightPlot] = [await ground(page), await picture(page)];
    await page.emulateMedia({ colorScheme: "dark" });
    await expect.poll(() => ground(page)).not.toBe(light);
    await expect.poll(() => picture(page)).not.toBe(lightPlot);
    await page.evaluate('dispatchEvent(new Event("beforeprint"))');
    expect(await page.locator("details:not([open])").count()).toBe(0);
    expect(await picture(page)).toBe(lightPlot);
    await page.evaluate('dispatchEvent(new Event("afterprint"))');
    expect(await picture(page)).not.toBe(lightPlot);
    expect(complaints).toEqual([]);
    await page.close();
  });

  for (const scheme of ["light", "dark"] as const)
    test(`axe finds nothing serious on a ${scheme} page`, async () => {
      const { page } = await open(`axe-${scheme}`, made.invalidRun());
      await page.emulateMedia({ colorScheme: scheme });
      expect(await seriousFaults(page)).toEqual([]);
      await page.close();
    });
});
