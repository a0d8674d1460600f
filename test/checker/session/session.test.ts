import { expect, test } from "vitest";
import { SESSION_GUARANTEES, type SessionGuarantee } from "../../../checker/session/details.js";
import { causalOrder, sessionOrderAndReadsFrom } from "../../../checker/session/past.js";
import { checkSession } from "../../../checker/session/session.js";
import { sessionsOf, streamsOf } from "../../../checker/session/sessions.js";
import { checkView } from "../../../checker/session/view.js";
import { saturate } from "../../../checker/session/views.js";
import { draws, freshSeed } from "../staleness/draws.js";
import { cas, history, type Line, r, w } from "../staleness/histories.js";
import { BRUTE } from "./brute.js";

/** One string per session: "wx1 rx1 ry_" writes 1 to x, reads 1 of x, reads the initial value of y. */
const sessions = (...lines: readonly string[]) => {
  let index = 0;
  return history(
    lines.flatMap((line, process) =>
      line.split(" ").map((step): Line => {
        const value = step.slice(2) === "_" ? null : Number(step.slice(2));
        const from = index++;
        return { process, key: step.charAt(1), from, to: index++, f: step.startsWith("w") ? "write" : "read", value };
      }),
    ),
  );
};

const verdicts = (...lines: readonly string[]) => {
  const given = sessions(...lines);
  return Object.fromEntries(SESSION_GUARANTEES.map((name) => [name, checkSession(given, name).valid]));
};

const ALL_HOLD = Object.fromEntries(SESSION_GUARANTEES.map((name) => [name, "valid"]));

test("a session that reads what it wrote, in order, keeps everything", () => {
  expect(verdicts("wx1 rx1 wx2 rx2", "rx_ rx1 rx2")).toEqual(ALL_HOLD);
});

test("reading the initial value after an own write breaks read-your-writes, and PRAM and causal with it", () => {
  expect(verdicts("wx1 rx_")).toEqual({
    ...ALL_HOLD,
    "read-your-writes": "invalid",
    pram: "invalid",
    causal: "invalid",
    "causal-convergence": "invalid",
    "causal-memory": "invalid",
  });
  const verdict = checkSession(sessions("wx1 rx_"), "read-your-writes");
  expect(verdict.because).toBe(
    'Broken (read-your-writes): the read of "x" at 2 (process 0) that returned null should have seen the write to "x" of 1 at 0 (process 0).',
  );
  expect(verdict.witness).toEqual([0, 1, 2, 3]);
});

test("two writers that each read the other's value cannot both have read their own", () => {
  expect(verdicts("wx1 rx2", "wx2 rx1")["read-your-writes"]).toBe("invalid");
  expect(verdicts("wx1 rx2", "wx2 rx2")["read-your-writes"]).toBe("valid");
});

test("going back to a value breaks monotonic reads", () => {
  const verdict = checkSession(sessions("wx1", "wx2", "rx1 rx2 rx1"), "monotonic-reads");
  expect(verdict.valid).toBe("invalid");
  expect(verdict.witness).toEqual([0, 1, 2, 3, 6, 7, 8, 9]);
  expect(verdict.because).toContain(
    'the read of "x" at 6 (process 2) that returned 2 had to see the write to "x" of 1 at 0',
  );
});

test("two readers that see two writes in opposite orders break monotonic reads over one shared order, but not PRAM", () => {
  expect(verdicts("wx1", "wx2", "rx1 rx2", "rx2 rx1")).toEqual({
    ...ALL_HOLD,
    "monotonic-reads": "invalid",
    "monotonic-writes": "unknown",
    "writes-follow-reads": "unknown",
    "causal-convergence": "invalid",
  });
});

test("seeing one session's writes in the wrong order breaks monotonic writes, given monotonic reads", () => {
  const found = verdicts("wx1 wx2", "rx2 rx1");
  expect(found["monotonic-reads"]).toBe("valid");
  expect(found["monotonic-writes"]).toBe("invalid");
  expect(found["pram"]).toBe("invalid");
});

test("seeing a later write of a session on one key and not an earlier one on another breaks monotonic writes", () => {
  expect(verdicts("wx1 wy1", "ry1 rx_")).toMatchObject({
    "monotonic-writes": "invalid",
    "writes-follow-reads": "valid",
    pram: "invalid",
  });
});

test("the answer without the question breaks writes-follow-reads and causality, but not PRAM", () => {
  // Process 0 asks (x), process 1 reads it and answers (y), process 2 sees the answer and not the question.
  expect(verdicts("wx1", "rx1 wy1", "ry1 rx_")).toEqual({
    ...ALL_HOLD,
    "writes-follow-reads": "invalid",
    causal: "invalid",
    "causal-convergence": "invalid",
    "causal-memory": "invalid",
  });
});

test("causal memory and causal convergence are different: two examples after Bouajjani et al.", () => {
  // (b) CCv but not CM: each session reads the other's second write, then its own first.
  const convergent = verdicts("wz1 wx1 wy1", "wx2 rz_ ry1 rx2");
  expect([convergent["causal-convergence"], convergent["causal-memory"]]).toEqual(["valid", "invalid"]);
  // (a) CM but not CCv: two sessions that see each other's write over their own.
  const memory = verdicts("wx1 rx2", "wx2 rx1");
  expect([memory["causal"], memory["causal-convergence"], memory["causal-memory"]]).toEqual([
    "valid",
    "invalid",
    "valid",
  ]);
});

test("reads from the future run in a circle", () => {
  const verdict = checkSession(sessions("rx1 wy1", "ry1 wx1"), "causal");
  expect(verdict.valid).toBe("invalid");
  expect(verdict.details.pattern).toBe("circular causality");
  expect(verdicts("rx1 wy1", "ry1 wx1")).toMatchObject({ pram: "valid", "writes-follow-reads": "invalid" });
});

test("a value that nobody wrote breaks what explains values, and leaves the four guarantees unknown", () => {
  expect(verdicts("wx1", "rx9 rx1")).toEqual({
    "read-your-writes": "unknown",
    "monotonic-reads": "unknown",
    "monotonic-writes": "unknown",
    "writes-follow-reads": "unknown",
    pram: "invalid",
    causal: "invalid",
    "causal-convergence": "invalid",
    "causal-memory": "invalid",
  });
});

test("repeated values leave it unknown, unless what can be told is already wrong", () => {
  expect(verdicts("wx1 wx1", "rx1")["causal"]).toBe("unknown");
  expect(checkSession(sessions("wx1 wx1", "rx1"), "causal").because).toContain("1 of 1 reads name no single write");
  expect(verdicts("wx1 wx1 wy2 ry_", "rx1")["causal"]).toBe("invalid");
});

test("a cas reads what it found and writes what it left", () => {
  const lines = [w(0, 1, 1, { process: 0 }), cas(2, 3, 1, 2, { process: 1 }), r(4, 5, 2, { process: 2 })];
  expect(checkSession(history([...lines, r(6, 7, 1, { process: 2 })]), "causal").valid).toBe("invalid");
  expect(checkSession(history(lines), "causal").valid).toBe("valid");
});

test("an indefinite write counts once somebody has read it, and a failed one never", () => {
  const info = w(0, null, 1, { process: 0 });
  expect(checkSession(history([info, r(2, 3, null, { process: 1 })]), "causal")).toMatchObject({
    valid: "valid",
    details: { writes: 0 },
  });
  const seen = [info, r(2, 3, 1, { process: 1 }), r(4, 5, null, { process: 1 })];
  expect(checkSession(history(seen), "monotonic-reads").valid).toBe("invalid");
  const failed = [w(0, 1, 1, { process: 0, type: "fail" }), r(2, 3, 1, { process: 1 })];
  expect(checkSession(history(failed), "causal").details.pattern).toBe("thin air");
});

test("nothing read, nothing known", () => {
  expect(verdicts("wx1")["causal"]).toBe("unknown");
});

test("a spent budget is unknown", () => {
  const given = sessions("wx1 rx1 wx2 rx2", "rx_ rx1 rx2");
  for (const name of ["monotonic-writes", "pram", "causal", "causal-convergence", "causal-memory"] as const) {
    expect(checkSession(given, name, { stepsMax: 1 }).valid).toBe("unknown");
  }
});

/** Writes are distinct; a read returns the newest value, an older one, the initial one, or one from the future. */
const randomSessions = (
  seed: number,
  { operations, processes, keys }: { operations: number; processes: number; keys: number },
  newest = 0.5,
) => {
  const draw = draws(seed);
  const under = (n: number): number => Math.floor(draw() * n);
  const plan = Array.from({ length: operations }, (_, i) => ({
    process: under(processes),
    key: "xy"[under(keys)]!,
    value: draw() < 0.45 ? i + 1 : null,
  }));
  const lines = plan.map((op, i): Line => {
    const to = 2 * i + 1;
    if (op.value !== null) {
      return { ...op, from: 2 * i, to: draw() < 0.05 ? null : to, f: "write", process: op.process };
    }
    const until = draw() < 0.03 ? operations : i;
    const values = plan.slice(0, until).flatMap(({ key, value }) => (key === op.key && value !== null ? [value] : []));
    const older = [values[under(values.length)], null];
    const value = draw() < newest ? values.at(-1) : older[under(older.length)];
    return { ...op, from: 2 * i, to, f: "read", value: value ?? null };
  });
  // Somebody who only looks, at a few values in any order and at none twice, so that it alone is seldom refuted.
  const values = plan.filter(({ value }) => value !== null).sort(() => draw() - 0.5);
  for (const { key, value } of values.slice(0, 1 + under(3))) {
    const from = 2 * lines.length;
    lines.push({ process: 99, key, value, from, to: from + 1, f: "read" });
  }
  // An indefinite operation is its process's last.
  const retired = new Map<number, number>();
  return history(
    lines.map((line) => {
      const process = line.process! + (retired.get(line.process!) ?? 0);
      if (line.to === null) retired.set(line.process!, (retired.get(line.process!) ?? 0) + processes);
      return { ...line, process };
    }),
  );
};

test.each(SESSION_GUARANTEES)("%s: as the definition says, on random histories", (name: SessionGuarantee) => {
  const seed = freshSeed(name);
  const tally = { valid: 0, invalid: 0, unknown: 0 };
  for (let i = 0; i < 2500; i++) {
    const random = randomSessions(seed + i * 31337, {
      operations: 4 + (i % 5),
      processes: 2 + (i % 2),
      keys: 1 + (i % 3 === 0 ? 0 : 1),
    });
    const verdict = checkSession(random, name);
    tally[verdict.valid]++;
    if (verdict.details.reads === 0) continue;
    const text = `${verdict.because} ${JSON.stringify(random.operations.map(({ process, f, key, value, result, type }) => [process, f, key, f === "read" ? result : value, type]))}`;
    if (verdict.valid === "unknown") expect(BRUTE["monotonic-reads"]!(random), text).toBe(false);
    else expect(verdict.valid === "valid", text).toBe(BRUTE[name]!(random));
    if (verdict.valid === "invalid") expect(verdict.witness.length).toBeGreaterThan(0);
  }
  console.log(name, tally);
  expect(Math.min(tally.valid, tally.invalid)).toBeGreaterThan(50);
});

test("a view decided by its own clocks is as the one with all edges says, on histories too long to try out", () => {
  const seed = freshSeed("views");
  const tally = { holds: 0, broken: 0 };
  for (let i = 0; i < 400; i++) {
    const shape = { operations: 20 + (i % 60), processes: 2 + (i % 5), keys: 1 + (i % 2) };
    const found = sessionsOf(randomSessions(seed + i * 31337, shape, 0.9));
    const streams = streamsOf(found, "own");
    for (const viewer of found.processes.keys()) {
      const edges = sessionOrderAndReadsFrom(found, (node) => found.session[node] === viewer);
      const given = (node: number, clock: Int32Array): void => {
        const include = (at: number): void => {
          const session = found.session[at]!;
          clock[session] = Math.max(clock[session]!, at + 1);
        };
        if (found.session[node - 1] === found.session[node]) include(node - 1);
        if (found.writer[node]! >= 0) include(found.writer[node]!);
      };
      const budget = { steps: 0, stepsMax: 1e8 };
      const slow = saturate(found, { viewer, edges, streams, budget }).is as "holds" | "broken";
      expect(checkView({ sessions: found, streams, given, budget }, viewer)).toBe(slow);
      tally[slow]++;
    }
  }
  console.log(tally);
  expect(Math.min(tally.holds, tally.broken)).toBeGreaterThan(100);
});

test("causal memory by clocks is as with all edges, on histories too long to try out", () => {
  const seed = freshSeed("causal memory");
  const tally = { valid: 0, invalid: 0, unknown: 0 };
  for (let i = 0; i < 1500; i++) {
    const shape = { operations: 12 + (i % 40), processes: 3 + (i % 4), keys: 2 };
    const random = randomSessions(seed + i * 31337, shape, 0.95);
    const found = sessionsOf(random);
    const { edges, found: causal } = causalOrder(found);
    if (causal.is === "cycle" || found.reads === 0) continue;
    const slow = [...found.processes.keys()].every((viewer) => {
      const own = { from: [...edges.from], to: [...edges.to], by: [...edges.by] };
      const view = { viewer, edges: own, streams: streamsOf(found, "own"), budget: { steps: 0, stepsMax: 1e8 } };
      return saturate(found, view).is === "holds";
    });
    const { valid } = checkSession(random, "causal-memory");
    tally[valid]++;
    expect(valid).toBe(slow ? "valid" : "invalid");
  }
  console.log(tally);
  expect(Math.min(tally.valid, tally.invalid)).toBeGreaterThan(50);
});
