/** The catalogue in a real browser: sorting, filtering, comparing, deleting, watching a run as it goes. */

import { appendFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Served, serveRuns } from "../../src/serve/server.js";
import { type Browser, hasNoBrowser, openBrowser, seriousFaults } from "../report/browser.js";
import { validRun } from "../report/made.js";
import { EVENTS, FAULT, HOSTILE, makeRun, textOf } from "./runs.js";

const idsIn = (page: Page): Promise<readonly string[]> => page.locator(".runs tbody tr:visible td.id").allInnerTexts();

describe.skipIf(hasNoBrowser)("in a browser", () => {
  let out = "";
  let served: Served;
  let browser: Browser;

  beforeAll(async () => {
    out = mkdtempSync(join(tmpdir(), "kvtest-serve-"));
    makeRun(out, { id: "r1", config: { seed: 30, workload: { name: "set" } } });
    makeRun(out, { id: "r2", config: { seed: 4 }, valid: "invalid", because: `a stale read ${HOSTILE}` });
    makeRun(out, {
      id: "r3",
      config: { seed: 200, nemesis: { faults: [], partitions: [], intervalMs: 1 } },
      valid: "unknown",
    });
    makeRun(out, { id: "r4", config: { seed: 5 }, valid: null });
    [served, browser] = await Promise.all([serveRuns({ out, host: "127.0.0.1", port: 0 }), openBrowser()]);
  });
  afterAll(async () => {
    await browser.close();
    await served.close();
    rmSync(out, { recursive: true, force: true });
  });

  const open = async (path: string, width = 1280) => {
    const opened = await browser.open(served.url, { width });
    await opened.page.goto(served.url + path);
    return opened;
  };

  test("the table is sorted by a click, numbers as numbers, and filtered by words and choices", async () => {
    const { page, complaints } = await open("");
    await expect.poll(() => idsIn(page)).toEqual(["r4", "r3", "r2", "r1"]);
    await page.getByRole("button", { name: "Seed" }).click();
    await expect.poll(() => idsIn(page)).toEqual(["r3", "r1", "r4", "r2"]);
    await page.getByRole("button", { name: "Seed" }).click();
    await expect.poll(() => idsIn(page)).toEqual(["r2", "r4", "r1", "r3"]);
    await page.locator("[name=verdict]").selectOption("invalid");
    await expect.poll(() => idsIn(page)).toEqual(["r2"]);
    await page.getByRole("button", { name: "Clear" }).click();
    await expect.poll(() => idsIn(page)).toHaveLength(4);
    await page.locator("[name=nemesis]").selectOption("partition");
    await page.locator("[name=text]").fill("stale READ");
    await expect.poll(() => idsIn(page)).toEqual(["r2"]);
    // What was asked for is in the address: a reload shows the same.
    await page.reload();
    await expect.poll(() => idsIn(page)).toEqual(["r2"]);
    await page.getByRole("button", { name: "Clear" }).click();
    await page.locator("[name=workload]").selectOption("set");
    await expect.poll(() => idsIn(page)).toEqual(["r1"]);
    await page.locator("[name=workload]").selectOption("");
    await page.locator("[name=seed]").fill("200");
    await expect.poll(() => idsIn(page)).toEqual(["r3"]);
    expect(await page.locator("img").count()).toBe(0);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("two ticked runs are compared, a third takes the place of the first", async () => {
    const { page, complaints } = await open("");
    const compare = page.getByRole("button", { name: "Compare two" });
    expect(await compare.isDisabled()).toBe(true);
    for (const id of ["r3", "r1", "r2"]) await page.getByLabel(`Compare ${id}`).check();
    await expect.poll(() => page.getByLabel("Compare r3").isChecked()).toBe(false);
    await compare.click();
    await page.getByRole("heading", { name: "Two runs side by side" }).waitFor();
    expect(await page.locator(".lines svg path.a, .lines svg path.b").count()).toBeGreaterThan(3);
    const settings = page.getByRole("region", { name: "Settings", exact: true });
    expect(await settings.innerText()).toContain("workload.name");
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("a run in progress is watched: figures, faults, stale reads, replicas, until its verdict is there", async () => {
    const dir = makeRun(out, {
      id: "live",
      valid: null,
      age: 0,
      files: { "history.jsonl": textOf(EVENTS.slice(0, 4)) },
    });
    writeFileSync(join(dir, "logs", "n2.log"), `{"level":30,"msg":"joined ${HOSTILE}"}\n`);
    const { page, complaints } = await open("runs/live");
    const figure = (name: string): Promise<string> => page.locator(`[data-figure="${name}"]`).innerText();
    await expect.poll(() => figure("operations")).toBe("2");
    expect(await page.getByRole("button", { name: "Delete" }).count()).toBe(0);
    const [, , , , fifth, sixth] = textOf(EVENTS).split(/(?<=\n)/);
    // A line that is half written waits for its other half.
    appendFileSync(join(dir, "history.jsonl"), `${fifth}${sixth?.slice(0, 20)}`);
    await expect.poll(() => page.locator('[data-note="operations"]').innerText()).toBe("1 open");
    appendFileSync(join(dir, "history.jsonl"), `${sixth?.slice(20)}${textOf([FAULT])}`);
    await expect.poll(() => figure("stale reads")).toBe("1");
    await expect.poll(() => figure("operations")).toBe("3");
    await expect.poll(() => figure("faults")).toBe("1");
    expect(await page.locator("#faults").innerText()).toContain(HOSTILE);
    expect(await page.locator("#violation").innerText()).toContain("Not linearizable, already");
    const trouble = (node: string): Promise<string> =>
      page.locator(`[data-node=${node}][data-what=trouble]`).innerText();
    expect(await trouble("n2")).toBe("partition (f1)");
    expect(await trouble("n1")).toBe("");
    expect(await page.locator("[data-node=n2][data-what=said]").innerText()).toBe(`joined ${HOSTILE}`);
    expect(await seriousFaults(page)).toEqual([]);
    writeFileSync(join(dir, "verdict.json"), JSON.stringify(validRun().verdict));
    await page.locator(".because").waitFor();
    expect(await page.locator("#live").count()).toBe(0);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("a run is deleted from its page, after a question", async () => {
    const dir = makeRun(out, { id: "gone" });
    const { page, complaints } = await open("runs/gone");
    await page.getByText("Delete…").click();
    await page.getByRole("button", { name: "Delete this run" }).click();
    await page.getByRole("heading", { name: "Runs", exact: true }).waitFor();
    expect(existsSync(dir)).toBe(false);
    expect(await idsIn(page)).not.toContain("gone");
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("axe finds nothing serious, light and dark, and no page is wider than a telephone", async () => {
    for (const path of ["", "runs/r2", "compare?run=r1&run=r2"])
      for (const scheme of ["light", "dark"] as const) {
        const { page, complaints } = await open(path, 400);
        await page.emulateMedia({ colorScheme: scheme });
        expect(await seriousFaults(page), `${path} ${scheme}`).toEqual([]);
        expect(await page.evaluate("document.documentElement.scrollWidth"), path).toBeLessThanOrEqual(400);
        expect(complaints).toEqual([]);
        await page.close();
      }
  });
});
