/** Events of registers with distinct values, as numbers, in the order in which they happened: the check without the text. */

import { NONE, RegisterColumns } from "./columns.js";
import { OpenOperations } from "./open.js";
import { CAS, FAIL, INVOKE, OK, READ, WRITE } from "./scan.js";
import { sweep, type Swept } from "./sweep.js";

/** Kinds of `type` and `f` as in `scan.ts`. */
export interface RegisterEvent {
  readonly process: number;
  readonly type: number;
  readonly f: number;
  readonly key: number;
  /** Of an invocation: what a cas must find, and what is written. Of an ok read, `from` is what it returned. Else NONE. */
  readonly from: number;
  readonly to: number;
}

export class RegisterEvents {
  readonly columns = new RegisterColumns();
  hasCas = false;
  readonly #open = new OpenOperations();
  readonly #counted: (key: number, f: number) => void;
  /** By key: the value that an operation saw too late, and the one that was written over it. */
  readonly #impossible = new Map<number, readonly number[]>();

  /** `counted` is told of every operation that did not fail, when that is known. */
  constructor(counted: (key: number, f: number) => void) {
    this.#counted = counted;
  }

  /** `moment`: the number of the event, larger than all before. Returns what the event breaks, in words, or null. */
  take(event: RegisterEvent, moment: number): string | null {
    const { process, type, f, key } = event;
    const open = this.#open;
    if (type !== INVOKE) {
      if (!open.isOpen(process, f, key)) return `process ${process} completes what it had not invoked`;
      open.end(process, type);
      this.#complete(event, moment);
      return null;
    }
    if (!open.begin(process, event, moment)) return `process ${process} cannot begin an operation here`;
    if (f === CAS) this.hasCas = true;
    const changes = (f === WRITE || f === CAS) && event.from !== event.to;
    if (changes && !this.columns.invoke(key, event.from, event.to, moment)) return "a value is written a second time";
    open.remember(process, this.columns.latest(key), this.columns.latestValue(key));
    return null;
  }

  /** What the whole came to. Keys are numbered from 0. */
  end(keys: number, keyOf: (value: number) => number): Swept {
    const { columns } = this;
    const swept = sweep({ columns, keys, keyOf, initialOf: (key) => columns.initialOf(key) });
    if (swept.is === "declined") return swept;
    this.#open.closeAll(this.#counted);
    const clashes = new Map(swept.clashes);
    for (const [key, values] of this.#impossible) clashes.set(key, [...(clashes.get(key) ?? []), ...values]);
    return { ...swept, clashes };
  }

  /** Whether an operation on the key saw what it cannot have seen, as far as is known so far. */
  isImpossible(key: number): boolean {
    return this.#impossible.has(key);
  }

  #complete({ process, type, f, key, from: seen }: RegisterEvent, moment: number): void {
    const open = this.#open;
    const { columns } = this;
    const to = open.to(process);
    const from = f === READ ? seen : open.from(process);
    const looks = f === READ || (f === CAS && from === to);
    if (type === FAIL) {
      if (!looks && to !== NONE) columns.retract(to);
      return;
    }
    if (f > CAS) return;
    if (type === OK || !looks) this.#counted(key, f);
    if (type !== OK) return;
    if (from !== NONE) {
      const latest = open.latest(process);
      if (!this.#impossible.has(key) && columns.isImpossible(key, from, latest)) {
        this.#impossible.set(
          key,
          [from, open.latestValue(process)].filter((value) => value !== NONE),
        );
      }
      if (looks) columns.read(from, open.began(process), moment);
      else columns.saw(from, moment);
    }
    if (!looks) columns.changed(key, to, moment);
  }
}
