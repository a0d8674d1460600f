/** `kvtest bugs --hunt`: how soon is a planted bug found? */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { lineOf } from "../../checker/index.js";
import { hunt, quarryOf } from "../hunt/hunt.js";
import { huntForReal } from "../hunt/real.js";
import { type Bug, BUGS, findBug } from "../replica/protocol/bugs.js";
import { EXIT, UsageError } from "./exit.js";
import { lifeline } from "./lifeline.js";

export interface HuntFlags {
  readonly hunt: string;
  readonly in?: string;
  readonly seeds: string;
  readonly runs: string;
  readonly timeLimit: string;
  readonly out: string;
  readonly json?: boolean;
}

const PLACES = ["scheduler", "cluster"] as const;
type Place = (typeof PLACES)[number];

interface Caught {
  readonly bug: string;
  readonly in: Place;
  /** Seeds tried, or runs made, the one that shows it included; null: none shows it. */
  readonly tries: number | null;
  readonly because: string | null;
  /** The history that shows it, or the run's folder. */
  readonly kept: string | null;
}

export async function huntBugs(flags: HuntFlags, version: string): Promise<number> {
  const { wanted, seedsMax, runsMax, timeLimitMs } = asked(flags);
  const quiet = flags.json === true;
  const life = lifeline(() => undefined);
  const caught: Caught[] = [];
  try {
    for (const bug of wanted) {
      if (life.signal.aborted) break;
      const place: Place = PLACES.find((one) => one === flags.in) ?? (bug.hunted === false ? "cluster" : bug.shows);
      const one =
        place === "scheduler"
          ? underScheduler(bug, seedsMax, flags.out)
          : await inCluster(bug, { runsMax, timeLimitMs, out: flags.out, version, life });
      if (one === null) continue;
      caught.push(one);
      if (!quiet) process.stdout.write(inWords(one));
    }
  } finally {
    life.release();
  }
  if (quiet) process.stdout.write(`${JSON.stringify(caught)}\n`);
  return caught.length === wanted.length && caught.every(({ tries }) => tries !== null) ? EXIT.valid : EXIT.unknown;
}

function asked({ hunt: name, in: place, seeds, runs, timeLimit }: HuntFlags) {
  const problems: string[] = [];
  const whole = (flag: string, text: string, max: number): number => {
    const value = Number(text);
    if (!(Number.isInteger(value) && value >= 1 && value <= max))
      problems.push(`${flag} ${text}: expected a whole number from 1 to ${max}`);
    return value;
  };
  const all: readonly (Bug & { readonly name: string })[] = BUGS;
  const one = findBug(name);
  if (name !== "all" && one === null)
    problems.push(`--hunt ${name}: there is none of that name; kvtest bugs lists them`);
  if (place !== undefined && !PLACES.some((known) => known === place))
    problems.push(`--in ${place}: expected one of ${PLACES.join(", ")}`);
  const seedsMax = whole("--seeds", seeds, 1_000_000);
  const runsMax = whole("--runs", runs, 1000);
  const timeLimitMs = 1000 * whole("--time-limit", timeLimit, 3600);
  if (problems.length > 0) throw new UsageError("nothing to hunt:", problems);
  return { wanted: one === null ? all : [one], seedsMax, runsMax, timeLimitMs };
}

/** null: it is not one of those that the scheduler's clients can show. */
function underScheduler(bug: Bug, seedsMax: number, out: string): Caught | null {
  const named = findBug(bug.name);
  const quarry = named === null ? null : quarryOf(named);
  if (quarry === null) {
    const why = `bugs of mode ${bug.mode} that break ${bug.breaks}`;
    const reason =
      bug.hunted === false ? "the scheduler's clients cannot show it" : `this hunt knows no scheduler for ${why}`;
    process.stderr.write(`${bug.name}: ${reason}; try --in cluster\n`);
    return null;
  }
  const found = hunt(quarry, seedsMax);
  if (found === null) return { bug: bug.name, in: "scheduler", tries: null, because: null, kept: null };
  mkdirSync(out, { recursive: true });
  const kept = join(out, `${bug.name}-seed-${found.seed}.jsonl`);
  writeFileSync(kept, found.events.map((event) => `${lineOf(event)}\n`).join(""));
  return { bug: bug.name, in: "scheduler", tries: found.seed, because: found.verdict.because, kept };
}

interface InCluster {
  readonly runsMax: number;
  readonly timeLimitMs: number;
  readonly out: string;
  readonly version: string;
  readonly life: ReturnType<typeof lifeline>;
}

async function inCluster(bug: Bug, { life, ...options }: InCluster): Promise<Caught> {
  const found = await huntForReal({
    bug,
    ...options,
    seed: 1,
    signal: life.signal,
    onWorld: (world) => life.onEmergency(() => world.killNow()),
    onRun: () => undefined,
  });
  const { runs = null, dir = null, verdict = null } = found ?? {};
  return { bug: bug.name, in: "cluster", tries: runs, because: verdict?.because ?? null, kept: dir };
}

function inWords({ bug, in: place, tries, because, kept }: Caught): string {
  const unit = place === "cluster" ? "run" : "seed";
  if (tries === null) return `${bug}: not found\n`;
  return `${bug}: found in ${unit} ${tries}\n  ${because ?? ""}\n  ${kept ?? ""}\n`;
}
