import { expect, test } from "vitest";
import { Overheard } from "../../src/run/overhear.js";

const clockMs = (): number => Number(process.hrtime.bigint()) / 1e6;

test("messages are on the clock of the history, also where a clock was read late", async () => {
  const beganMs = clockMs();
  let reads = 0;
  /** The first time somebody else has the processor in between. */
  const now = (): number => {
    for (const endMs = clockMs() + (reads++ === 0 ? 50 : 0); clockMs() < endMs; );
    return (clockMs() - beganMs) * 1e6;
  };
  const sentMs = beganMs + 1000;
  const message = { from: "n1", to: "n2", sentMs, arrivedMs: null, connection: 0, bytes: 1, text: "x" };
  const [heard] = await new Overheard({ messages: async () => [message] }, now).all();
  expect(reads).toBeGreaterThan(1);
  expect(Math.abs((heard?.sent ?? 0) / 1e6 - 1000)).toBeLessThan(5);
});
