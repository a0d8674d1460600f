/** The operation that each process has open, in columns by process. */

import { NONE } from "./columns.js";
import { CAS, INFO, READ } from "./scan.js";
import { widened } from "./values.js";

const IDLE = 0;
const OPEN = 1;
const RETIRED = 2;

/** Larger numbers of processes would need a column too long: whoever has them is read the long way. */
const PROCESS_MAX = 1 << 22;

/** What of an invocation is kept. */
interface Begun {
  readonly f: number;
  readonly key: number;
  readonly from: number;
  readonly to: number;
}

export class OpenOperations {
  #standing = new Uint8Array(64);
  #f = new Uint8Array(64);
  #key = new Int32Array(64);
  #from = new Int32Array(64);
  #to = new Int32Array(64);
  #began = new Int32Array(64);
  #latest = new Int32Array(64);
  #latestValue = new Int32Array(64);

  /** False where the process may not: it has one open (H1), or is retired (H2), or its number is too large. */
  begin(process: number, op: Begun, moment: number): boolean {
    if (process >= PROCESS_MAX) return false;
    if (process >= this.#standing.length) this.#grow(process);
    if (this.#standing[process] !== IDLE) return false;
    this.#standing[process] = OPEN;
    this.#f[process] = op.f;
    this.#key[process] = op.key;
    this.#from[process] = op.from;
    this.#to[process] = op.to;
    this.#began[process] = moment;
    return true;
  }

  /** What was the latest change of its key when it began. */
  remember(process: number, latest: number, latestValue: number): void {
    this.#latest[process] = latest;
    this.#latestValue[process] = latestValue;
  }

  isOpen(process: number, f: number, key: number): boolean {
    return this.#standing[process] === OPEN && this.#f[process] === f && this.#key[process] === key;
  }

  /** What is known of it can still be asked until the process begins another. */
  end(process: number, type: number): void {
    this.#standing[process] = type === INFO ? RETIRED : IDLE;
  }

  from(process: number): number {
    return this.#from[process] ?? NONE;
  }

  to(process: number): number {
    return this.#to[process] ?? NONE;
  }

  began(process: number): number {
    return this.#began[process] ?? NONE;
  }

  latest(process: number): number {
    return this.#latest[process] ?? NONE;
  }

  latestValue(process: number): number {
    return this.#latestValue[process] ?? NONE;
  }

  /** At the end of the history what is open is of unknown outcome: tells of those that may have changed something. */
  closeAll(take: (key: number, f: number) => void): void {
    for (let process = 0; process < this.#standing.length; process++) {
      const f = this.#f[process] ?? 0;
      const looks = f === READ || f > CAS || (f === CAS && this.#from[process] === this.#to[process]);
      if (this.#standing[process] === OPEN && !looks) take(this.#key[process] ?? 0, f);
    }
  }

  #grow(process: number): void {
    const size = Math.max(2 * this.#standing.length, process + 1);
    const [standing, f] = [new Uint8Array(size), new Uint8Array(size)];
    standing.set(this.#standing);
    f.set(this.#f);
    [this.#standing, this.#f] = [standing, f];
    this.#key = widened(this.#key, size);
    this.#from = widened(this.#from, size);
    this.#to = widened(this.#to, size);
    this.#began = widened(this.#began, size);
    this.#latest = widened(this.#latest, size);
    this.#latestValue = widened(this.#latestValue, size);
  }
}
