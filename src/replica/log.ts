/**
 * The durable log: one record a line, readable with `less`. It grows, and is replaced whole when it is compacted.
 *
 *     00000021 9a3c41d0 {"key":"k","version":1,"value":7}
 *     length   crc32    entry: JSON, UTF-8, no line break
 *
 * Length (bytes of the entry) and checksum (of the same bytes) are eight hexadecimal digits each. The first record
 * says what wrote the file. A crash can leave the last write half done: such a tail was never acknowledged, and is cut
 * off. A record that is broken although a whole one follows is damage, and the log refuses to open.
 *
 * A compacted log is written beside the old one, made durable, and only then renamed into its place: whenever the node
 * is killed, one of the two is there, whole. What is left of a new one that was not finished is removed. Its first
 * record says how many it was made of: these were durable before it had its place, so none of them may be torn.
 */

import fs from "node:fs";
import path from "node:path";
import { crc32 } from "node:zlib";
import { type Disk, DISK } from "./disk.js";
import { isCount, isObject, type JsonObject } from "./protocol/json.js";
import type { Json } from "./wire.js";

const HEADER_BYTES = 18;
const NEWLINE = 0x0a;
const FILE_KIND = "kvtest replica log";

export interface LogOptions {
  /** Names the kind of entries; a log of another kind does not open. */
  readonly format: string;
  /** false: an entry counts as durable when the operating system has it. It then survives SIGKILL, but no power cut. */
  readonly fsync: boolean;
  /** Default: the operating system's. */
  readonly disk?: Disk;
}

/** The file is not what it must be. Nothing was changed. */
export class LogDamaged extends Error {
  override name = "LogDamaged";
}

export class Log {
  /** What the file held when it was opened, oldest first. */
  readonly entries: readonly Json[];
  /** Length of the torn tail that was cut off when it was opened. */
  readonly cutBytes: number;
  readonly #disk: Disk;
  readonly #file: string;
  readonly #format: string;
  readonly #fsync: boolean;
  #fd: number;
  #pending: string[] = [];
  /** `#pending` is the whole of a new log. */
  #compacts = false;
  /** The new log, written and not in its place yet. */
  #nextFd: number | null = null;

  /** Recovers the file, or makes it. Throws `LogDamaged`, and what the file system throws. */
  constructor(file: string, options: LogOptions) {
    this.#disk = options.disk ?? DISK;
    this.#file = file;
    this.#format = options.format;
    fs.rmSync(nextOf(file), { force: true });
    const bytes = fs.existsSync(file) ? this.#disk.read(file) : Buffer.alloc(0);
    const { entries, wholeBytes } = recover(bytes, file);
    const [head, ...rest] = entries;
    if (head !== undefined) checkHead(head, rest.length, file, options.format);
    this.entries = rest;
    this.cutBytes = bytes.length - wholeBytes;
    this.#fsync = options.fsync;
    this.#fd = fs.openSync(file, "a");
    if (this.cutBytes > 0) fs.ftruncateSync(this.#fd, wholeBytes);
    if (head === undefined) {
      this.append(headOf(options.format));
      this.write();
    }
    if (options.fsync) {
      fs.fsyncSync(this.#fd);
      syncFolder(path.dirname(file));
    }
  }

  /** Takes an entry into the next `write`. */
  append(entry: Json): void {
    this.#pending.push(record(entry));
  }

  /** From the next `write` on, the log is these entries and those that are appended later. */
  compact(entries: readonly Json[]): void {
    this.#compacts = true;
    this.#pending = [{ ...headOf(this.#format), compacted: entries.length }, ...entries].map(record);
  }

  /** Hands all appended entries to the operating system at once. Throws what the file system throws. */
  write(): void {
    const bytes = Buffer.from(this.#pending.join(""));
    this.#pending = [];
    if (this.#compacts) this.#nextFd = fs.openSync(nextOf(this.#file), "w");
    this.#compacts = false;
    const fd = this.#nextFd ?? this.#fd;
    for (let at = 0; at < bytes.length; ) at += this.#disk.write(fd, bytes, at);
  }

  /** Calls back when all that was written is durable. To be called once after each `write`. */
  sync(done: (error: Error | null) => void): void {
    const nextFd = this.#nextFd;
    const takePlace = (): Error | null => (nextFd === null ? null : this.#takePlace(nextFd));
    if (this.#fsync) this.#disk.sync(nextFd ?? this.#fd, takePlace, done);
    else done(takePlace());
  }

  /** The new log becomes the log. */
  #takePlace(nextFd: number): Error | null {
    try {
      fs.renameSync(nextOf(this.#file), this.#file);
      fs.closeSync(this.#fd);
      this.#fd = nextFd;
      this.#nextFd = null;
      if (this.#fsync) syncFolder(path.dirname(this.#file));
      return null;
    } catch (error) {
      return error as Error; // the file system throws nothing but errors
    }
  }

  close(): void {
    fs.closeSync(this.#fd);
  }
}

function headOf(format: string): JsonObject {
  return { log: FILE_KIND, format };
}

function nextOf(file: string): string {
  return `${file}.next`;
}

export function record(entry: Json): string {
  const json = JSON.stringify(entry);
  return `${hex(Buffer.byteLength(json))} ${hex(crc32(json))} ${json}\n`;
}

function hex(number: number): string {
  return number.toString(16).padStart(8, "0");
}

/** All whole records from the start, and how long they are together. Linear in the file's length. */
function recover(bytes: Buffer, file: string): { readonly entries: readonly Json[]; readonly wholeBytes: number } {
  const entries: Json[] = [];
  let at = 0;
  while (at < bytes.length) {
    const end = recordEnd(bytes, at);
    if (end === null) break;
    entries.push(entryOf(bytes, at, end));
    at = end;
  }
  const next = at < bytes.length ? nextWhole(bytes, at) : null;
  if (next !== null) {
    throw new LogDamaged(
      `${file}: record ${entries.length + 1}, at byte ${at}, is damaged, but a whole record follows at byte ${next}. ` +
        "A crash cannot do this: acknowledged writes are lost. Restore the file, or empty the data folder to start anew.",
    );
  }
  return { entries, wholeBytes: at };
}

/** Where the whole record that begins here ends; null if none does. */
function recordEnd(bytes: Buffer, at: number): number | null {
  const length = claimedLength(bytes, at);
  if (length === null) return null;
  const end = at + HEADER_BYTES + length;
  // An entry has no line break inside. Looking for the first one also keeps the search after damage linear.
  if (bytes.indexOf(NEWLINE, at) !== end) return null;
  const checksum = bytes.toString("latin1", at + 9, at + 17);
  return hex(crc32(bytes.subarray(at + HEADER_BYTES, end))) === checksum ? end + 1 : null;
}

function claimedLength(bytes: Buffer, at: number): number | null {
  const header = bytes.toString("latin1", at, at + HEADER_BYTES);
  return /^[0-9a-f]{8} [0-9a-f]{8} $/.test(header) ? Number.parseInt(header, 16) : null;
}

function entryOf(bytes: Buffer, at: number, end: number): Json {
  // JSON.parse returns any; the checksum says that it is what JSON.stringify made of an entry.
  return JSON.parse(bytes.toString("utf8", at + HEADER_BYTES, end - 1)) as Json;
}

/** The first place after the damage where a whole record begins; null if there is none. */
function nextWhole(bytes: Buffer, damaged: number): number | null {
  const length = claimedLength(bytes, damaged);
  if (length !== null) {
    const next = damaged + HEADER_BYTES + length + 1;
    if (next < bytes.length && recordEnd(bytes, next) !== null) return next;
  }
  for (let at = bytes.indexOf(NEWLINE, damaged) + 1; at > 0; at = bytes.indexOf(NEWLINE, at) + 1) {
    if (recordEnd(bytes, at) !== null) return at;
  }
  return null;
}

function checkHead(head: Json, found: number, file: string, format: string): void {
  if (!isObject(head) || head["log"] !== FILE_KIND) throw new LogDamaged(`${file}: not a ${FILE_KIND}`);
  if (head["format"] !== format) {
    throw new LogDamaged(
      `${file}: the log of ${JSON.stringify(head["format"])}, and ${JSON.stringify(format)} cannot read it`,
    );
  }
  const { compacted } = head;
  if (isCount(compacted) && found < compacted) {
    throw new LogDamaged(
      `${file}: ${found} whole records, and it was compacted to ${compacted} that were durable. ` +
        "A crash cannot do this: acknowledged writes are lost. Restore the file, or empty the data folder to start anew.",
    );
  }
}

/** Without this a power cut could forget that the file exists. */
function syncFolder(folder: string): void {
  const fd = fs.openSync(folder, "r");
  try {
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}
