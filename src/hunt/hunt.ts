/** Looks for a planted bug under the deterministic scheduler, seed after seed. */

import {
  checkConvergence,
  checkLinearizable,
  checkRegister,
  type History,
  type HistoryEvent,
  pairEvents,
  type Verdict,
} from "../../checker/index.js";
import { parseClusterFlags } from "../config/flags.js";
import type { Bug, BugName } from "../replica/protocol/bugs.js";
import { recipeOf } from "./recipes.js";
import { type Recipe, simulate } from "./simulated.js";

export type Property = "linearizable" | "regular" | "converges";

/** Budget of one linearizability check, in steps: far more than these short histories need. */
const STEPS_MAX = 1e6;

/** A verdict on each property by the checker of that name. */
export const CHECKS: { readonly [property in Property]: (history: History) => Verdict<unknown> } = {
  linearizable: (history) => checkLinearizable(history, { stepsMax: STEPS_MAX }),
  regular: (history) => checkRegister(history, "regular"),
  // Virtual time waited long enough.
  converges: (history) => checkConvergence(history, { patienceMs: 0 }),
};

export const isHunted = (property: Bug["breaks"]): property is Property => Object.hasOwn(CHECKS, property);

/** What is lost shows where nothing is written over it; whoever reads the past shows where operations meet. */
const KEYS: { readonly [property in Property]: number } = { linearizable: 2, regular: 2, converges: 20 };

/** Time enough for these numbers of a real cluster: under the scheduler everything is a few times faster. */
const QUORUM_TIMEOUT_MS = "120";

export interface Quarry {
  readonly recipe: Recipe;
  readonly breaks: Property;
  /** Absent: the healthy twin. */
  readonly bug?: BugName;
}

export interface Found {
  readonly seed: number;
  readonly verdict: Verdict<unknown>;
  readonly events: readonly HistoryEvent[];
}

/** The cluster in which the bug shows, with it. null: it cannot show here. */
export function quarryOf({ name, mode, flags = "", breaks, hunted }: Bug & { readonly name: BugName }): Quarry | null {
  if (!isHunted(breaks) || hunted === false) return null;
  const recipe = recipeOf(name);
  if (recipe !== undefined) return { recipe, breaks, bug: name };
  const given = { ...flagsOf(flags), mode, nodes: "3", quorumTimeout: QUORUM_TIMEOUT_MS };
  const parsed = parseClusterFlags(given, 0);
  if (!parsed.ok) throw new Error(`the flags of ${name}: ${parsed.problems.join("; ")}`);
  return { recipe: { protocol: parsed.value.protocol, keys: KEYS[breaks] }, breaks, bug: name };
}

export const twinOf = ({ recipe, breaks }: Quarry): Quarry => ({ recipe, breaks });

/** null: this seed shows nothing. */
export function tryoutOf({ recipe, bug, breaks }: Quarry, seed: number): Found | null {
  const { events } = simulate({ ...recipe, seed, ...(bug === undefined ? {} : { bug }) });
  const verdict = CHECKS[breaks](pairEvents(events));
  return verdict.valid === "invalid" ? { seed, verdict, events } : null;
}

/** The first of the seeds 1, 2, ... `seedsMax` that shows it; null: none does. */
export function hunt(quarry: Quarry, seedsMax: number): Found | null {
  for (let seed = 1; seed <= seedsMax; seed++) {
    const found = tryoutOf(quarry, seed);
    if (found !== null) return found;
  }
  return null;
}

/** "--reads eventual --no-read-repair" -> { reads: "eventual", readRepair: false }, as the command line would give them. */
export function flagsOf(text: string): { readonly [flag: string]: string | false } {
  const words = text.split(" ").filter((word) => word !== "");
  const flags: { [flag: string]: string | false } = {};
  for (let i = 0; i < words.length; i++) {
    const written = (words[i] ?? "").replace(/^--/, "");
    const name = written.replace(/^no-/, "").replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
    flags[name] = written.startsWith("no-") ? false : (words[++i] ?? "");
  }
  return flags;
}
