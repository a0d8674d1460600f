import { expect, test } from "vitest";
import { plotOf, plotted } from "../../src/sweep/plot.js";
import { product } from "../../src/sweep/settings.js";
import type { SettingSummary, SweepSummary } from "../../src/sweep/summary.js";
import { isClosedLoop } from "../../src/sweep/throughput.js";

const settingsOf = (axes: { readonly [flag: string]: readonly string[] }) =>
  product(Object.entries(axes).map(([flag, values]) => ({ flag, values })));

/** Setting n did 100 (n + 1) operations a second in the mean of two runs, and wrote in 10 (n + 1) ms. */
function summary(
  axes: { readonly [flag: string]: readonly string[] },
  fixed: readonly string[],
  runs = 2,
): SweepSummary {
  const settings = settingsOf(axes).map((setting, n) => {
    const [throughput, ms] = [100 * (n + 1), 10 * (n + 1)];
    const each = [{ throughput: 0.9 * throughput }, { throughput: 1.1 * throughput }];
    const write = { p50: ms, p95: 2 * ms, p99: 3 * ms };
    return runs === 0 ? { setting, throughput: null, write: null, each: [] } : { setting, throughput, write, each };
  });
  // Of a summary only what is drawn.
  return { plan: { fixed, settings: settingsOf(axes) }, settings: settings as unknown as SettingSummary[] } as never;
}

const CLOSED = ["--workload", "register", "--rate", "max"];
const texts = (svg: string): readonly string[] => [...svg.matchAll(/<text[^>]*>([^<]*)/g)].map(([, text = ""]) => text);

test("clients that ask as fast as they can are drawn as throughput: a bar for every mode and number of nodes", async () => {
  const svg = await plotOf(summary({ mode: ["leader", "abd"], nodes: ["3", "5"] }, CLOSED));
  expect(texts(svg ?? "")).toEqual(expect.arrayContaining(["leader", "abd", "3 nodes", "5 nodes", "100/s", "400/s"]));
  expect(svg).toContain("<title>Throughput. leader 3 nodes: 100/s; leader 5 nodes: 200/s; abd 3 nodes: 300/s;");
});

test("a rate limit leaves the curve of write latency, where a flag is varied over three numbers", async () => {
  const svg = await plotOf(summary({ writeQuorum: ["1", "2", "3"] }, ["--rate", "100"]));
  expect(texts(svg ?? "")).toEqual(expect.arrayContaining(["latency of a write, ms", "median", "95th percentile"]));
  expect(svg).toContain("1: median 10 ms; 1: 95th percentile 20 ms;");
});

test("a file stands alone: no colour of a page, no script, nothing from elsewhere", async () => {
  for (const axes of [{ mode: ["leader", "abd"] }, { writeQuorum: ["1", "2", "3"] }]) {
    const svg = (await plotOf(summary(axes, "mode" in axes ? CLOSED : []))) ?? "";
    expect(svg).toMatch(
      /^<svg xmlns="[^"]*"[^>]*><title>[^<]+<\/title><rect width="100%" height="100%" fill="#\w+"\/>/,
    );
    expect(svg).not.toMatch(/var\(|<script|href|undefined|NaN/);
    expect(svg.endsWith("</svg>\n")).toBe(true);
  }
});

test("without either, or before any run came to something, nothing is drawn", async () => {
  expect(plotted({ fixed: [], settings: settingsOf({ mode: ["leader", "abd"] }) })).toBeNull();
  expect(await plotOf(summary({ mode: ["leader", "abd"] }, []))).toBeNull();
  expect(await plotOf(summary({ mode: ["leader", "abd"] }, CLOSED, 0))).toBeNull();
  expect(await plotOf(summary({ writeQuorum: ["1", "2", "3"] }, [], 0))).toBeNull();
});

test("only a rate that is the same and as fast as can be is a closed loop", () => {
  expect(isClosedLoop({ fixed: CLOSED })).toBe(true);
  expect(isClosedLoop({ fixed: ["--rate", "500"] })).toBe(false);
  expect(isClosedLoop({ fixed: ["max"] })).toBe(false);
  expect(isClosedLoop({ fixed: [] })).toBe(false);
});
