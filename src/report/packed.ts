/**
 * All operations of a history in few bytes: what the page's timeline and its scatter of latencies are drawn from.
 *
 * An operation as a JSON object takes some 200 bytes; here it is one number in each of eleven columns. Columns that only
 * grow are kept as differences. A column is laid out byte by byte (all lowest bytes, then all second ones, ...), and bytes
 * that are zero throughout are left out: neighbours are alike then, which is what deflate lives on.
 */

import type { Operation } from "../../checker/history/operation.js";
import { cut, operation, shown } from "./words.js";

const COLUMNS = [
  "invoked",
  "completed",
  "start",
  "duration",
  "process",
  "type",
  "f",
  "key",
  "node",
  "what",
  "error",
] as const;
type ColumnName = (typeof COLUMNS)[number];

const TEXTS = ["f", "key", "node", "what", "error"] as const;
export type TextName = (typeof TEXTS)[number];

export const TYPES = ["ok", "fail", "info"] as const;

export interface Packed {
  readonly operations: number;
  /** Length of one unit of time, ns. */
  readonly unitNs: number;
  /** Bytes per number of each column, in the order in which they lie. */
  readonly widths: readonly number[];
  /** Bytes of each list of texts; they follow the columns. */
  readonly texts: readonly number[];
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Columns, one entry an operation, in the order of their invocations. Texts: 0 is none. */
export interface Unpacked {
  readonly operations: number;
  readonly unitNs: number;
  /** Index of the event. */
  readonly invoked: Uint32Array;
  /** Index of the event; `NEVER` where there is none. */
  readonly completed: Uint32Array;
  /** In units of time since the run began. */
  readonly start: Uint32Array;
  /** In units; `NEVER` where it was not completed. */
  readonly end: Uint32Array;
  readonly process: Uint32Array;
  /** A place in TYPES. */
  readonly type: Uint32Array;
  readonly f: Uint32Array;
  readonly key: Uint32Array;
  readonly node: Uint32Array;
  readonly what: Uint32Array;
  readonly error: Uint32Array;
  /** The text that a number of that column stands for; "" for 0. */
  textOf(name: TextName, number: number): string;
  /** All of them by number; decoded when first asked for, which takes a while where they are a million. */
  textsOf(name: TextName): readonly string[];
}

export const NEVER = 0xffff_ffff;

/** Longer texts are cut: a transaction's first words are enough to know it by. */
const TEXT_MAX = { f: 30, key: 80, node: 40, what: 120, error: 160 } as const;

export const pack = (operations: readonly Operation[]): Packed => {
  const size = operations.length;
  let last = 0;
  for (const op of operations) last = Math.max(last, op.invokedTime, op.completedTime ?? 0);
  // A microsecond, or longer where the history is: twice the last moment has to fit into 32 bits.
  const unitNs = Math.max(1000, Math.ceil(last / (2 ** 31 - 2)));
  const units = (ns: number): number => Math.max(0, Math.round(ns / unitNs));
  const texts = TEXTS.map((name) => new Texts(TEXT_MAX[name]));
  const [f, key, node, what, error] = texts;
  const columns: { readonly [name in ColumnName]: (op: Operation, before: Operation | undefined) => number } = {
    invoked: (op, before) => op.invoked - (before?.invoked ?? 0),
    completed: (op) => (op.completed === null ? 0 : op.completed - op.invoked),
    start: (op, before) => zigzag(units(op.invokedTime) - units(before?.invokedTime ?? 0)),
    duration: (op) =>
      op.completedTime === null ? 0 : Math.max(0, units(op.completedTime) - units(op.invokedTime)) + 1,
    process: (op) => op.process,
    type: (op) => TYPES.indexOf(op.type),
    f: (op) => f?.numberOf(op.f) ?? 0,
    key: (op) => key?.numberOf(op.key) ?? 0,
    node: (op) => node?.numberOf(op.node) ?? 0,
    what: (op) => what?.numberOf(operation(shown(op), TEXT_MAX.what)) ?? 0,
    error: (op) => error?.numberOf(op.error) ?? 0,
  };
  const planes = COLUMNS.map((name) =>
    planesOf(Uint32Array.from(operations, (op, i) => columns[name](op, operations[i - 1]))),
  );
  const encoded = texts.map((each) => each.bytes());
  return {
    operations: size,
    unitNs,
    widths: planes.map((plane) => (size === 0 ? 0 : plane.length / size)),
    texts: encoded.map((each) => each.length),
    bytes: joined([...planes, ...encoded]),
  };
};

export const unpack = (packed: Packed): Unpacked => {
  const { operations: size, bytes, unitNs } = packed;
  const found = new Map<ColumnName, Uint32Array>();
  let at = 0;
  for (const [c, name] of COLUMNS.entries()) {
    const width = packed.widths[c] ?? 0;
    found.set(name, columnOf(bytes.subarray(at, at + width * size), size));
    at += width * size;
  }
  const texts = new Map<TextName, Lines>();
  for (const [t, name] of TEXTS.entries()) {
    const length = packed.texts[t] ?? 0;
    texts.set(name, new Lines(bytes.subarray(at, at + length)));
    at += length;
  }
  const of = (name: ColumnName): Uint32Array => found.get(name) ?? new Uint32Array(size);
  const [invoked, completed, start, end] = [of("invoked"), of("completed"), of("start"), of("duration")];
  for (let i = 0; i < size; i++) {
    invoked[i] = (invoked[i] ?? 0) + (i === 0 ? 0 : (invoked[i - 1] ?? 0));
    start[i] = unzigzag(start[i] ?? 0) + (i === 0 ? 0 : (start[i - 1] ?? 0));
    completed[i] = completed[i] === 0 ? NEVER : (invoked[i] ?? 0) + (completed[i] ?? 0);
    end[i] = end[i] === 0 ? NEVER : (start[i] ?? 0) + (end[i] ?? 0) - 1;
  }
  return {
    operations: size,
    unitNs,
    invoked,
    completed,
    start,
    end,
    process: of("process"),
    type: of("type"),
    f: of("f"),
    key: of("key"),
    node: of("node"),
    what: of("what"),
    error: of("error"),
    textOf: (name, number) => texts.get(name)?.at(number) ?? "",
    textsOf: (name) => texts.get(name)?.all() ?? [""],
  };
};

/** Texts once, by the order in which they came; JSON, one a line. */
class Texts {
  readonly #numbers = new Map<string, number>();
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  numberOf(text: string | null): number {
    if (text === null) return 0;
    const short = cut(text, this.#max);
    let number = this.#numbers.get(short);
    if (number === undefined) this.#numbers.set(short, (number = this.#numbers.size + 1));
    return number;
  }

  bytes(): Uint8Array {
    return new TextEncoder().encode([...this.#numbers.keys()].map((text) => JSON.stringify(text)).join("\n"));
  }
}

/** JSON strings, one a line, of which each is decoded when it is asked for. */
class Lines {
  readonly #bytes: Uint8Array;
  readonly #decoder = new TextDecoder();
  #ends: Uint32Array | null = null;
  #all: readonly string[] | null = null;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** From 1 on; 0 is none. */
  at(number: number): string {
    if (this.#all !== null) return this.#all[number] ?? "";
    this.#ends ??= this.#findEnds();
    const end = this.#ends[number - 1];
    if (end === undefined) return "";
    return this.#parse(this.#bytes.subarray(number === 1 ? 0 : (this.#ends[number - 2] ?? 0) + 1, end));
  }

  all(): readonly string[] {
    this.#ends ??= this.#findEnds();
    const count = this.#ends.length;
    this.#all ??= Array.from({ length: count + 1 }, (_, number) => this.at(number));
    return this.#all;
  }

  // Written by `Texts` above, so it is a string.
  #parse(line: Uint8Array): string {
    return JSON.parse(this.#decoder.decode(line)) as string;
  }

  #findEnds(): Uint32Array {
    const ends: number[] = [];
    for (let at = this.#bytes.indexOf(LINE_BREAK); at !== -1; at = this.#bytes.indexOf(LINE_BREAK, at + 1))
      ends.push(at);
    return Uint32Array.from(this.#bytes.length === 0 ? [] : [...ends, this.#bytes.length]);
  }
}

const LINE_BREAK = 10;

/** Time goes backwards in some histories from elsewhere, by little. */
const zigzag = (n: number): number => (n < 0 ? -2 * n - 1 : 2 * n);
const unzigzag = (n: number): number => (n % 2 === 1 ? -(n + 1) / 2 : n / 2);

const planesOf = (column: Uint32Array): Uint8Array => {
  let all = 0;
  for (const n of column) all |= n;
  const width = all >>> 24 !== 0 ? 4 : all >>> 16 !== 0 ? 3 : all >>> 8 !== 0 ? 2 : all === 0 ? 0 : 1;
  const bytes = new Uint8Array(width * column.length);
  for (let plane = 0; plane < width; plane++)
    for (let i = 0; i < column.length; i++) bytes[plane * column.length + i] = (column[i] ?? 0) >>> (8 * plane);
  return bytes;
};

const columnOf = (bytes: Uint8Array, size: number): Uint32Array => {
  const column = new Uint32Array(size);
  const width = size === 0 ? 0 : bytes.length / size;
  for (let plane = 0; plane < width; plane++)
    for (let i = 0; i < size; i++) column[i] = (column[i] ?? 0) | ((bytes[plane * size + i] ?? 0) << (8 * plane));
  return column;
};

const joined = (parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> => {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
};
