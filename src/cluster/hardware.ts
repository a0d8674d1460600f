/**
 * The clock and the disk of one node of the reference store, as far as the nemesis may break them: through the file that
 * the node reads about its hardware, and through its log while it is down.
 */

import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { damageFiles, pickOf, wipeFolder } from "../../nemesis/index.js";
import type { Address } from "../client/connection.js";
import type { Hardware } from "./machine.js";

export interface HardwareOptions {
  /** The node's `hardwareFile`. Its folder is made. */
  readonly file: string;
  readonly dataDir: string;
  /** Draws which bits flip. */
  readonly seed: number;
  /** The node's HTTP face, now. */
  readonly http: () => Address;
}

export function hardwareOf({ file, dataDir, seed, http }: HardwareOptions): Hardware {
  mkdirSync(dirname(file), { recursive: true });
  const state: { clock: object | null; disk: object | null } = { clock: null, disk: null };
  const write = async (): Promise<void> => {
    // As a whole, so that nobody reads half of it; then long enough for the node to have looked.
    writeFileSync(`${file}.new`, JSON.stringify(state));
    renameSync(`${file}.new`, file);
    await new Promise((resolve) => void setTimeout(resolve, SEEN_AFTER_MS));
  };
  let damages = 0;
  return {
    setClock(clock) {
      state.clock = clock === null ? null : { ...clock, sinceMs: Date.now() };
      return write();
    },
    async readClock() {
      const { host, port } = http();
      const response = await fetch(`http://${host}:${port}/clock`, { signal: AbortSignal.timeout(ANSWER_MAX_MS) });
      const { value } = (await response.json()) as { readonly value?: unknown };
      if (typeof value !== "number") throw new Error(`the node does not tell its clock: ${JSON.stringify(value)}`);
      return value;
    },
    setDisk(trouble) {
      state.disk = trouble;
      return write();
    },
    diskHits: async () => numberIn(`${file}.hits`) ?? 0,
    damage: async (damage) => {
      damages += 1;
      const pick = pickOf(seed, damages, "damage");
      let draws = 0;
      return damageFiles(damage, {
        files: () => [join(dataDir, "log")],
        copies: join(dirname(file), "copies"),
        syncedBytes: () => numberIn(`${file}.synced`),
        draw: () => pick(String(draws++)),
      });
    },
    wipe: async () => wipeFolder(dataDir),
  };
}

/** The node looks at its file every 10 ms. */
const SEEN_AFTER_MS = 30;
const ANSWER_MAX_MS = 2_000;

function numberIn(path: string): number | null {
  try {
    return Number(readFileSync(path, "utf8"));
  } catch {
    return null;
  }
}
