import { expect, test } from "vitest";
import { checkConvergence, type HistoryEvent, type Json, Pairing } from "../../../checker/index.js";

/** Three nodes, each looked at once: node n<i> holds the i-th of these. */
const verdictOf = (dumps: readonly { readonly [key: string]: readonly Json[] }[], replicas?: number) => {
  const pairing = new Pairing();
  let index = 0;
  const add = (process: number, type: "invoke" | "ok", f: string, key: string | null, value: Json, node: string) =>
    pairing.add({ index, time: index++, process, type, f, key, value, node } satisfies HistoryEvent);
  for (const type of ["invoke", "ok"] as const) add(0, type, "write", "k", 1, "n1");
  for (const type of ["invoke", "ok"] as const) add(0, type, "write", "k", 2, "n1");
  dumps.forEach((dump, i) => {
    add(i + 1, "invoke", "dump", null, null, `n${i + 1}`);
    add(i + 1, "ok", "dump", null, dump, `n${i + 1}`);
  });
  return checkConvergence(pairing.history(), { patienceMs: 0, ...(replicas === undefined ? {} : { replicas }) });
};

test("a key that two of three replicas hold alike has converged where two should hold it", () => {
  expect(verdictOf([{ k: [2] }, {}, { k: [2] }], 2)).toMatchObject({ valid: "valid", details: { agreed: true } });
});

test("and has not where all should", () => {
  expect(verdictOf([{ k: [2] }, {}, { k: [2] }]).valid).toBe("invalid");
});

test("a key that too few hold, or that two hold otherwise, has not", () => {
  expect(verdictOf([{ k: [2] }, {}, {}], 2)).toMatchObject({ valid: "invalid", details: { disagreementCount: 1 } });
  expect(verdictOf([{ k: [2] }, { k: [1] }, {}], 2).valid).toBe("invalid");
});

test("one that is held by more than should, and alike, has", () => {
  expect(verdictOf([{ k: [2] }, { k: [2] }, { k: [2] }], 2).valid).toBe("valid");
});

test("a delete that came back is lost, and that other nodes do not hold the key is no excuse", () => {
  const pairing = new Pairing();
  let index = 0;
  const add = (process: number, f: string, value: Json, node: string) => {
    for (const type of ["invoke", "ok"] as const) {
      pairing.add({ index, time: index++, process, type, f, key: f === "write" ? "k" : null, value, node });
    }
  };
  add(0, "write", 1, "n1");
  add(0, "write", null, "n1");
  ["n1", "n2", "n3"].forEach((node, i) => add(i + 1, "dump", i === 1 ? {} : { k: [1] }, node));
  const verdict = checkConvergence(pairing.history(), { patienceMs: 0, replicas: 2 });
  expect(verdict).toMatchObject({ valid: "invalid", details: { lostCount: 1, disagreementCount: 0 } });
});
