/** `kvtest nemesis`: breaks any group of processes for a while, then puts it back. No cluster, no clients, no verdict. */

import { spawn } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import {
  capabilitiesOf,
  conduct,
  type ConductEvent,
  type ConductResult,
  drawSchedule,
  DRAWN_KINDS,
  openJournal,
  PLANS,
  processGroup,
  type ProcessGroup,
  readJournal,
  stateOfGroup,
  type System,
  type Target,
  type TimedFault,
  whyNot,
} from "../../nemesis/index.js";
import { ownGroup } from "../../nemesis/process/group.js";
import { nemesisConfig } from "../config/nemesis-flags.js";
import { integer, list, seconds } from "../config/parse.js";
import { describeRecord } from "../report/describe.js";
import { EXIT, UsageError } from "./exit.js";
import { readFaultsFile } from "./faults-file.js";
import { madeJournalFolder } from "./journal-folder.js";
import { lifeline } from "./lifeline.js";

interface Flags {
  readonly pgid?: string;
  readonly start?: string;
  readonly faults?: string;
  readonly for: string;
  readonly interval?: string;
  readonly schedule?: string;
  readonly faultParam?: readonly string[];
  readonly seed?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly allowVacuous?: boolean;
}

const SECONDS = { min: 0.1, max: 86_400 } as const;

export function nemesisCommand(): Command {
  return new Command("nemesis")
    .description("break any group of processes for a while, then put it back")
    .option("--pgid <n,...>", "process groups, as `ps -o pgid` shows them; they are called n1, n2, ...")
    .option("--faults <faults>", `some of pause, starve, and with --start kill, crash-loop, rolling; or a file`)
    .option("--for <time>", "how long; 60s, 500ms or 2m", "60s")
    .option("--start <command>", "how a group is started again by sh; {name} {index} (from 0) are filled in")
    .option("--interval <time>", "mean time between two faults of a kind (default: a third of --for, at most 5s)")
    .option("--schedule <plan>", `when faults strike: ${PLANS.join(", ")}`, "intervals")
    .option(
      "--fault-param <name=value>",
      "how hard faults are, as for kvtest run",
      (word, before: readonly string[] | undefined) => [...(before ?? []), word],
    )
    .option("--seed <n>", "draws the same schedule again (default: drawn, and printed)")
    .option("--allow-vacuous", "do not ask that every fault bit")
    .option("--json", "one fault event a line, then what became of each fault, as JSON")
    .option("--quiet", "only what is still broken")
    .addHelpText(
      "after",
      `
Examples:
  kvtest nemesis --pgid 4242 --faults pause --for 60s
  kvtest nemesis --pgid 4242,4250 --faults pause,starve --interval 2s --fault-param starve.share=0.1
  kvtest nemesis --pgid 4242 --start 'exec redis-server --port 7000' --faults kill,crash-loop --for 2m
  kvtest nemesis --pgid 4242 --faults faults.yaml --for 10s

Everything is put back at the end and at Ctrl-C; after a kill -9 by kvtest heal. What --start starts goes on afterwards.
Exit codes: 0 every fault bit and all is put back, 1 something is still broken, 2 a fault did nothing,
254 wrong arguments, 255 kvtest itself failed.`,
    )
    .action(async (flags: Flags) => {
      process.exitCode = await breakFor(flags);
    });
}

async function breakFor(flags: Flags): Promise<number> {
  const problems: string[] = [];
  const pgids = await groupsOf(flags.pgid, problems);
  const groups = new Groups(pgids, flags.start);
  const { schedule, seed, durationMs } = planned(flags, groups.system, problems);
  if (problems.length > 0) throw new UsageError("this cannot be broken:", problems);
  const isLoud = flags.json !== true && flags.quiet !== true;
  const life = lifeline((name) => void (isLoud && process.stderr.write(`\n${name}: putting everything back\n`)));
  if (isLoud) process.stdout.write(`${schedule.length} faults in ${durationMs / 1000} s, --seed ${seed}\n`);
  const file = join(madeJournalFolder(), `${process.pid}-${Date.now()}.jsonl`);
  const journal = await openJournal(file);
  const startMs = performance.now();
  try {
    const result = await conduct({
      schedule,
      system: groups.journalled(journal),
      hands: { journal },
      signal: life.signal,
      onEvent: (event) => {
        if (flags.json === true) process.stdout.write(`${JSON.stringify({ timeMs: sinceMs(startMs), ...event })}\n`);
        else if (isLoud) process.stdout.write(`${eventInWords(event, startMs)}\n`);
      },
    });
    journal.close();
    if (result.broken.length === 0 && readJournal(file).open.length === 0) rmSync(file);
    process.stdout.write(flags.json === true ? `${JSON.stringify(result)}\n` : endInWords(result, isLoud));
    if (result.broken.length > 0) return EXIT.invalid;
    const idle = result.outcomes.some(({ begun, bit }) => !bit && (begun || !life.signal.aborted));
    return idle && flags.allowVacuous !== true ? EXIT.unknown : EXIT.valid;
  } finally {
    journal.close();
    life.release();
  }
}

/** The process groups that are given, each with its name, and whatever group `start` has given it since. */
class Groups {
  readonly #pgids: number[];
  readonly #start: string | undefined;

  constructor(pgids: readonly number[], start: string | undefined) {
    this.#pgids = [...pgids];
    this.#start = start;
  }

  get system(): System {
    return this.#system((name, pgid) => processGroup(name, pgid));
  }

  journalled(journal: Awaited<ReturnType<typeof openJournal>>): System {
    return this.#system((name, pgid) => processGroup(name, pgid, { journal }));
  }

  #system(group: (name: string, pgid: () => number) => ProcessGroup): System {
    const command = this.#start;
    return {
      targets: this.#pgids.map((first, index): Target => {
        const name = `n${index + 1}`;
        const target = group(name, () => this.#pgids[index] ?? first);
        return command === undefined ? target : { ...target, start: () => this.#run(command, name, index) };
      }),
    };
  }

  /** Resolves when the program runs; whether it answers only its owner could tell. */
  async #run(template: string, name: string, index: number): Promise<void> {
    const command = template.replaceAll("{name}", name).replaceAll("{index}", String(index));
    const child = spawn("/bin/sh", ["-c", command], { detached: true, stdio: "ignore" });
    await new Promise<void>((resolve, reject) => void child.once("spawn", () => resolve()).once("error", reject));
    child.unref();
    // Set by the event that came: a process that was spawned has a number.
    const pgid = child.pid ?? 0;
    await new Promise((resolve) => setTimeout(resolve, STAYS_MS));
    if ((await stateOfGroup(pgid)) === "gone") throw new Error(`${command}: ended at once, by ${child.exitCode}`);
    this.#pgids[index] = pgid;
  }
}

/** A command that cannot be run is gone by then, ms. */
const STAYS_MS = 100;

async function groupsOf(text: string | undefined, problems: string[]): Promise<readonly number[]> {
  if (text === undefined) {
    problems.push("--pgid is missing: which process groups? (ps -o pid,pgid,args shows them)");
    return [];
  }
  const pgids = text
    .split(",")
    .map((word) => integer("--pgid", word, { min: 2, max: 2 ** 22, otherwise: 0 }, problems));
  if (new Set(pgids).size !== pgids.length) problems.push(`--pgid ${text}: a group is there twice`);
  for (const pgid of new Set(pgids.filter((one) => one > 0))) {
    if (pgid === (await ownGroup()))
      problems.push(`--pgid ${pgid}: that is our own, and would stop the nemesis itself`);
    else if ((await stateOfGroup(pgid)) === "gone") problems.push(`--pgid ${pgid}: there is no such process group`);
  }
  return pgids;
}

interface Planned {
  readonly schedule: readonly TimedFault[];
  readonly seed: number;
  readonly durationMs: number;
}

function planned(flags: Flags, system: System, problems: string[]): Planned {
  const durationMs = seconds("--for", flags.for, SECONDS, problems);
  const seed =
    flags.seed === undefined
      ? Math.floor(Math.random() * 2 ** 32)
      : integer("--seed", flags.seed, { min: 0, max: Number.MAX_SAFE_INTEGER }, problems);
  const schedule = faultsOf(flags, system, { seed, durationMs }, problems);
  const reasons = new Set<string>();
  for (const timed of schedule) {
    const why = whyNot(system, timed);
    if (why !== null) reasons.add(`${timed.fault.f}: ${why}${whatHelps(timed, flags)}`);
  }
  if (reasons.size > 0) problems.push(...reasons, `these groups can suffer ${capabilitiesOf(system).join(", ")}`);
  return { schedule, seed, durationMs };
}

const whatHelps = ({ fault }: TimedFault, { start }: Flags): string =>
  start === undefined && ["kill", "crash-loop", "rolling"].includes(fault.f) ? "; --start says how" : "";

function faultsOf(
  flags: Flags,
  system: System,
  { seed, durationMs }: Omit<Planned, "schedule">,
  problems: string[],
): readonly TimedFault[] {
  const { faults } = flags;
  const nodes = system.targets.map(({ name }) => name);
  if (faults === undefined) {
    problems.push("--faults is missing: some of pause, starve, kill, crash-loop, rolling; or a file");
    return [];
  }
  if (existsSync(faults)) {
    const read = readFaultsFile(faults, { nodes, durationMs, seed });
    if (read.ok) return read.value;
    problems.push(...read.problems);
    return [];
  }
  const before = problems.length;
  list("--faults", faults, DRAWN_KINDS, problems, "or a file that is there");
  if (problems.length > before || nodes.length === 0) return [];
  // Two nodes at least for what it says about links, which there are none of here in any case.
  const { interval, schedule, faultParam } = flags;
  const drawn = nemesisConfig(
    {
      nemesis: faults,
      ...(interval === undefined ? {} : { nemesisInterval: interval }),
      ...(schedule === undefined ? {} : { schedule }),
      ...(faultParam === undefined ? {} : { faultParam }),
    },
    durationMs,
    2,
    problems,
  );
  const { faults: kinds, partitions, intervalMs, plan, params } = drawn;
  if (problems.length > before) return [];
  const made = drawSchedule({
    kinds,
    partitions,
    nodes,
    seed,
    durationMs,
    intervalMs,
    hasLeader: false,
    ...(plan === undefined ? {} : { plan }),
    ...(params === undefined ? {} : { params }),
  });
  if (made.ok) return made.faults;
  problems.push(...made.problems.map((problem) => `--faults ${faults}: ${problem}`));
  return [];
}

const sinceMs = (startMs: number): number => Math.round(performance.now() - startMs);

function eventInWords({ id, f, phase, value }: ConductEvent, startMs: number): string {
  const clock = `${(sinceMs(startMs) / 1000).toFixed(1).padStart(7)} s`;
  const words = phase === "end" && typeof value["evidence"] === "string" ? value["evidence"] : describeRecord(value);
  return `${clock}  ${id} ${f} ${phase}s: ${words}`;
}

function endInWords({ outcomes, errors, broken }: ConductResult, isLoud: boolean): string {
  const idle = outcomes.filter(({ bit }) => !bit);
  const lines = [
    ...(isLoud ? idle.map(({ id, f, evidence }) => `${id} ${f} did nothing: ${evidence}`) : []),
    ...(isLoud ? errors.map((words) => `went wrong: ${words}`) : []),
    ...broken.map((words) => `still broken: ${words}`),
    ...(isLoud ? [`${outcomes.length - idle.length} of ${outcomes.length} faults bit; ${ending(broken)}`] : []),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

const ending = (broken: readonly string[]): string =>
  broken.length === 0 ? "all is put back" : "kvtest heal tries again";
