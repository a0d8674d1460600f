/** The lines that were appended to a file since the last look. */

import { open, stat } from "node:fs/promises";

/** One look reads at most so much; the next one goes on. */
const LOOK_MAX = 8 * 2 ** 20;

export class Tail {
  readonly #file: string;
  #offset = 0;
  #rest = Buffer.alloc(0);

  constructor(file: string) {
    this.#file = file;
  }

  /** Whole lines only: what follows the last line break waits for the rest of its line. Empty where there is no file. */
  async lines(): Promise<readonly string[]> {
    const size = await stat(this.#file).then(
      (each) => each.size,
      () => 0,
    );
    if (size <= this.#offset) return [];
    const handle = await open(this.#file, "r").catch(() => null);
    if (handle === null) return [];
    try {
      const piece = Buffer.alloc(Math.min(LOOK_MAX, size - this.#offset));
      const { bytesRead } = await handle.read(piece, 0, piece.length, this.#offset);
      this.#offset += bytesRead;
      const all = Buffer.concat([this.#rest, piece.subarray(0, bytesRead)]);
      const end = all.lastIndexOf(10) + 1;
      this.#rest = Buffer.from(all.subarray(end));
      return all.subarray(0, end).toString("utf8").split("\n").slice(0, -1);
    } finally {
      await handle.close();
    }
  }
}

/** The last whole line of a file; null where there is none. */
export const lastLineOf = async (file: string): Promise<string | null> => {
  const handle = await open(file, "r").catch(() => null);
  if (handle === null) return null;
  try {
    const { size } = await handle.stat();
    const piece = Buffer.alloc(Math.min(size, 4096));
    await handle.read(piece, 0, piece.length, size - piece.length);
    return (
      piece
        .toString("utf8")
        .split("\n")
        .filter((line) => line !== "")
        .at(-1) ?? null
    );
  } finally {
    await handle.close();
  }
};
