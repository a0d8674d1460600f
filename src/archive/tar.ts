/** Files as a tar archive (POSIX.1-2001, ustar, with a pax header where a name does not fit), piece by piece. */

import { createReadStream } from "node:fs";

export interface Packed {
  /** Name within the archive. */
  readonly name: string;
  /** Where it lies. */
  readonly file: string;
  readonly bytes: number;
  readonly modifiedMs: number;
}

const BLOCK = 512;

export async function* tarOf(files: readonly Packed[]): AsyncIterable<Uint8Array> {
  for (const file of files) {
    yield* headersOf(file);
    let written = 0;
    // A file that grows meanwhile is cut where it ended, one that shrank is filled up: the header has said its length.
    for await (const chunk of createReadStream(file.file, { end: Math.max(0, file.bytes - 1) })) {
      const piece = (chunk as Buffer).subarray(0, file.bytes - written);
      written += piece.length;
      yield piece;
    }
    if (written < file.bytes) yield Buffer.alloc(file.bytes - written);
    yield padding(file.bytes);
  }
  yield Buffer.alloc(2 * BLOCK);
}

function* headersOf({ name, bytes, modifiedMs }: Packed): Iterable<Uint8Array> {
  const short = Buffer.byteLength(name) <= 100;
  if (!short) {
    const record = paxRecord("path", name);
    yield headerOf("pax", record.length, modifiedMs, "x");
    yield record;
    yield padding(record.length);
  }
  yield headerOf(short ? name : "long", bytes, modifiedMs, "0");
}

/** `length key=value\n`, where the length counts its own digits too. */
const paxRecord = (key: string, value: string): Buffer => {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + String(rest).length;
  if (String(length).length !== String(rest).length) length = rest + String(length).length;
  return Buffer.from(`${length} ${key}=${value}\n`);
};

const headerOf = (name: string, bytes: number, modifiedMs: number, type: "0" | "x"): Buffer => {
  const header = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, digits: number): void => {
    header.write(`${Math.floor(value).toString(8).padStart(digits, "0")}\0`, at, "latin1");
  };
  header.write(name, 0, "utf8");
  octal(0o644, 100, 7);
  octal(0, 108, 7);
  octal(0, 116, 7);
  octal(bytes, 124, 11);
  octal(Math.max(0, modifiedMs / 1000), 136, 11);
  header.write("        ", 148, "latin1");
  header.write(type, 156, "latin1");
  header.write("ustar\x0000", 257, "latin1");
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return header;
};

const padding = (bytes: number): Uint8Array => Buffer.alloc((BLOCK - (bytes % BLOCK)) % BLOCK);
