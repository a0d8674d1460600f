/** The second look at a history of which some keys are open (`quick.ts`): operations of these keys alone, checked in full. */

import { Pairing } from "../../history/pair.js";
import { parseEvent } from "../../history/parse.js";
import { modelNamed } from "../../model/models.js";
import type { Verdict } from "../../verdict.js";
import { decided } from "../check.js";
import type { LinearizabilityDetails } from "../details.js";
import { keyChecks } from "../keys.js";
import { STEPS_MAX, verdictOf } from "../merge.js";
import { objectsOf } from "./objects.js";
import type { QuickOpen } from "./quick.js";

export class QuickRest {
  readonly #open: QuickOpen;
  readonly #keys: ReadonlySet<string | null>;
  readonly #pairing = new Pairing();
  #events = 0;

  constructor(open: QuickOpen) {
    this.#open = open;
    this.#keys = new Set(open.keys.flatMap(({ key, result }) => (result === null ? [key] : [])));
  }

  /** The same lines again. Every event was looked at before, and was as it should be. */
  push(lines: string): void {
    for (const raw of objectsOf(lines) ?? []) {
      const index = this.#events++;
      const { key, process } = raw;
      const name = key === undefined || key === null ? null : `${key as string | number}`;
      if (typeof process === "string" || !this.#keys.has(name)) continue;
      const time = typeof raw["time"] === "number" ? raw["time"] : 0;
      const parsed = parseEvent(raw, { index, hasIndex: false, dense: true, hasTime: false, time });
      if (parsed.is === "event") this.#pairing.add(parsed.event);
    }
  }

  end(stepsMax = STEPS_MAX): Verdict<LinearizabilityDetails> {
    const { model, keys } = this.#open;
    const checks = keyChecks(modelNamed(model), this.#pairing.history().operations);
    const found = new Map(decided(checks, stepsMax).map((result) => [result.key, result]));
    const results = keys.flatMap(({ key, result }) => result ?? found.get(key) ?? []);
    return verdictOf({ model, results, stepsMax, problem: null });
  }
}
