/**
 * The machine of a node of somebody's own database: its clock by libfaketime, its disk by libfiu or as a small file system
 * in memory, and its files while it is down. What is asked for is in the definition of the database.
 */

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import {
  damageFiles,
  FILE_DAMAGES,
  failingCalls,
  type FaultKind,
  fakeClock,
  openSmallDisk,
  pickOf,
  sweepFaketime,
  wipeFolder,
} from "../../nemesis/index.js";
import type { Address } from "../client/connection.js";
import type { BreakableHardware, Launch, Place, Reading } from "../client/database.js";
import { readNumber } from "../client/reading.js";
import type { Hardware, Machine, MachineOptions } from "./machine.js";

export interface OwnMachineOptions extends MachineOptions {
  readonly place: Place;
  readonly declared: BreakableHardware;
  /** The kinds of faults that it is to suffer. */
  readonly kinds: ReadonlySet<FaultKind>;
  /** Of the run: settings of clocks, copies of files and pipes are kept in `hardware/` below it. */
  readonly dir: string;
  readonly seed: number;
}

/** @throws where a library is not installed, or we may not mount */
export async function openOwnMachine(options: OwnMachineOptions): Promise<Machine> {
  const { place, declared, kinds } = options;
  const at: Address = { host: place.host, port: place.port };
  // A program that nobody breaks runs as it always does, and libfaketime and libfiu do not bear with each other.
  const clock = declared.clock === undefined || !kinds.has("clock") ? null : clockOf(options, at);
  const disk = declared.disk === undefined || !kinds.has("disk") ? null : await diskOf(options, declared.disk, at);
  return {
    hardware: { ...clock?.hardware, ...disk?.hardware, ...filesOf(options) },
    dressed: (launch) => dressed(launch, [clock?.env ?? {}, disk?.env ?? {}]),
    ended: (pid) => {
      clock?.ended(pid);
      disk?.ended(pid);
    },
    close: async () => disk?.close(),
  };
}

interface Part extends Pick<Machine, "hardware" | "ended"> {
  readonly env: { readonly [name: string]: string };
}

const below = ({ dir, place }: OwnMachineOptions, what: string): string =>
  resolve(dir, "hardware", `${place.name}-${what}`);

function clockOf(options: OwnMachineOptions, at: Address): Part {
  const { env, setClock } = fakeClock(below(options, "clock"), options.pid);
  const { readClock } = options.declared;
  return {
    env,
    hardware: { setClock, ...(readClock === undefined ? {} : { readClock: () => read(readClock, at) }) },
    ended: sweepFaketime,
  };
}

type Disk = NonNullable<BreakableHardware["disk"]>;

async function diskOf(options: OwnMachineOptions, disk: Disk, at: Address): Promise<Part & { close(): Promise<void> }> {
  const { place, declared, pid, journal } = options;
  if (disk !== "libfiu") {
    const small = await openSmallDisk(resolve(place.dataDir), disk.tmpfsMb * 2 ** 20, journal);
    const { setDisk, diskHits, diskTroubles } = small;
    return {
      env: {},
      hardware: { setDisk, diskHits, diskTroubles },
      close: () => small.close(),
      ended: () => undefined,
    };
  }
  const prefix = below(options, "calls");
  mkdirSync(dirname(prefix), { recursive: true });
  const { env, setDisk, diskTroubles } = await failingCalls(prefix, pid, journal);
  const { diskHits } = declared;
  return {
    env,
    hardware: {
      setDisk,
      diskTroubles,
      diskHits: diskHits === undefined ? async () => complaintsIn(options.logFile) : () => read(diskHits, at),
    },
    // The pipes of a process that was killed stay.
    ended: (ended) => {
      for (const end of ["in", "out"]) rmSync(`${prefix}-${ended}.${end}`, { force: true });
    },
    close: () => Promise.resolve(),
  };
}

const COMPLAINT = /ENOSPC|EROFS|\bEIO\b|No space left on device|Read-only file system|Input\/output error/i;

/** Lines of a node's log that tell of calls to its disk that failed. */
function complaintsIn(logFile: string): number {
  if (!existsSync(logFile)) return 0;
  return readFileSync(logFile, "utf8")
    .split("\n")
    .filter((line) => COMPLAINT.test(line)).length;
}

/** While the node is down. What was synced only the database knows, so nothing that was not can be lost. */
function filesOf(options: OwnMachineOptions): Hardware {
  const { place, dir, seed, journal } = options;
  let damages = 0;
  return {
    damages: FILE_DAMAGES,
    damage: async (damage) => {
      damages += 1;
      const pick = pickOf(seed + place.index, damages, "damage");
      let draws = 0;
      return damageFiles(damage, {
        files: () => filesBelow(place.dataDir),
        copies: resolve(dir, "hardware", "copies"),
        draw: () => pick(String(draws++)),
        journal,
      });
    },
    wipe: async () => wipeFolder(place.dataDir),
  };
}

const filesBelow = (folder: string): readonly string[] =>
  existsSync(folder)
    ? readdirSync(folder, { withFileTypes: true, recursive: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .sort()
    : [];

const READ_MAX_MS = 2_000;

const read = (reading: Reading, at: Address): Promise<number> => readNumber(reading, at, READ_MAX_MS);

/**
 * Through `env`, which changes nothing before the program itself: what stands before it (the way into a network
 * namespace) must not load the libraries too. Libraries that others asked for stay.
 */
function dressed(launch: Launch, parts: readonly Part["env"][]): Launch {
  const asked = launch.env?.["LD_PRELOAD"] ?? process.env["LD_PRELOAD"];
  const libraries = [...parts.map(({ LD_PRELOAD = "" }) => LD_PRELOAD), asked ?? ""].filter(Boolean).join(":");
  if (parts.every((env) => Object.keys(env).length === 0)) return launch;
  const env = [...parts.flatMap((part) => Object.entries(part)), ["LD_PRELOAD", libraries] as const];
  // The last of a name is the one that holds.
  const words = env.map(([name, value]) => `${name}=${value}`);
  return { ...launch, command: "env", args: [...words, launch.command, ...(launch.args ?? [])] };
}
