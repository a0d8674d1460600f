/**
 * What is wrong with this machine's clock and disk, as a file says that the configuration names:
 *
 *     {"clock":{"offsetMs":-500,"rate":1,"sinceMs":1795250738058},"disk":{"is":"slow","on":"fsync","delayMs":40}}
 *
 * Hardware fails, and a database is told so by system calls that fail; this is how somebody who has no bad disk at hand
 * makes them. The file is looked at a hundred times a second; where it is not there, or can't be read, nothing is wrong.
 */

import fs from "node:fs";

const LOOK_EVERY_MS = 10;

/** The wall clock shows the true time + `offsetMs`, and since `sinceMs` (true time) it runs at `rate`. */
export interface SkewedClock {
  readonly offsetMs: number;
  readonly rate: number;
  readonly sinceMs: number;
}

export type BadDisk =
  | { readonly is: "full" | "read-only" }
  | { readonly is: "errors"; readonly on: "read" | "write" | "fsync"; readonly probability?: number }
  | { readonly is: "slow"; readonly on: "write" | "fsync"; readonly delayMs: number };

interface Hardware {
  readonly clock?: SkewedClock | null;
  readonly disk?: BadDisk | null;
}

let hardware: Hardware = {};
let lookNow: (() => void) | null = null;

export const skewedClock = (): SkewedClock | null => hardware.clock ?? null;
export const badDisk = (): BadDisk | null => hardware.disk ?? null;

/** Whoever asks may have changed the file a moment ago, and a busy node may not have looked since. */
export const lookAgain = (): void => lookNow?.();

/** Looks at the file now and from now on. */
export function watchHardware(file: string): void {
  let last = "";
  const look = (): void => {
    const text = contentOf(file);
    if (text === last) return;
    last = text;
    hardware = parsed(text);
  };
  lookNow = look;
  look();
  setInterval(look, LOOK_EVERY_MS).unref();
}

function contentOf(file: string): string {
  try {
    return fs.readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function parsed(text: string): Hardware {
  try {
    // Whoever writes the file replaces it as a whole; what is not JSON is no hardware that we know.
    return text === "" ? {} : (JSON.parse(text) as Hardware);
  } catch {
    return {};
  }
}
