/**
 * Events of registers, as JSON.parse made them -> columns of operations by key, without an object for each.
 *
 * Takes only what is as it should be: whatever is not, or is not about registers and plain values, it declines, and the
 * history is to be read in full. What it takes means what it means to `Intake` and `RegisterHistory`.
 */

import type { Json } from "../../history/event.js";
import { parseEvent, type RawEvent } from "../../history/parse.js";
import { INIT, NONE, type RegisterColumns } from "../register-history.js";

/** What became of an operation; OPEN also where nobody knows. */
const OPEN = 0;
const OK = 1;
const FAILED = 2;

const READ = "read";
const WRITE = "write";
const CAS = "cas";

/** Of larger numbers of processes a column would be too long. */
const PROCESS_MAX = 1 << 20;
/** By process: no operation open; none ever again (H2). Else the operation. */
const IDLE = -1;
const RETIRED = -2;

class Key {
  readonly name: string | null;
  /** Operations by number, in order of invocation. */
  readonly operations: number[] = [];
  /** Values by what they are; the initial one is there from the beginning. */
  readonly values = new Map<unknown, number>([[null, INIT]]);

  constructor(name: string | null) {
    this.name = name;
  }

  valueOf(value: unknown): number {
    const known = this.values.get(value);
    if (known !== undefined) return known;
    const id = this.values.size;
    this.values.set(value, id);
    return id;
  }
}

export interface QuickKey {
  readonly name: string | null;
  readonly columns: RegisterColumns;
}

export class QuickColumns {
  hasCas = false;
  /** Whether any operation succeeded. */
  hasOk = false;
  readonly #keys: Key[] = [];
  /** By what a line has: a number names the same key as its digits. */
  readonly #byRaw = new Map<unknown, Key>();
  readonly #byName = new Map<string | null, Key>();
  #processes = new Int32Array(64).fill(IDLE);
  /** By operation. */
  readonly #key: Key[] = [];
  readonly #f: string[] = [];
  readonly #from: number[] = [];
  readonly #to: number[] = [];
  readonly #start: number[] = [];
  readonly #end: number[] = [];
  readonly #became: number[] = [];
  #events = 0;
  #hasIndex = false;
  #hasTime = false;
  #time = 0;

  /** Takes the next event. False: it is not for this. */
  take(event: RawEvent): boolean {
    const { index, time, process, type, f, key, value, siblings } = event;
    const moment = this.#events++;
    if (moment === 0) [this.#hasIndex, this.#hasTime] = [index !== undefined, time !== undefined];
    if (index !== (this.#hasIndex ? moment : undefined)) return false;
    if (this.#hasTime) {
      if (typeof time !== "number" || !Number.isFinite(time) || (time < this.#time && moment > 0)) return false;
      this.#time = time;
    } else if (time !== undefined) return false;
    if (typeof process === "string") return this.#takeFault(event, moment);
    if (f !== READ && f !== WRITE && f !== CAS) return false;
    if (siblings !== undefined || !isPlain(value, f === CAS)) return false;
    if (typeof process !== "number" || !Number.isInteger(process) || process < 0 || process >= PROCESS_MAX)
      return false;
    const on = this.#byRaw.get(key) ?? this.#newKey(key);
    if (on === null) return false;
    if (process >= this.#processes.length) this.#widen(process);
    return type === "invoke"
      ? this.#invoke(process, { f, key: on, value, moment })
      : this.#complete(process, { type, f, key: on, value, moment });
  }

  /** The keys in the order in which they came, those whose operations do not count too. */
  keys(): readonly QuickKey[] {
    return this.#keys.map((key) => ({ name: key.name, columns: this.#columnsOf(key) }));
  }

  #invoke(process: number, op: { f: string; key: Key; value: unknown; moment: number }): boolean {
    if (this.#processes[process] !== IDLE) return false;
    const { f, key, value } = op;
    const id = this.#f.length;
    this.#processes[process] = id;
    key.operations.push(id);
    let from = NONE;
    let to = NONE;
    if (f === WRITE) to = key.valueOf(value);
    else if (f === CAS) {
      if (!Array.isArray(value) || value.length !== 2) return false;
      this.hasCas = true;
      from = key.valueOf(value[0]);
      to = key.valueOf(value[1]);
      if (to === from) to = NONE;
    }
    this.#key.push(key);
    this.#f.push(f);
    this.#from.push(from);
    this.#to.push(to);
    this.#start.push(op.moment);
    this.#end.push(Number.POSITIVE_INFINITY);
    this.#became.push(OPEN);
    return true;
  }

  #complete(process: number, done: { type: unknown; f: string; key: Key; value: unknown; moment: number }): boolean {
    const id = this.#processes[process] ?? IDLE;
    if (id < 0 || this.#f[id] !== done.f || this.#key[id] !== done.key) return false;
    const { type } = done;
    this.#processes[process] = type === "info" ? RETIRED : IDLE;
    if (type === "info") return true;
    if (type === "fail") {
      this.#became[id] = FAILED;
      return true;
    }
    if (type !== "ok") return false;
    this.hasOk = true;
    this.#became[id] = OK;
    this.#end[id] = done.moment;
    if (done.f === READ) this.#from[id] = done.key.valueOf(done.value);
    return true;
  }

  /** A line of a nemesis, ours or another, if there is nothing wrong with it. */
  #takeFault(event: RawEvent, moment: number): boolean {
    const { is } = parseEvent(event, {
      index: moment,
      hasIndex: this.#hasIndex,
      dense: true,
      hasTime: this.#hasTime,
      time: this.#time,
    });
    return is !== "wrong";
  }

  /** null where it is no name. */
  #newKey(raw: unknown): Key | null {
    if (raw !== undefined && raw !== null && typeof raw !== "string" && typeof raw !== "number") return null;
    const name = raw === undefined || raw === null ? null : `${raw}`;
    let key = this.#byName.get(name);
    if (key === undefined) {
      key = new Key(name);
      this.#keys.push(key);
      this.#byName.set(name, key);
    }
    this.#byRaw.set(raw, key);
    return key;
  }

  #widen(process: number): void {
    const wider = new Int32Array(Math.max(2 * this.#processes.length, process + 1)).fill(IDLE);
    wider.set(this.#processes);
    this.#processes = wider;
  }

  #columnsOf({ operations, values }: Key): RegisterColumns {
    const kept: number[] = [];
    for (const id of operations) {
      const became = this.#became[id];
      if (became === OK || (became === OPEN && this.#to[id] !== NONE)) kept.push(id);
    }
    const columns = {
      from: new Int32Array(kept.length),
      to: new Int32Array(kept.length),
      start: new Float64Array(kept.length),
      end: new Float64Array(kept.length),
      // Null, booleans, numbers and strings: `isPlain` let no other pass.
      values: [...values.keys()] as Json[],
    };
    for (let i = 0; i < kept.length; i++) {
      const id = kept[i] ?? 0;
      columns.from[i] = this.#from[id] ?? NONE;
      columns.to[i] = this.#to[id] ?? NONE;
      columns.start[i] = this.#start[id] ?? 0;
      columns.end[i] = this.#end[id] ?? 0;
    }
    return columns;
  }
}

/** Whether a value is one that a Map tells from others as `canonical` does, or of a cas a list of such. */
function isPlain(value: unknown, orList: boolean): boolean {
  if (typeof value === "number") return !Number.isInteger(value) || Number.isSafeInteger(value);
  if (typeof value === "string" || value === null || typeof value === "boolean") return true;
  return orList && Array.isArray(value) && value.every((member) => isPlain(member, false));
}
