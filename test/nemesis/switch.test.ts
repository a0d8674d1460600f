import { expect, test } from "vitest";
import { Switch } from "../../nemesis/switch.js";

/** A switch whose hand writes down what it does, and fails where the test says so. */
function written(fails: (value: string | null) => boolean = () => false) {
  const moves: (string | null)[] = [];
  const one = new Switch<string>({
    hand: async (value) => {
      moves.push(value);
      await Promise.resolve();
      if (fails(value)) throw new Error(`no ${value}`);
    },
  });
  return { one, moves };
}
const [a, b] = [Symbol("a"), Symbol("b")];

test("what two want is off only when both have let go", async () => {
  const { one, moves } = written();
  await one.on(a, "x");
  await one.on(b, "x");
  await one.off(a);
  expect([moves, one.isOff]).toEqual([["x"], false]);
  await one.off(b);
  expect([moves, one.isOff]).toEqual([["x", null], true]);
});

test("the latest claim is in force, and the one before it again when it ends", async () => {
  const { one, moves } = written();
  await one.on(a, "x");
  await one.on(b, "y");
  await one.off(b);
  await one.off(a);
  expect(moves).toEqual(["x", "y", "x", null]);
});

test("on and off at once end as the last one asked", async () => {
  const { one, moves } = written();
  await Promise.all([one.on(a, "x"), one.off(a), one.on(b, "y"), one.off(b)]);
  expect(one.isOff).toBe(true);
  expect(moves).toEqual([]);
});

test("a hand that failed is not believed to have done nothing", async () => {
  const { one, moves } = written((value) => value === "x");
  await expect(one.on(a, "x")).rejects.toThrow("no x");
  expect(one.isOff).toBe(false);
  await one.allOff();
  expect([moves, one.isOff]).toEqual([["x", null], true]);
  await one.allOff();
  expect(moves).toHaveLength(2);
});

test("a failed way back is tried again", async () => {
  let broken = true;
  const { one, moves } = written((value) => value === null && broken);
  await one.on(a, "x");
  await expect(one.off(a)).rejects.toThrow("no null");
  await expect(one.allOff()).rejects.toThrow("no null");
  broken = false;
  await one.allOff();
  expect([moves, one.isOff]).toEqual([["x", null, null, null], true]);
});
