/**
 * Damage to the files of a node that is down: what a crash, or a bad disk, leaves behind. Works for every program whose
 * data are files; what was synced only who wrote it can know.
 */

import {
  closeSync,
  copyFileSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import type { Damage } from "../fault.js";
import type { Damaged } from "../inject.js";
import { type Journal, NO_JOURNAL } from "../journal.js";

export interface DamageOptions {
  /** The files that may be hit, as they are now. One of those with something in it is. */
  readonly files: () => readonly string[];
  /** Where the file is kept as it was. Outside the node's data, on a disk with room. */
  readonly copies: string;
  /** So many bytes of the file are surely durable; null: nobody knows, and then nothing unsynced can be lost. */
  readonly syncedBytes?: (file: string) => number | null;
  /** Draws in [0, 1): which file, which bits. */
  readonly draw: () => number;
  readonly journal?: Journal;
}

/** What can be done to files of which nobody knows what was synced. */
export const FILE_DAMAGES = ["torn", "flip", "truncate"] as const satisfies readonly Damage["is"][];

let copied = 0;

/** The node must be down. */
export function damageFiles(damage: Damage, options: DamageOptions): Damaged {
  const { files, draw, copies, journal = NO_JOURNAL } = options;
  const there = files().filter((path) => existsSync(path) && statSync(path).size > 0);
  const file = there[Math.floor(draw() * there.length)];
  if (file === undefined) return { done: null, putBack: () => Promise.resolve() };
  mkdirSync(copies, { recursive: true });
  const copy = join(copies, `${process.pid}-${++copied}`);
  copyFileSync(file, copy);
  const n = journal.begin({ undo: "file", path: file, copy });
  const fd = openSync(file, "r+");
  let done: string | null;
  try {
    done = DAMAGES[damage.is](fd, damage, options.syncedBytes?.(file) ?? null, draw);
  } finally {
    closeSync(fd);
  }
  // The damage stays, so there is nothing to undo for whoever comes after us.
  journal.end(n);
  return {
    done: done === null ? null : `${file}: ${done}`,
    putBack: async () => copyFileSync(copy, file),
  };
}

type Doing = (fd: number, damage: Damage, syncedBytes: number | null, draw: () => number) => string | null;

const DAMAGES: Readonly<Record<Damage["is"], Doing>> = {
  "lose-unsynced": (fd, _, syncedBytes) => {
    const { size } = fstatSync(fd);
    if (syncedBytes === null || syncedBytes >= size) return null;
    ftruncateSync(fd, syncedBytes);
    return `the last ${size - syncedBytes} of ${size} bytes were not synced, and are lost`;
  },
  torn: (fd, _, syncedBytes, draw) => {
    const { size } = fstatSync(fd);
    // Part of what was written and not synced; if all was synced, part of a write that nobody was told of.
    if (syncedBytes !== null && syncedBytes < size) {
      const kept = syncedBytes + Math.floor(draw() * (size - syncedBytes));
      ftruncateSync(fd, kept);
      return `the last write is torn: ${size - kept} of its ${size - syncedBytes} bytes are missing`;
    }
    const last = lastLine(fd, size);
    if (last.length < 2) return null;
    const part = last.subarray(0, 1 + Math.floor(draw() * (last.length - 1)));
    writeSync(fd, part, 0, part.length, size);
    return `a write that was under way is torn: ${part.length} bytes of it arrived`;
  },
  flip: (fd, damage, _, draw) => {
    const { size } = fstatSync(fd);
    const bits = damage.is === "flip" ? (damage.bits ?? 1) : 1;
    const byte = Buffer.alloc(1);
    const places: number[] = [];
    for (let i = 0; i < bits; i++) {
      const at = Math.floor(draw() * size);
      readSync(fd, byte, 0, 1, at);
      byte[0] = (byte[0] ?? 0) ^ (1 << Math.floor(draw() * 8));
      writeSync(fd, byte, 0, 1, at);
      places.push(at);
    }
    return `${bits === 1 ? "a bit" : `${bits} bits`} turned over at byte ${places.slice(0, 6).join(", ")}`;
  },
  truncate: (fd, damage) => {
    const { size } = fstatSync(fd);
    const bytes = Math.min(size, damage.is === "truncate" ? damage.bytes : 0);
    if (bytes === 0) return null;
    ftruncateSync(fd, size - bytes);
    return `the last ${bytes} of ${size} bytes are gone`;
  },
};

/** The last line of the file, at most 64 KiB of it: what a write looks like there. */
function lastLine(fd: number, size: number): Buffer {
  const from = Math.max(0, size - 2 ** 16);
  const tail = Buffer.alloc(size - from);
  readSync(fd, tail, 0, tail.length, from);
  return tail.subarray(tail.lastIndexOf(0x0a, tail.length - 2) + 1);
}

/** Everything in the folder; the folder itself stays. Tells how many bytes of files there were. */
export function wipeFolder(folder: string): number {
  if (!existsSync(folder)) return 0;
  let bytes = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true }))
    if (entry.isFile()) bytes += statSync(join(entry.parentPath, entry.name)).size;
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true, force: true });
  return bytes;
}
