import { expect, test } from "vitest";
import { pairEvents } from "../../../checker/history/pair.js";
import { checkLinearizable } from "../../../checker/linearizability/check.js";
import { checkKey, type KeyTask, mergeKeys, split } from "../../../checker/linearizability/keys.js";
import type { KeyResult } from "../../../checker/linearizability/key-check.js";
import { randomObjectEvents } from "./objects.js";
import { drawsOf, randomEvents } from "./random.js";

const SEED = 5;
/** What a message between threads does to data. */
const sent = <T>(data: T): T => structuredClone(data);

test("keys checked apart, as plain data, come to the verdict of the whole", () => {
  const draw = drawsOf(SEED);
  const answers = new Set<string>();
  for (let round = 0; round < 400; round++) {
    const shape = { processes: 4, operations: 20, info: 0.1, lies: 0.05, keys: 4 };
    const events =
      round % 2 === 0
        ? randomObjectEvents(draw, "queue", { ...shape, values: "distinct" })
        : randomEvents(draw, { ...shape, values: 3, cas: true, fail: 0.1 }).map((event) => ({
            ...event,
            key: `k${event.process % 3}`,
          }));
    const history = pairEvents(events);
    const whole = checkLinearizable(history);
    const parts = split(history, {});
    if (parts.is === "verdict") {
      expect(parts.verdict).toEqual(whole);
      continue;
    }
    const results = parts.tasks.map((task: KeyTask): KeyResult => sent(checkKey(sent(task))));
    expect(mergeKeys(parts.model, results), `seed ${SEED}, round ${round}`).toEqual(whole);
    answers.add(whole.valid);
  }
  expect([...answers].sort()).toEqual(["invalid", "valid"]);
});
