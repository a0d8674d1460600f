import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Log, LogDamaged, record } from "../../src/replica/log.js";
import type { Json } from "../../src/replica/wire.js";

let folder: string;
let file: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "kvtest-log-"));
  file = path.join(folder, "log");
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

const options = { format: "test", fsync: false };

function write(...entries: Json[]): void {
  const log = new Log(file, options);
  for (const entry of entries) log.append(entry);
  log.write();
  log.close();
}

function open(): { readonly entries: readonly Json[]; readonly cutBytes: number } {
  const { entries, cutBytes } = openLog(options);
  return { entries, cutBytes };
}

function openLog(with_: typeof options): Log {
  const log = new Log(file, with_);
  log.close();
  return log;
}

test("a record is one line: length, checksum, entry", () => {
  expect(record(1)).toBe("00000001 83dcefb7 1\n");
  // The length counts bytes: the sign for euro has three of them.
  expect(record({ k: "€" })).toMatch(/^0000000b [0-9a-f]{8} \{"k":"€"\}\n$/);
});

test("what was written is read again, in order, over any number of lives", () => {
  write({ a: 1 }, "zwei\nlines", null);
  write(4);
  write();
  expect(open()).toEqual({ entries: [{ a: 1 }, "zwei\nlines", null, 4], cutBytes: 0 });
});

test("what was appended and not written is not there", () => {
  const log = new Log(file, options);
  log.append(1);
  log.close();
  expect(open().entries).toEqual([]);
});

test("with fsync the call comes back when the disk has it", async () => {
  const log = new Log(file, { ...options, fsync: true });
  log.append("x");
  log.write();
  await new Promise<void>((resolve, reject) => log.sync((error) => (error === null ? resolve() : reject(error))));
  log.close();
  expect(open().entries).toEqual(["x"]);
});

describe("a torn tail", () => {
  test("is cut off wherever the write stopped, and only that; what comes then is kept", () => {
    write(1, 2);
    const whole = fs.statSync(file).size;
    const last = record({ key: "third", value: "€ and more" });
    for (let cut = 1; cut < Buffer.byteLength(last); cut++) {
      fs.truncateSync(file, whole);
      fs.appendFileSync(file, Buffer.from(last).subarray(0, cut));
      expect(open()).toEqual({ entries: [1, 2], cutBytes: cut });
      expect(fs.statSync(file).size).toBe(whole);
    }
    write(3);
    expect(open().entries).toEqual([1, 2, 3]);
  });

  test("of several entries written at once keeps those that are whole", () => {
    write(1);
    fs.appendFileSync(file, record(2) + record(3) + record(4).slice(0, -1));
    expect(open().entries).toEqual([1, 2, 3]);
  });

  test("of zeros, as some file systems leave them, is cut off too", () => {
    write(1);
    fs.appendFileSync(file, Buffer.alloc(5000));
    expect(open()).toEqual({ entries: [1], cutBytes: 5000 });
  });

  test("that is all there is makes a new log", () => {
    fs.writeFileSync(file, "0000002");
    expect(open()).toEqual({ entries: [], cutBytes: 7 });
    write(1);
    expect(open().entries).toEqual([1]);
  });
});

describe("damage before a whole record", () => {
  test("is refused, whichever byte it hits, and the file is left as it is", () => {
    write("first", "second", "third");
    const good = fs.readFileSync(file);
    const lastRecordAt = good.length - record("third").length;
    for (let at = 0; at < lastRecordAt; at++) {
      const bad = Buffer.from(good);
      bad.writeUInt8((good.readUInt8(at) ^ 0x01) & 0xff, at);
      fs.writeFileSync(file, bad);
      expect(() => open(), `byte ${at}`).toThrow(LogDamaged);
      expect(fs.readFileSync(file).equals(bad)).toBe(true);
    }
  });

  test("says which record, where, and what to do", () => {
    write("first", "second", "third");
    const text = fs.readFileSync(file, "utf8");
    fs.writeFileSync(file, text.replace("second", "zecond"));
    expect(() => open()).toThrow(
      /log: record 3, at byte \d+, is damaged, but a whole record follows at byte \d+\. .*Restore/,
    );
  });
});

test("a compacted log that lacks some of what it was made of is refused, and one that lacks what came later is cut", async () => {
  const log = new Log(file, options);
  log.append("old");
  log.write();
  log.compact(["a", "b", "c"]);
  log.write();
  await new Promise((resolve) => log.sync(resolve));
  log.append("later");
  log.write();
  log.close();
  const whole = fs.statSync(file).size;
  const later = record("later").length;
  fs.truncateSync(file, whole - 1);
  expect(open()).toEqual({ entries: ["a", "b", "c"], cutBytes: later - 1 });
  for (let gone = 1; gone <= record("c").length + record("b").length; gone++) {
    fs.truncateSync(file, whole - later - gone);
    expect(() => open()).toThrow(/[12] whole records, and it was compacted to 3 that were durable/);
  }
});

test("a log of another kind of entries does not open", () => {
  write(1);
  expect(() => openLog({ ...options, format: "other" })).toThrow(/the log of "test", and "other" cannot read it/);
  fs.writeFileSync(file, record({ some: "thing" }));
  expect(() => open()).toThrow(/not a kvtest replica log/);
});

test("whatever a crash leaves of a file, a prefix of the entries comes back", () => {
  const entries = fc.array(fc.jsonValue() as fc.Arbitrary<Json>, { minLength: 1, maxLength: 8 });
  let cut = 0;
  fc.assert(
    fc.property(entries, fc.nat(), (kept, seed) => {
      fs.rmSync(file, { force: true });
      write(...kept);
      const size = fs.statSync(file).size;
      fs.truncateSync(file, size - (seed % size));
      const found = open();
      if (found.cutBytes > 0) cut++;
      expect(found.entries).toEqual(JSON.parse(JSON.stringify(kept.slice(0, found.entries.length))));
    }),
    { numRuns: 200 },
  );
  expect(cut).toBeGreaterThan(50);
});

/** Of one recovery; CPU time, for the machine is shared. */
function cpuMs(records: number): number {
  fs.rmSync(file, { force: true });
  write(...Array.from({ length: records }, (_, i) => ({ key: `k${i}`, version: i, value: i })));
  const before = process.cpuUsage();
  expect(open().entries).toHaveLength(records);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

test("recovery is linear: a hundred times the records, and not ten thousand times the work", () => {
  cpuMs(1_000);
  const small = Math.min(...Array.from({ length: 5 }, () => cpuMs(1_000)));
  // Ten times more than it takes, and ten times less than what this is to catch.
  expect(cpuMs(100_000)).toBeLessThan(1_000 * small);
});

const synced = (log: Log): Promise<Error | null> => new Promise((resolve) => log.sync(resolve));

describe("compaction", () => {
  test("a compacted log is what it was compacted to, and what came after", async () => {
    write("old", "older");
    const log = new Log(file, { ...options, fsync: true });
    log.append("replaced with the rest");
    log.compact(["snapshot"]);
    log.append("after");
    log.write();
    expect(await synced(log)).toBe(null);
    log.append("later");
    log.write();
    expect(await synced(log)).toBe(null);
    log.close();
    expect(open()).toEqual({ entries: ["snapshot", "after", "later"], cutBytes: 0 });
  });

  test("until the new log is durable the old one counts", () => {
    write("old");
    const log = new Log(file, options);
    log.compact(["snapshot"]);
    log.write();
    log.close();
    expect(fs.existsSync(`${file}.next`)).toBe(true);
    expect(open().entries).toEqual(["old"]);
    expect(fs.existsSync(`${file}.next`)).toBe(false);
  });
});
