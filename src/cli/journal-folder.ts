/** Where `kvtest nemesis`, which has no run, writes down what it does, and where `kvtest heal` looks for it. */

import { lstatSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** One for each user: what is to be undone names processes, and only they (and root) may signal theirs. */
export const journalFolder = (): string => join(tmpdir(), `kvtest-nemesis-${process.getuid?.() ?? 0}`);

/** @throws when somebody else made the folder: what they wrote into it would be done in our name */
export function madeJournalFolder(): string {
  const folder = journalFolder();
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { uid, mode } = lstatSync(folder);
  const isOurs = lstatSync(folder).isDirectory() && uid === (process.getuid?.() ?? uid) && (mode & 0o022) === 0;
  if (!isOurs) throw new Error(`${folder} is not ours alone, so nothing is written there; remove it`);
  return folder;
}
