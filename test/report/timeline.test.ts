/** The timeline and the time axis that everything on the page shares, by pointer, keys and links. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { renderReport, type ReportInput } from "../../src/report/report.js";
import { type Browser, hasNoBrowser, openBrowser } from "./browser.js";
import * as made from "./made.js";

const pictureOf = (page: Page, selector: string): Promise<string> =>
  page.evaluate(`document.querySelector(${JSON.stringify(selector)}).toDataURL()`);
const isIn = (page: Page, selector: string): Promise<boolean> =>
  page.evaluate(`(() => { const { top, bottom } = document.querySelector(${JSON.stringify(selector)}).getBoundingClientRect();
    return top < innerHeight && bottom > 0; })()`);

const shown = (page: Page): Promise<string> => page.locator(".filters output").innerText();
const chosen = (page: Page): Promise<string> => page.locator(".chosen").innerText();

describe.skipIf(hasNoBrowser)("in a browser", () => {
  let browser: Browser;
  const input = made.invalidRun();
  const { operations, faults } = input.history;

  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());

  const open = async (name: string, what: ReportInput = input, hash = "") => {
    const file = join(browser.dir, `${name}.html`);
    writeFileSync(file, await renderReport(what));
    const address = pathToFileURL(file).href;
    const opened = await browser.open(address);
    await opened.page.goto(address + hash);
    await opened.page.waitForSelector("html[data-plots=drawn]");
    return opened;
  };

  test("an address leads to any event on load and later: an operation's begin, its end, a fault's", async () => {
    const drawn = new Set(
      made
        .invalidRun()
        .history.operations.slice(0, 5)
        .map((op) => op.invoked),
    );
    const op = operations.find((each) => each.completed !== null && !drawn.has(each.invoked) && each.key === "k4")!;
    const { page, complaints } = await open("linked", input, `#op-${op.invoked}`);
    expect(await chosen(page)).toContain(`#${op.invoked}`);
    expect(await isIn(page, ".timeline")).toBe(true);
    const later = operations.findLast((each) => each.completed !== null && each.key === "k4")!;
    await page.evaluate(`location.hash = "#op-${later.completed}"`);
    await expect.poll(() => chosen(page)).toContain(`#${later.invoked}`);
    const before = await pictureOf(page, ".timeline canvas");
    await page.evaluate(`location.hash = "#op-${faults[4]?.index}"`);
    await expect.poll(() => pictureOf(page, ".timeline canvas")).not.toBe(before);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("the filter shows what was asked for and counts it; a link clears it where it must", async () => {
    const { page, complaints } = await open("filtered");
    const all = operations.length.toLocaleString("en-US");
    expect(await shown(page)).toBe(`all ${all} shown`);
    const expectShown = async (many: number): Promise<void> =>
      expect.poll(() => shown(page)).toBe(`${many.toLocaleString("en-US")} of ${all} shown`);
    await page.locator("[name=key]").fill("k1");
    await expectShown(operations.filter((op) => op.key === "k1").length);
    await page.locator("[name=type]").selectOption("not ok");
    await expectShown(operations.filter((op) => op.key === "k1" && op.type !== "ok").length);
    await page.locator("[name=text]").fill("no-quorum");
    const few = operations.filter((op) => op.key === "k1" && (op.error ?? "").includes("no-quorum"));
    await expectShown(few.length);
    await page.getByRole("button", { name: "Clear" }).click();
    await expect.poll(() => shown(page)).toBe(`all ${all} shown`);
    await page.locator("[name=f]").selectOption("cas");
    await page.locator("[name=process]").fill("3");
    await expectShown(operations.filter((op) => op.f === "cas" && op.process === 3).length);
    const other = operations.find((op) => op.f === "read" && op.invoked > 3000)!;
    await page.evaluate(`location.hash = "#op-${other.invoked}"`);
    await expect.poll(() => shown(page)).toBe(`all ${all} shown`);
    await page.getByRole("button", { name: `only process ${other.process}` }).click();
    await expectShown(operations.filter((op) => op.process === other.process).length);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("the arrow keys go from operation to operation, past those that are filtered out", async () => {
    const { page } = await open("keys");
    await page.locator("[name=type]").selectOption("info");
    const infos = operations.filter((op) => op.type === "info");
    expect(infos.length).toBeGreaterThan(20);
    await expect.poll(() => shown(page)).toMatch(`${infos.length} of`);
    await page.locator(".timeline .scroller").focus();
    await page.keyboard.press("Home");
    await expect.poll(() => chosen(page)).toContain(`#${infos[0]?.invoked}`);
    await page.keyboard.press("ArrowRight");
    expect(await chosen(page)).toContain(`#${infos[1]?.invoked}`);
    await page.keyboard.press("End");
    expect(await chosen(page)).toContain(`#${infos.at(-1)?.invoked}`);
    await page.close();
  });

  test("hovering says what the operation is, in the timeline and in the scatter", async () => {
    const { page } = await open("hovered");
    for (const selector of [".timeline canvas", "#plot-latency canvas.points"]) {
      await page.locator(selector).scrollIntoViewIfNeeded();
      const box = await page.locator(selector).boundingBox();
      if (box === null) throw new Error("no picture");
      const said = new Set<string>();
      for (let x = 80; x < box.width - 20; x += 40) {
        await page.mouse.move(box.x + x, box.y + (selector.includes("points") ? 138 : 90));
        const tooltip = page.locator(".tooltip");
        if (await tooltip.isVisible()) said.add(await tooltip.innerText());
      }
      const told = [...said].filter((words) => /^#\d+, (read|write|cas).*process \d+.*(ok|fail|info)/.test(words));
      expect(told.length, `${selector}: ${[...said].join(" / ")}`).toBeGreaterThan(2);
    }
    await page.close();
  });

  test("dragging over one picture shows that stretch in all of them, and a double click shows all again", async () => {
    const { page, complaints } = await open("dragged");
    const pictures = ["#plot-rate canvas", "#plot-latency canvas.points", ".timeline canvas", ".overview canvas"];
    const look = (): Promise<readonly string[]> => Promise.all(pictures.map((each) => pictureOf(page, each)));
    const before = await look();
    await page.locator("#plot-rate").scrollIntoViewIfNeeded();
    const box = await page.locator("#plot-rate canvas").boundingBox();
    if (box === null) throw new Error("no plot");
    await page.mouse.move(box.x + 300, box.y + 100);
    await page.mouse.down();
    await page.mouse.move(box.x + 420, box.y + 100, { steps: 4 });
    expect(await page.locator("#plot-rate .mark").isVisible()).toBe(true);
    await page.mouse.up();
    await expect.poll(async () => (await look()).filter((each, i) => each === before[i])).toEqual([]);
    const whole = page.locator("#history").getByRole("button", { name: "the whole run" });
    expect(await whole.getAttribute("aria-pressed")).toBe("false");
    await page.mouse.dblclick(box.x + 500, box.y + 100);
    await expect.poll(look).toEqual(before);
    expect(await whole.getAttribute("aria-pressed")).toBe("true");
    await page.locator("#history").getByRole("button", { name: "nearer" }).click();
    await expect.poll(async () => (await look()).filter((each, i) => each === before[i])).toEqual([]);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("a thousand rows scroll: what is painted follows, and the page holds one canvas", async () => {
    const history = made.makeHistory({ operations: 20_000, seconds: 10, clients: 1000, faults: made.FAULTS });
    const { page, complaints } = await open("rows", { ...made.validRun(), history });
    const before = await pictureOf(page, ".timeline canvas");
    await page.evaluate('document.querySelector(".scroller").scrollTop = 9000');
    await expect.poll(() => pictureOf(page, ".timeline canvas")).not.toBe(before);
    expect(await page.locator(".timeline canvas").count()).toBe(1);
    expect(await page.evaluate('document.querySelector(".scroller").scrollHeight')).toBeGreaterThan(15_000);
    await page.evaluate(`location.hash = "#op-${history.operations.at(-1)!.invoked}"`);
    await expect.poll(() => chosen(page)).toContain(`#${history.operations.at(-1)!.invoked}`);
    expect(complaints).toEqual([]);
    await page.close();
  });
});
