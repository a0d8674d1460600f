/** The system calls of the log: the operating system's own, or those of a disk that may be bad. */

import fs from "node:fs";
import { type BadDisk, badDisk } from "./hardware.js";

export interface Disk {
  read(file: string): Buffer;
  /** Appends; how many bytes were taken. */
  write(fd: number, bytes: Buffer, at: number): number;
  /** `takePlace`: to be done once all is durable, and before anybody is told. */
  sync(fd: number, takePlace: () => Error | null, done: (error: Error | null) => void): void;
}

export const DISK: Disk = {
  read: (file) => fs.readFileSync(file),
  write: (fd, bytes, at) => fs.writeSync(fd, bytes, at),
  sync: (fd, takePlace, done) => fs.fdatasync(fd, (error) => done(error ?? takePlace())),
};

/**
 * A disk that does what `hardware` says. It keeps two notes beside that file, for who wants to know later: `.synced`,
 * how many bytes of the log are surely durable, and `.hits`, how many calls met a trouble.
 */
export function mayBeBad(hardwareFile: string, seed: number): Disk {
  let hits = 0;
  let calls = seed;
  const draw = (): number => fraction(++calls);
  const troubled = (on: "read" | "write" | "fsync"): BadDisk | null => {
    const bad = badDisk();
    const isHit = bad !== null && hitsCall(bad, on, draw);
    if (!isHit) return null;
    hits += 1;
    fs.writeFileSync(`${hardwareFile}.hits`, String(hits));
    return bad;
  };
  const note = (bytes: number): void => fs.writeFileSync(`${hardwareFile}.synced`, String(bytes));
  try {
    hits = Number(fs.readFileSync(`${hardwareFile}.hits`, "utf8"));
  } catch {
    // The first life of this node.
  }
  return {
    read(file) {
      if (troubled("read") !== null) throw failure("EIO", "read");
      const bytes = DISK.read(file);
      // Nobody can tell any more what of it was synced: what is there after a restart counts as durable.
      note(bytes.length);
      return bytes;
    },
    write(fd, bytes, at) {
      const bad = troubled("write");
      if (bad?.is === "slow") Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, bad.delayMs);
      else if (bad !== null) throw failure(CODES[bad.is], "write");
      return DISK.write(fd, bytes, at);
    },
    sync(fd, takePlace, done) {
      const bad = troubled("fsync");
      if (bad !== null && bad.is !== "slow") {
        setImmediate(() => done(failure("EIO", "fdatasync")));
        return;
      }
      const { size } = fs.fstatSync(fd);
      const synced = (error: Error | null): void => {
        if (error === null) note(size);
        done(error);
      };
      if (bad === null) DISK.sync(fd, takePlace, synced);
      else setTimeout(() => DISK.sync(fd, takePlace, synced), bad.delayMs);
    },
  };
}

const CODES = { full: "ENOSPC", "read-only": "EROFS", errors: "EIO" } as const;

function hitsCall(bad: BadDisk, on: "read" | "write" | "fsync", draw: () => number): boolean {
  if (bad.is === "slow") return bad.on === on;
  if (bad.is !== "errors") return on === "write";
  return bad.on === on && draw() < (bad.probability ?? 1);
}

function failure(code: string, call: string): Error {
  return Object.assign(new Error(`${code}: ${call}, by a disk that is said to be bad`), { code, syscall: call });
}

/** A number in [0, 1) of a whole one: MurmurHash3's 32-bit finaliser (Appleby). */
function fraction(n: number): number {
  let x = Math.imul(n >>> 0, 0x9e3779b9);
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return ((x ^ (x >>> 16)) >>> 0) / 2 ** 32;
}
