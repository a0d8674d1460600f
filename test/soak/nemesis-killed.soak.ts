/** 200 random schedules whose harness is killed by SIGKILL in the middle: nothing is left after the next `kvtest heal`. */

import { expect, test } from "vitest";
import { type Killed, killedNemesis, killedRun } from "../cli/killed.js";

const SEED = Number(process.env["SEED"] ?? Math.floor(Math.random() * 1e6));
const ROUNDS = Number(process.env["ROUNDS"] ?? 200);

async function rounds(count: number, once: (seed: number, n: number) => Promise<Killed>): Promise<void> {
  console.log(`SEED=${SEED}`);
  const open = new Map<string, number>();
  let idle = 0;
  for (let n = 0; n < count; n++) {
    const killed = await once(SEED, n);
    expect({ n, traces: killed.traces, again: killed.again }).toEqual({ n, traces: [], again: [] });
    if (killed.open.length === 0) idle += 1;
    for (const undo of killed.open) open.set(undo, (open.get(undo) ?? 0) + 1);
  }
  console.log(`${count} killed, ${idle} of them with nothing in hand; to undo were`, Object.fromEntries(open));
  expect(idle).toBeLessThan(count / 2);
}

test("a nemesis on foreign programs, three quarters of the rounds", async () => {
  await rounds(Math.round(0.75 * ROUNDS), killedNemesis);
});

test("a run of the reference store, every other time with its guardian killed too", async () => {
  await rounds(Math.round(0.25 * ROUNDS), killedRun);
});
