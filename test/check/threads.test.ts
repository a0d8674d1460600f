import { expect, test } from "vitest";
import type { OpEvent } from "../../checker/history/event.js";
import type { History } from "../../checker/history/operation.js";
import { pairEvents } from "../../checker/history/pair.js";
import { checkLinearizable } from "../../checker/linearizability/check.js";
import { checkLinearizableInThreads } from "../../src/check/threads.js";
import { draw } from "../../src/generator/random.js";

/** Appends to a few strings, all open at once, and one look at each: only a search can tell. */
function hard(keys: number, appends: number, seen: (key: number) => string): History {
  const events: OpEvent[] = [];
  const push = (event: Omit<OpEvent, "index" | "time">): void => {
    events.push({ ...event, index: events.length, time: events.length });
  };
  for (let n = 0; n < keys; n++) {
    const base = n * (appends + 1);
    const key = `k${n}`;
    const order = Array.from({ length: appends }, (_, i) => i).toSorted(
      (a, b) => draw(n, a, "end") - draw(n, b, "end"),
    );
    for (let i = 0; i < appends; i++) push({ process: base + i, type: "invoke", f: "append", key, value: `${i % 3}` });
    for (const i of order) push({ process: base + i, type: "ok", f: "append", key, value: `${i % 3}` });
    push({ process: base + appends, type: "invoke", f: "get", key, value: null });
    push({ process: base + appends, type: "ok", f: "get", key, value: seen(n) });
  }
  return pairEvents(events);
}

const possible = "001122001122".slice(0, 9);

test("threads say what one thread says, valid and invalid", async () => {
  const odd = "222222222";
  for (const [history, valid] of [
    [hard(3, 9, () => "012012012"), "valid"],
    [hard(3, 9, (key) => (key === 1 ? odd : "210210210")), "invalid"],
  ] as const) {
    // An impossible string may show at once; a possible one has to be found.
    if (valid === "valid")
      expect(checkLinearizable(history, { stepsMax: 1 }).valid, "one step is not enough").toBe("unknown");
    const alone = checkLinearizable(history);
    const together = await checkLinearizableInThreads(history, { firstSteps: 1, threadsMax: 2 });
    expect([together.valid, together.because]).toEqual([valid, alone.because]);
    expect(together.details.keys).toBe(3);
  }
});

test("a budget that is not enough in threads either is unknown", async () => {
  const { valid } = await checkLinearizableInThreads(
    hard(2, 9, () => possible),
    { firstSteps: 1, stepsMax: 2 },
  );
  expect(valid).toBe("unknown");
});
