import { once } from "node:events";
import type { Socket } from "node:net";
import { getPriority } from "node:os";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { CLIENTS, CUT_MODES, type Fault } from "../../nemesis/fault.js";
import { type Hands, openHands } from "../../nemesis/hands.js";
import type { Injected } from "../../nemesis/inject.js";
import { openJournal, readJournal } from "../../nemesis/journal.js";
import { stateOfGroup } from "../../nemesis/process/group.js";
import { type Foreign, openForeign } from "./foreign.js";
import { until } from "./network/peers.js";

const nodes = ["n1", "n2"];
const folder = mkdtempSync(join(tmpdir(), "kvtest-faults-"));
const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});

async function foreign(traffic = true): Promise<{ there: Foreign; hands: Hands }> {
  const there = await openForeign(nodes, { traffic });
  const hands = openHands(there.system);
  open.push(there, { close: async () => void (await hands.healAll()) });
  return { there, hands };
}

async function done(hands: Hands, fault: Fault): Promise<Extract<Injected, { is: "done" }>> {
  const injected = await hands.inject(fault);
  if (injected.is !== "done") throw new Error(`${injected.is}: ${injected.why}`);
  return injected;
}

const settle = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const link = { from: "n1", to: "n2" };

/** Waits until it says so of itself. */
const bites = (injected: Extract<Injected, { is: "done" }>, words: RegExp): Promise<void> =>
  until(
    "it bites",
    async () => (await injected.evidence()).evidence,
    (evidence) => words.test(evidence),
  );

/** Two undos, because an undo is safe to repeat; then what the fault says of itself. */
async function ended(injected: Extract<Injected, { is: "done" }>): Promise<string> {
  await injected.undo();
  await injected.undo();
  const { bit, evidence } = await injected.evidence();
  expect(bit, evidence).toBe(true);
  return evidence;
}

test("each way to cut a link bites by a count of its own, and is healed", async () => {
  const { there, hands } = await foreign();
  const words = {
    drop: /[1-9]\d* bytes and \d+ connections held/,
    refuse: /dials refused that were tried/,
    reset: /[1-9]\d* connections reset/,
    hang: /0 bytes and [1-9]\d* connections held/,
    "half-open": /[12] connections reset/,
  };
  for (const mode of CUT_MODES) {
    const fault: Fault = { f: "partition", shape: "one-way", grudge: { n2: ["n1"] }, mode };
    if (mode === "hang") await there.links.cut("n1", "n2", "reset");
    const injected = await done(hands, fault);
    await bites(injected, words[mode]);
    const evidence = await ended(injected);
    expect(evidence, mode).toMatch(words[mode]);
    expect(evidence).toContain("n1 > n2");
    const passed = async (): Promise<number> =>
      (await there.links.counters()).find(({ from, to }) => from === "n1" && to === "n2")!.passedBytes;
    const before = await passed();
    await until("bytes pass again", async () => (await passed()) > before);
  }
});

test("a link flaps: broken and whole in turn, and whole at the end", async () => {
  const { there, hands } = await foreign();
  const heard = async (): Promise<number> =>
    (await there.links.counters()).find(({ from, to }) => from === "n1" && to === "n2")!.passedBytes;
  const injected = await done(hands, {
    f: "partition",
    shape: "one-way",
    grudge: { n2: ["n1"] },
    flap: { onMs: 120, offMs: 80 },
  });
  let [rests, moves] = [0, 0];
  let before = await heard();
  await until("now it rests, now it moves", async () => {
    await settle(20);
    const now = await heard();
    if (now > before) moves += 1;
    else rests += 1;
    before = now;
    return rests > 10 && moves > 5;
  });
  expect(await ended(injected)).toMatch(/ ([2-9]|\d\d+) times$/);
  await until("bytes pass", async () => (await heard()) > before);
});

test("each effect on a link bites by a count of its own, and ends", async () => {
  const { there, hands } = await foreign();
  const links = [link];
  const faults: readonly (readonly [Fault, RegExp])[] = [
    [
      { f: "delay", links, latencyMs: 100, jitterMs: 20, distribution: "exponential" },
      /[1-9]\d* bytes delayed on 1 of 1/,
    ],
    [{ f: "bandwidth", links, bytesPerSecond: 200 }, /[1-9]\d* bytes waited for their turn on 1 of 1/],
    [{ f: "corrupt", links, probability: 0.5 }, /[1-9]\d* bytes corrupted/],
    [{ f: "packet", links, effects: { loss: 0.5 } }, /[1-9]\d* messages lost, 0 doubled, 0 overtaken/],
  ];
  for (const [fault, words] of faults) {
    const injected = await done(hands, fault);
    await bites(injected, words);
    expect(await ended(injected)).toMatch(words);
  }
  const injected = await done(hands, { f: "slow-close", links, delayMs: 50 });
  const { connect } = await import("node:net");
  connect(there.links.address("n1", "n2")).end("bye");
  await until("the end comes late", async () => (await injected.evidence()).bit);
  expect(await ended(injected)).toMatch(/1 ends came late/);
  expect(await hands.healAll()).toEqual([]);
});

/** One after the other, so that none waits for the others. */
async function ping(socket: Socket, i: number): Promise<number> {
  await settle(2 * i);
  const start = performance.now();
  socket.write("x");
  await once(socket, "data");
  return performance.now() - start;
}

/** Enough for a median that is nearer to that of the distribution than a fifth of it: six standard errors. */
const DRAWS = 200;
const p50Of = async (sockets: readonly Socket[]): Promise<number> =>
  (await Promise.all(sockets.map(ping))).toSorted((a, b) => a - b)[DRAWS / 2]!;

test("a delay of a distribution is, at p50, within 20 % of what was asked", async () => {
  const { there, hands } = await foreign(false);
  const { connect } = await import("node:net");
  // Nothing is asked of the other link: it tells what the machine adds at the same time.
  const [slow, plain] = ["n1", "n2"].map((to) =>
    Array.from({ length: DRAWS }, () => connect(there.links.address(CLIENTS, to))),
  ) as [Socket[], Socket[]];
  open.push({ close: async () => [...slow, ...plain].forEach((socket) => socket.destroy()) });
  await Promise.all([p50Of(slow), p50Of(plain)]);
  const medians = {
    constant: 150,
    uniform: 150,
    normal: 150,
    exponential: 100 + 70 * Math.log(2),
    pareto: 100 + 70 * 2 * (2 ** (1 / 3) - 1),
  };
  for (const [distribution, median] of Object.entries(medians) as [keyof typeof medians, number][]) {
    const latencyMs = distribution === "exponential" || distribution === "pareto" ? 100 : 150;
    const jitterMs = latencyMs === 100 ? 70 : 30;
    const links = [{ from: CLIENTS, to: "n1" }];
    const injected = await done(hands, { f: "delay", links, latencyMs, jitterMs, distribution });
    let added = Number.POSITIVE_INFINITY;
    for (let tries = 0; tries < 4 && added >= 1.2 * median; tries++) {
      const [p50, without] = await Promise.all([p50Of(slow), p50Of(plain)]);
      expect(p50, distribution).toBeGreaterThan(0.8 * median);
      added = p50 - without;
    }
    expect(added, distribution).toBeLessThan(1.2 * median);
    await ended(injected);
  }
});

test("SIGTERM lets a node end by itself, and it is started again", async () => {
  const { there, hands } = await foreign(false);
  const before = there.pgid("n1");
  const injected = await done(hands, { f: "kill", who: ["n1"], signal: "SIGTERM" });
  expect(await stateOfGroup(before)).toBe("gone");
  expect(there.endedBy("n1")).toBe("SIGTERM");
  expect(await ended(injected)).toMatch(/^n1 read back gone after \d+ ms, running again$/);
  expect(there.pgid("n1")).not.toBe(before);
});

test("a pause flaps: in state T and running in turn", async () => {
  const { there, hands } = await foreign(false);
  const injected = await done(hands, { f: "pause", who: ["n1"], flap: { onMs: 100, offMs: 100 } });
  const seen = new Set<string>();
  await until("both are seen", async () => {
    seen.add(readFileSync(`/proc/${there.pgid("n1")}/stat`, "utf8").split(" ")[2]!);
    return seen.has("T") && seen.has("S");
  });
  expect(await ended(injected)).toMatch(/read back stopped after \d+ ms, running again; [1-9] times$/);
});

test("a crash loop kills the node again and again, and it runs at the end", async () => {
  const { there, hands } = await foreign(false);
  const groups = new Set([there.pgid("n1")]);
  const injected = await done(hands, { f: "crash-loop", who: ["n1"], upMs: 20, downMs: 20 });
  await until("it came back twice", () => groups.add(there.pgid("n1")).size > 2);
  expect(await ended(injected)).toMatch(/^n1 read back gone ([2-9]|\d\d) times, running again$/);
  expect(await stateOfGroup(there.pgid("n1"))).toBe("running");
});

test("a rolling restart takes one node after the other, never two", async () => {
  const { there, hands } = await foreign(false);
  const before = nodes.map((name) => there.pgid(name));
  const injected = await done(hands, { f: "rolling", who: nodes, downMs: 50, gapMs: 50 });
  let mostDown = 0;
  await until("both were restarted", async () => {
    const states = await Promise.all(nodes.map((name) => stateOfGroup(there.pgid(name))));
    mostDown = Math.max(mostDown, states.filter((state) => state === "gone").length);
    return nodes.every((name, i) => there.pgid(name) !== before[i]);
  });
  expect(mostDown).toBe(1);
  expect(await ended(injected)).toMatch(/^n1 read back gone .*; n2 read back gone .*running again$/);
});

test("a rolling restart whose time is over says whom it never reached, and did not bite", async () => {
  const { there, hands } = await foreign(false);
  const injected = await done(hands, { f: "rolling", who: nodes, downMs: 60_000, gapMs: 0, signal: "SIGKILL" });
  await injected.undo();
  expect(await injected.evidence()).toMatchObject({ bit: false });
  expect((await injected.evidence()).evidence).toContain("its time was over before n2");
  expect(await there.system.targets[0]!.state()).toBe("running");
});

test("a starved node gets its share of the processor and no more", async () => {
  const { there, hands } = await foreign(false);
  await there.busy("n1");
  const cpuMs = (): number => {
    const fields = readFileSync(`/proc/${there.pgid("n1")}/stat`, "utf8").split(" ");
    return 10 * (Number(fields[13]) + Number(fields[14]));
  };
  const share = async (): Promise<number> => {
    const [start, startMs] = [cpuMs(), performance.now()];
    await settle(1_000);
    return (cpuMs() - start) / (performance.now() - startMs);
  };
  const injected = await done(hands, { f: "starve", who: ["n1"], cpuShare: 0.2 });
  const starved = await share();
  const evidence = await ended(injected);
  // It is kept from running for four fifths of the time, less what a busy machine takes to stop it.
  const [, keptMs = 0, ofMs = 0] =
    /^n1 was kept from running for (\d+) of (\d+) ms \(stop\)$/.exec(evidence)?.map(Number) ?? [];
  expect(keptMs / ofMs, evidence).toBeGreaterThan(0.4);
  expect(keptMs / ofMs, evidence).toBeLessThan(0.95);
  expect(starved).toBeLessThan(0.4);
  expect(await there.system.targets[0]!.state()).toBe("running");
});

test("a quota or the lowest priority starve too where we may, and say so where we may not", async () => {
  const { there, hands } = await foreign(false);
  await there.busy("n1");
  // That of these tests, which may be run with a lower one.
  const before = getPriority(there.pgid("n1"));
  for (const by of ["quota", "nice"] as const) {
    const injected = await hands.inject({ f: "starve", who: ["n1"], cpuShare: 0.2, by });
    if (injected.is !== "done") {
      console.log(`skipped: ${by}: ${injected.why}`);
      expect(injected.why).toMatch(/only root|control group/);
      continue;
    }
    if (by === "nice") expect(getPriority(there.pgid("n1"))).toBe(19);
    await settle(1_000);
    await injected.undo();
    const { bit, evidence } = await injected.evidence();
    expect(evidence).toContain(`(${by})`);
    // Whether the lowest priority is felt depends on who else wants the processor.
    if (by === "quota") expect(bit, evidence).toBe(true);
    expect(getPriority(there.pgid("n1"))).toBe(before);
  }
});

test("a paused node stays paused while it is starved too", async () => {
  const { there, hands } = await foreign(false);
  const starve = await done(hands, { f: "starve", who: ["n1"], cpuShare: 0.5 });
  const pause = await done(hands, { f: "pause", who: ["n1"] });
  for (let i = 0; i < 20; i++) {
    expect(await stateOfGroup(there.pgid("n1"))).toBe("stopped");
    await settle(15);
  }
  await pause.undo();
  await starve.undo();
  await until("it runs", async () => (await stateOfGroup(there.pgid("n1"))) === "running");
});

test("what is stopped is written down before, and crossed out after", async () => {
  const there = await openForeign(nodes, { traffic: false });
  open.push(there);
  const file = join(folder, "journal.jsonl");
  const journal = await openJournal(file);
  const hands = openHands(there.system, { journal });
  const injected = await done(hands, { f: "pause", who: ["n1"] });
  const written = readJournal(file).open.map(({ undo }) => undo);
  expect(written).toMatchObject([{ undo: "continue", processes: [{ pid: there.pgid("n1") }] }]);
  await injected.undo();
  expect(readJournal(file).open).toEqual([]);
  await done(hands, { f: "pause", who: ["n1"] });
  await done(hands, { f: "kill", who: ["n1"] });
  expect(readJournal(file).open).toEqual([]);
  expect(await hands.healAll()).toEqual([]);
  journal.close();
  rmSync(folder, { recursive: true });
});

test("everything that goes on in the background ends with healAll", async () => {
  const { there, hands } = await foreign();
  const faults: readonly Fault[] = [
    { f: "partition", shape: "one-way", grudge: { n2: ["n1"] }, mode: "reset", flap: { onMs: 20, offMs: 20 } },
    { f: "crash-loop", who: ["n1"], upMs: 10, downMs: 10 },
    { f: "pause", who: ["n2"], flap: { onMs: 10, offMs: 10 } },
    { f: "starve", who: ["n2"], cpuShare: 0.5 },
  ];
  for (const fault of faults) await done(hands, fault);
  await settle(200);
  expect(await hands.healAll()).toEqual([]);
  const groups = nodes.map((name) => there.pgid(name));
  for (let i = 0; i < 20; i++) {
    for (const group of groups) expect(await stateOfGroup(group)).toBe("running");
    await settle(10);
  }
  expect(nodes.map((name) => there.pgid(name))).toEqual(groups);
});
