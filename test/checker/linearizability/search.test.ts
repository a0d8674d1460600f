import { expect, test } from "vitest";
import { ModelAutomaton } from "../../../checker/linearizability/automaton.js";
import { splitByKey } from "../../../checker/linearizability/register-history.js";
import { Search } from "../../../checker/linearizability/search.js";
import { casRegister } from "../../../checker/model/register.js";
import { bruteForce, drawsOf, operationsOf, randomEvents, type Shape } from "./random.js";

const SEED = 99;
const shape: Shape = { processes: 5, operations: 8, values: 3, cas: true, info: 0.2, fail: 0.05, lies: 0.15 };

const inputOf = (draw: () => number, round: number) => {
  const operations = operationsOf(randomEvents(draw, { ...shape, values: round % 2 === 0 ? 3 : "distinct" }));
  const [history] = splitByKey(operations);
  if (history === undefined) return null;
  const automaton = new ModelAutomaton(casRegister, history.operations);
  return { operations, input: { automaton, start: history.start, end: history.end } };
};

test("the search alone, without hints and without the fast check, agrees with the definition", () => {
  const draw = drawsOf(SEED);
  const counts = { valid: 0, invalid: 0 };
  for (let round = 0; round < 4000; round++) {
    const made = inputOf(draw, round);
    if (made === null) continue;
    const expected = bruteForce(made.operations) ? "valid" : "invalid";
    counts[expected]++;
    expect(new Search(made.input).run(1e6), `seed ${SEED}, round ${round}`).toBe(expected);
  }
  expect(Math.min(counts.valid, counts.invalid)).toBeGreaterThan(400);
});

test("letting crashed operations happen again and again never makes a legal history illegal", () => {
  const draw = drawsOf(SEED);
  let decided = 0;
  for (let round = 0; round < 4000; round++) {
    const made = inputOf(draw, round);
    if (made === null || new Search(made.input, { unlimited: true }).run(1e6) !== "invalid") continue;
    decided++;
    expect(bruteForce(made.operations), `seed ${SEED}, round ${round}`).toBe(false);
  }
  expect(decided).toBeGreaterThan(400);
});

test("a search that stops at its budget goes on to the same answer", () => {
  const draw = drawsOf(SEED);
  let stopped = 0;
  for (let round = 0; round < 500; round++) {
    const made = inputOf(draw, round);
    if (made === null) continue;
    const search = new Search(made.input);
    while (search.run(1) === "unknown") stopped++;
    expect(search.answer, `seed ${SEED}, round ${round}`).toBe(new Search(made.input).run(1e6));
  }
  expect(stopped).toBeGreaterThan(500);
});

test("a search without memory says that it has none, not that it knows", () => {
  const draw = drawsOf(SEED);
  let exhausted = 0;
  for (let round = 0; round < 200; round++) {
    const made = inputOf(draw, round);
    if (made === null) continue;
    const search = new Search(made.input, { numbersMax: 60 });
    const answer = search.run(1e6);
    if (answer !== "unknown") expect(answer).toBe(bruteForce(made.operations) ? "valid" : "invalid");
    else {
      exhausted++;
      expect(search.exhausted).toBe(true);
    }
  }
  expect(exhausted).toBeGreaterThan(10);
});
