/**
 * A small file system in memory as the disk of a program that is not ours: it is really full when it is full, for every
 * program and by every call. Takes the right to mount.
 */

import { closeSync, existsSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Target } from "../inject.js";
import { type Journal, NO_JOURNAL } from "../journal.js";
import { run } from "../run-program.js";

export interface SmallDisk extends Required<Pick<Target, "setDisk" | "diskHits" | "diskTroubles">> {
  /** Unmounts it, and what was in it is gone. Idempotent. */
  close(): Promise<void>;
}

/** Space can run out, and nothing else. */
export const SPACE_TROUBLES = ["full"] as const;

const FILLER = ".kvtest-filler";
const CHUNK_BYTES = 65_536;

/** Mounted at `path`, which is made. @throws where we may not mount */
export async function openSmallDisk(path: string, bytes: number, journal: Journal = NO_JOURNAL): Promise<SmallDisk> {
  mkdirSync(path, { recursive: true });
  const written = journal.begin({ undo: "unmount", path });
  try {
    await run("mount", ["-t", "tmpfs", "-o", `size=${bytes},mode=0777`, "kvtest", path]);
  } catch (error) {
    journal.end(written);
    throw error;
  }
  let isOpen = true;
  let hits = 0;
  let meets: (() => boolean) | null = null;
  const filler = join(path, FILLER);
  return {
    diskTroubles: SPACE_TROUBLES,
    async setDisk(trouble) {
      if (trouble !== null && trouble.is !== "full")
        throw new Error(`a disk in memory can be full, it cannot be ${trouble.is}`);
      if (trouble === null) rmSync(filler, { force: true });
      else fill(filler);
      meets = trouble === null ? null : () => !hasRoom(join(path, `${FILLER}-probe`));
    },
    // The program's own calls nobody counts here; a write of ours meets what its writes meet.
    diskHits: async () => {
      if (meets?.() === true) hits += 1;
      return hits;
    },
    async close() {
      if (!isOpen) return;
      isOpen = false;
      if (existsSync(path)) await run("umount", ["-l", path]);
      journal.end(written);
    },
  };
}

/** Writes until there is no room for another byte. */
function fill(file: string): void {
  const fd = openSync(file, "a");
  try {
    for (let size = CHUNK_BYTES; size >= 1; size = Math.floor(size / 2)) {
      const chunk = Buffer.alloc(size);
      while (written(fd, chunk)) {
        // Until it is refused.
      }
    }
  } finally {
    closeSync(fd);
  }
}

function written(fd: number, chunk: Buffer): boolean {
  try {
    return writeSync(fd, chunk) === chunk.length;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOSPC") return false;
    throw error;
  }
}

function hasRoom(file: string): boolean {
  const fd = openSync(file, "w");
  try {
    return written(fd, Buffer.alloc(1));
  } finally {
    closeSync(fd);
    rmSync(file, { force: true });
  }
}
