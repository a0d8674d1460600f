import { describe, expect, test } from "vitest";
import { pairEvents } from "../../../checker/history/pair.js";
import { checkLinearizable } from "../../../checker/linearizability/check.js";
import { modelNamed, type ModelName } from "../../../checker/model/models.js";
import { bruteForceOf, randomObjectEvents, SIMULATED } from "./objects.js";
import { proof } from "./proof.js";
import { drawsOf } from "./random.js";

const seed = Number(process.env["SEED"] ?? 31);
const names = Object.keys(SIMULATED) as (keyof typeof SIMULATED)[];
const initialOf = (name: ModelName) => (name === "multi-register" ? { x: 0, y: 0 } : undefined);

const cases = names.flatMap((name) =>
  ([2, "distinct"] as const).flatMap((values) => [0, 0.2].map((info) => ({ name, values, info }))),
);

describe("the checker agrees with the definition:", () => {
  test.each(cases)("$name, values $values, unknown outcomes $info", ({ name, values, info }) => {
    const draw = drawsOf(seed);
    const initial = initialOf(name);
    const choice = { model: name, ...(initial === undefined ? {} : { initial }) };
    const model = modelNamed(name, initial);
    const counts = { valid: 0, invalid: 0, unknown: 0 };
    for (let round = 0; round < 300; round++) {
      const lies = round % 3 === 0 ? 0 : 0.5;
      const events = randomObjectEvents(draw, name, { processes: 4, operations: 7, values, info, lies });
      const history = pairEvents(events);
      const verdict = checkLinearizable(history, choice);
      counts[verdict.valid]++;
      const context = `seed ${seed}, round ${round}\n${events.map((e) => JSON.stringify(e)).join("\n")}`;
      // An answer made up can be of a kind that the object never gives; then nothing is said about it.
      if (verdict.valid === "unknown") {
        expect(lies, context).toBeGreaterThan(0);
        continue;
      }
      expect(verdict.valid, context).toBe(bruteForceOf(model, history.operations) ? "valid" : "invalid");
      if (lies === 0) expect(verdict.valid, context).toBe("valid");
      if (verdict.valid === "valid") continue;
      const [found] = verdict.details.counterexamples;
      expect(proof(model, history.operations, found!), context).toEqual([]);
    }
    expect(counts.valid).toBeGreaterThan(50);
    expect(counts.invalid).toBeGreaterThan(10);
  });
});

test("several objects side by side are told apart by their keys", () => {
  const draw = drawsOf(seed);
  let invalid = 0;
  for (let round = 0; round < 300; round++) {
    const shape = { processes: 4, operations: 14, values: "distinct" as const, info: 0.1, lies: 0.1, keys: 3 };
    const history = pairEvents(randomObjectEvents(draw, "queue", shape));
    const verdict = checkLinearizable(history);
    const expected = ["k0", "k1", "k2"].filter(
      (key) =>
        !bruteForceOf(
          modelNamed("queue"),
          history.operations.filter((op) => op.key === key),
        ),
    );
    expect(verdict.details.invalidKeys, `seed ${seed}, round ${round}`).toEqual(expected);
    if (expected.length > 0) invalid++;
  }
  expect(invalid).toBeGreaterThan(30);
});
