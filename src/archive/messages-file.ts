/** `messages.jsonl` in a run's folder: what was overheard on the links, a message a line, in the order in which they set out. */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import type { Message } from "../config/message.js";
import { writeWhole } from "./archive.js";
import { FILES } from "./files.js";

export const writeMessages = (dir: string, messages: readonly Message[]): void =>
  writeWhole(join(dir, FILES.messages), messages.map((message) => `${JSON.stringify(message)}\n`).join(""));

/** null where none were kept. Lines that are no message are left out: somebody may have edited the file. */
export const readMessages = (dir: string): readonly Message[] | null => {
  const file = join(dir, FILES.messages);
  if (!existsSync(file)) return null;
  return readFileSync(file, "utf8")
    .split("\n")
    .flatMap((line) => {
      const parsed = message.safeParse(jsonOf(line));
      return parsed.success ? [parsed.data] : [];
    });
};

const jsonOf = (line: string): unknown => {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
};

const message = z.object({
  from: z.string(),
  to: z.string(),
  sent: z.number(),
  arrived: z.number().nullable(),
  connection: z.number(),
  bytes: z.number(),
  text: z.string(),
}) satisfies z.ZodType<Message>;
