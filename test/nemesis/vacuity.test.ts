/** A fault of any kind that did nothing says so: `bit` is false, or it is told as one that could not be. */

import { afterAll, beforeAll, expect, test } from "vitest";
import { FAULT_KINDS } from "../../nemesis/fault.js";
import { openHands } from "../../nemesis/hands.js";
import { openLinks } from "../../nemesis/network/links.js";
import type { Links } from "../../nemesis/network/relay.js";
import { FAULTS, idleSystem, nodes } from "./idle.js";

let network: Links;
beforeAll(async () => {
  network = await openLinks({ nodes, framing: { by: "lines" } });
});
afterAll(() => network.close());

test("there is a fault of every kind here", () => {
  expect(FAULTS.map(({ f }) => f)).toEqual(FAULT_KINDS);
});

for (const fault of FAULTS) {
  test(`${fault.f}: with hands that do nothing, on links that are silent, it is not said to have bitten`, async () => {
    const injected = await openHands(idleSystem(network)).inject(fault);
    if (injected.is !== "done") {
      expect(["damage", "wipe"]).toContain(fault.f);
      expect(injected).toMatchObject({ is: "unsupported", why: `nothing there to ${fault.f}` });
      return;
    }
    await injected.undo();
    expect(await injected.evidence()).toMatchObject({ bit: false });
  });
}
