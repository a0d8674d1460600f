/** What tc is told, as far as that can be known where the kernel has no netem. */

import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { mayHaveNetem } from "../../../nemesis/network/namespaces.js";
import {
  NETEM_DISTRIBUTIONS,
  needsNetem,
  NO_SHAPE,
  type Shape,
  shapeCommands,
  shapeCountsIn,
} from "../../../nemesis/network/shaper.js";

const folder = mkdtempSync(join(tmpdir(), "kvtest-shaper-"));
afterAll(() => rmSync(folder, { recursive: true }));

const delay = { latencyMs: 50, jitterMs: 10 };
const SHAPES: { readonly [name: string]: Shape } = {
  ...Object.fromEntries(
    NETEM_DISTRIBUTIONS.map((distribution) => [distribution, { ...NO_SHAPE, delay: { ...delay, distribution } }]),
  ),
  "no jitter": { ...NO_SHAPE, delay: { latencyMs: 0.25, jitterMs: 0 } },
  doubled: { ...NO_SHAPE, packet: { duplicate: 0.125 } },
  swapped: { ...NO_SHAPE, packet: { reorder: 0.3 } },
  "swapped and slow": { ...NO_SHAPE, delay, packet: { reorder: 0.3, duplicate: 1 } },
  corrupted: { ...NO_SHAPE, corrupt: 0.0123 },
  narrow: { ...NO_SHAPE, bytesPerSecond: 1_000 },
  "very narrow": { ...NO_SHAPE, bytesPerSecond: 0.2 },
  everything: { delay, bytesPerSecond: 1e6, packet: { loss: 1, duplicate: 0.1, reorder: 0.1 }, corrupt: 1 },
};

const told = (shape: Shape, isShaped = false): readonly string[] =>
  shapeCommands("eth9", shape, isShaped).map((command) => command.join(" "));

test("a delay is told as latency, jitter and table; without a table netem draws evenly", () => {
  const add = "qdisc add dev eth9 root handle 1: netem limit 10000";
  expect(told(SHAPES["constant"]!)).toEqual([`${add} delay 50.000ms`]);
  expect(told(SHAPES["uniform"]!)).toEqual([`${add} delay 50.000ms 10.000ms`]);
  expect(told(SHAPES["pareto"]!)).toEqual([`${add} delay 50.000ms 10.000ms distribution pareto`]);
  expect(told(SHAPES["corrupted"]!)).toEqual([`${add} corrupt 1.23%`]);
  // Somebody has to wait so that another can pass.
  expect(told(SHAPES["swapped"]!)).toEqual([`${add} delay 10ms reorder 30.00%`]);
});

test("a limit stands below the emulation, what was there is removed first, and an empty shape removes only", () => {
  expect(told(SHAPES["everything"]!, true)).toEqual([
    "qdisc del dev eth9 root",
    "qdisc add dev eth9 root handle 1: netem limit 10000 delay 50.000ms 10.000ms duplicate 10.00% reorder 10.00% corrupt 100.00%",
    "qdisc add dev eth9 parent 1:1 handle 2: tbf rate 1000000bps burst 10000 limit 16000",
  ]);
  expect(told(NO_SHAPE, true)).toEqual(["qdisc del dev eth9 root"]);
  expect(told(NO_SHAPE)).toEqual([]);
});

test("netem is needed for all but bandwidth and loss", () => {
  const without = Object.keys(SHAPES).filter((name) => !needsNetem(SHAPES[name]!));
  expect(without).toEqual(["narrow", "very narrow"]);
  expect(needsNetem({ ...NO_SHAPE, packet: { loss: 0.5 } })).toBe(false);
});

test("its counters are read: what went through the emulation, and through a limit that held somebody up", () => {
  const netem = {
    kind: "netem",
    handle: "1:",
    root: true,
    options: { limit: 10_000 },
    bytes: 900,
    packets: 9,
    overlimits: 0,
  };
  const tbf = {
    kind: "tbf",
    handle: "2:",
    parent: "1:1",
    options: { rate: 20_000 },
    bytes: 588,
    packets: 6,
    overlimits: 0,
  };
  expect(shapeCountsIn(JSON.stringify([netem, tbf]))).toEqual({ delayedBytes: 900, throttledBytes: 0 });
  expect(shapeCountsIn(JSON.stringify([{ ...tbf, overlimits: 2 }]))).toEqual({ delayedBytes: 0, throttledBytes: 588 });
  expect(shapeCountsIn(JSON.stringify([{ kind: "noqueue", root: true, options: {} }]))).toEqual({
    delayedBytes: 0,
    throttledBytes: 0,
  });
  expect(shapeCountsIn("")).toEqual({ delayedBytes: 0, throttledBytes: 0 });
});

test("a kernel has netem where it is loaded, built in or listed as a module", () => {
  const nowhere = join(folder, "nowhere");
  const kernel = (file: string, line: string): string => {
    const modules = mkdtempSync(join(folder, "modules-"));
    writeFileSync(join(modules, file), `kernel/net/sched/sch_tbf.ko:\n${line}\n`);
    return modules;
  };
  expect(mayHaveNetem(kernel("modules.dep", "kernel/net/sched/sch_netem.ko.xz:"), nowhere)).toBe(true);
  expect(mayHaveNetem(kernel("modules.builtin", "kernel/net/sched/sch_netem.ko"), nowhere)).toBe(true);
  expect(mayHaveNetem(kernel("modules.dep", "kernel/net/sched/sch_sfq.ko.xz:"), nowhere)).toBe(false);
  expect(mayHaveNetem(nowhere, nowhere)).toBe(false);
  mkdirSync(join(folder, "loaded"));
  expect(mayHaveNetem(nowhere, join(folder, "loaded"))).toBe(true);
});

/** What tc says in a network of its own, each command after the other; tc exits with 1 for words that it does not know. */
function inNetwork(script: string): Promise<string> {
  const root = process.getuid?.() === 0 ? [] : ["--user", "--map-root-user"];
  return new Promise((resolve) => {
    execFile("unshare", [...root, "--net", "sh", "-c", script], (error, stdout, stderr) =>
      resolve(error === null ? stdout : `${stdout}${stderr}${error.message}`),
    );
  });
}

const can = (await inNetwork("tc -V > /dev/null && ip link set lo up && echo yes")).trim() === "yes";
if (!can) console.log("no tc in a network of its own here: its words are not tried");

test.runIf(can || process.env["CI"] === "true")(
  "tc knows all the words, whatever the kernel then says to netem",
  async () => {
    const scripts = Object.entries(SHAPES).map(([name, shape]) => {
      const lines = shapeCommands("lo", shape, false).map((words) => `tc ${words.join(" ")} 2>&1 || echo "code $?"`);
      return `echo "== ${name}"; ${lines.join("; ")}; tc qdisc del dev lo root 2>/dev/null`;
    });
    const wrong = `echo "== nonsense"; tc qdisc add dev lo root handle 1: netem limit 10000 delay 5.0parsecs 2>&1 || echo "code $?"`;
    const said = (await inNetwork(`ip link set lo up; ${[...scripts, wrong].join("; ")}; true`)).split("== ").slice(1);
    expect(said.map((part) => part.split("\n")[0])).toEqual([...Object.keys(SHAPES), "nonsense"]);
    for (const part of said.slice(0, -1)) {
      // The kernel may lack netem, and then what would stand below it has no parent.
      expect(part).not.toContain("code 1");
      if (part.startsWith("narrow") || part.startsWith("very narrow")) expect(part).not.toContain("code");
    }
    expect(said.at(-1)).toContain("code 1");
  },
);
