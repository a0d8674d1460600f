/**
 * The general search: is there an order of the operations, each between its invocation and its completion, that the
 * model could have produced one by one?
 *
 * Depth first over configurations (`configuration.ts`), level by level (`levels.ts`), remembering at every level what
 * was already tried. What keeps it small, and why none of it loses an answer:
 * - *Just in time.* At the completion of an operation that is still owed, some sequence of open operations that ends in
 *   it is put in order; at no other moment is anything chosen.
 * - *Reads at once.* An open read that fits the state is satisfied there and then: it changes nothing.
 * - *Interchangeable operations.* Of open operations of one class the one that completes first goes first: any order in
 *   which another goes first stays legal when the two are swapped. Crashed ones complete last of all, and are counts.
 * - *Hidden writes.* When a blind operation takes effect, every blind one still open could have come right before it,
 *   seen by nobody. From then on they are optional. So two blind ones in a row are never tried.
 * - *Unseen values.* An optional or crashed operation whose value nobody can see any more is not tried.
 * - *Dominance.* Of two configurations of which one can do all that the other can, only that one is followed.
 *
 * Sound and complete; a budget in steps makes it "unknown". A search can go on where its budget ran out. No recursion:
 * neither the depth of the history nor that of a choice is on the call stack.
 */

import { NO_STEP } from "./automaton.js";
import { Antichain, AVAILABLE, type Configuration, initialConfiguration, STATE, UNSEEN } from "./configuration.js";
import { clearBit, hasBit, type Level, Levels, type SearchInput } from "./levels.js";

export interface SearchOptions {
  /**
   * Let every crashed operation take effect any number of times. This allows more than the history does: "invalid" is
   * then still a proof, "valid" is none. It forgets the counts, which are what makes hopeless searches long.
   */
  readonly unlimited?: boolean;
  /** Memory: numbers kept (configurations, levels, states) before giving up, 4 bytes each. */
  readonly numbersMax?: number;
  /** Levels of the same input, made for another search: they are the same for both. */
  readonly levels?: Levels;
}

export type Answer = "valid" | "invalid" | "unknown";

/** What is kept of a level while it is being searched. */
interface Place {
  readonly tried: Antichain;
  readonly waiting: Configuration[];
}

const CRASHED = -1;
const NUMBERS_MAX = 250_000_000;

export class Search {
  /** Steps so far: configurations made and compared. */
  steps = 0;
  answer: Answer = "unknown";
  /** Memory ran out: going on is of no use. */
  exhausted = false;
  readonly #input: SearchInput;
  readonly #levels: Levels;
  readonly #unlimited: boolean;
  readonly #numbersMax: number;
  readonly #owed: number;
  readonly #used: number;
  readonly #places: (Place | undefined)[] = [];
  #numbers = 0;
  #waiting = 0;
  /** The deepest level with something waiting; the deepest ever waited at; the first whose memory is still kept. */
  #top = -1;
  #deepest = -1;
  #oldest = 0;

  constructor(input: SearchInput, options: SearchOptions = {}) {
    this.#input = input;
    this.#levels = options.levels ?? new Levels(input);
    this.#unlimited = options.unlimited ?? false;
    this.#numbersMax = options.numbersMax ?? NUMBERS_MAX;
    this.#owed = AVAILABLE + this.#levels.words;
    this.#used = AVAILABLE + 2 * this.#levels.words;
    const counts = this.#unlimited ? 0 : this.#levels.crashedClasses.length;
    this.#enter(initialConfiguration({ words: this.#levels.words, counts }), 0);
  }

  get levels(): Levels {
    return this.#levels;
  }

  /** Position of the operation whose completion no order got past; meaningful when the answer is "invalid". */
  get stuckAt(): number {
    return this.#levels.positionAt(Math.max(0, this.#deepest));
  }

  /** Index of the completion up to which some order was found. */
  get reached(): number {
    return this.#levels.count === 0 ? 0 : this.#levels.at(Math.max(0, this.#deepest)).end;
  }

  /** Goes on until it knows, or until `stepsMax` steps more are spent. */
  run(stepsMax: number): Answer {
    const until = this.steps + stepsMax;
    while (this.answer === "unknown" && !this.exhausted && this.steps < until) {
      const configuration = this.#pop();
      if (configuration === null) this.answer = "invalid";
      else this.#expand(configuration, this.#top);
    }
    return this.answer;
  }

  #pop(): Configuration | null {
    while (this.#waiting > 0) {
      const place = this.#places[this.#top];
      const configuration = place?.waiting.pop();
      if (place === undefined || configuration === undefined) {
        this.#top--;
        continue;
      }
      this.#waiting--;
      if (this.#waiting === 0) this.#forgetBelow(this.#top);
      if (place.tried.holds(configuration)) return configuration;
    }
    return null;
  }

  /** With nothing left to come back to, what was tried at earlier levels can never matter again. */
  #forgetBelow(level: number): void {
    for (; this.#oldest < level; this.#oldest++) this.#places[this.#oldest] = undefined;
    // What is still kept from here on was counted too; the bound is on what was kept since there was a choice.
    this.#numbers = 0;
  }

  /** Lets a configuration, which nobody else holds, pass completions until one has to be decided. */
  #enter(configuration: Configuration, from: number): void {
    let current = configuration;
    for (let i = from; i < this.#levels.count; i++) {
      this.steps++;
      const level = this.#levels.at(i);
      this.#arrive(current, level);
      if (hasBit(current, level.slot, this.#owed)) {
        this.#admit(current, i);
        return;
      }
      if (!level.isRead && hasBit(current, level.slot, AVAILABLE)) {
        // Optional: it may end without effect, or still take effect last before it ends.
        if (this.#canBeSeen(level.cls, level)) {
          this.#admit(current, i);
          current = current.slice();
        }
        clearBit(current, level.slot, AVAILABLE);
      }
    }
    this.answer = "valid";
  }

  #arrive(configuration: Configuration, level: Level): void {
    if (level.hasNew) {
      for (let word = 0; word < this.#levels.words; word++) {
        configuration[AVAILABLE + word] = (configuration[AVAILABLE + word] ?? 0) | (level.newAvailable[word] ?? 0);
        configuration[this.#owed + word] = (configuration[this.#owed + word] ?? 0) | (level.newOwed[word] ?? 0);
      }
      this.#satisfyReads(configuration, level);
    }
    for (let place = this.#used; place < configuration.length; place++) {
      // A class that nobody can see any more: how many of it were used no longer tells configurations apart.
      if (!this.#canBeSeen(this.#levels.crashedClasses[place - this.#used] ?? 0, level)) configuration[place] = 0;
    }
  }

  #canBeSeen(cls: number, level: Level): boolean {
    const { seenUntil } = this.#input;
    return seenUntil === undefined || (seenUntil[cls] ?? 0) >= level.end;
  }

  /** Whether any open read was. */
  #satisfyReads(configuration: Configuration, level: Level): boolean {
    const state = configuration[STATE] ?? 0;
    let any = false;
    for (let i = 0; i < level.reads.length; i += 2) {
      const slot = level.reads[i] ?? 0;
      if (!hasBit(configuration, slot, this.#owed)) continue;
      if (this.#input.automaton.next(state, level.reads[i + 1] ?? 0) === NO_STEP) continue;
      clearBit(configuration, slot, this.#owed);
      any = true;
    }
    return any;
  }

  #admit(configuration: Configuration, i: number): void {
    let place = this.#places[i];
    if (place === undefined) {
      place = { tried: new Antichain(this.#levels.words), waiting: [] };
      this.#places[i] = place;
    }
    const before = place.tried.comparisons;
    const added = place.tried.add(configuration);
    this.steps += (place.tried.comparisons - before) >> 3;
    this.#deepest = Math.max(this.#deepest, i);
    if (!added) return;
    place.waiting.push(configuration);
    this.#waiting++;
    this.#numbers += configuration.length + 20;
    this.exhausted ||= this.#numbers + this.#levels.weight + this.#input.automaton.weight > this.#numbersMax;
    this.#top = Math.max(this.#top, i);
  }

  /** Tries every operation that could come next. The most promising last, for what comes last is followed first. */
  #expand(configuration: Configuration, i: number): void {
    const level = this.#levels.at(i);
    this.#tryCrashed(configuration, i, level);
    for (const { cls, slots } of level.open) {
      let optional = true;
      for (const slot of slots) {
        if (!hasBit(configuration, slot, AVAILABLE)) continue;
        if (hasBit(configuration, slot, this.#owed)) {
          this.#try(configuration, i, { cls, slot });
          break;
        }
        // Of the optional ones only the first to complete; one that is owed and completes later is another matter.
        if (optional) this.#try(configuration, i, { cls, slot });
        optional = false;
      }
    }
  }

  #tryCrashed(configuration: Configuration, i: number, level: Level): void {
    for (const [place, cls] of this.#levels.crashedClasses.entries()) {
      const invoked = level.crashed[place] ?? 0;
      if (invoked === 0 || !this.#canBeSeen(cls, level)) continue;
      if (!this.#unlimited && (configuration[this.#used + place] ?? 0) >= invoked) continue;
      // One that completes goes before one that never does.
      const live = level.open.find((open) => open.cls === cls);
      if (live?.slots.some((slot) => hasBit(configuration, slot, AVAILABLE))) continue;
      this.#try(configuration, i, { cls, slot: CRASHED, place });
    }
  }

  #try(configuration: Configuration, i: number, chosen: { cls: number; slot: number; place?: number }): void {
    const { automaton } = this.#input;
    const level = this.#levels.at(i);
    const { cls, slot, place } = chosen;
    const blind = automaton.effects[cls] === "blind";
    const last = slot === level.slot;
    if (blind && configuration[UNSEEN] === 1) return;
    if (blind && !last && !this.#canBeSeen(cls, level)) return;
    const state = automaton.next(configuration[STATE] ?? 0, cls);
    if (state === NO_STEP) return;
    this.steps++;
    if (!last && this.#isHopeless(state, level)) return;
    const child = configuration.slice();
    child[STATE] = state;
    if (slot !== CRASHED) {
      clearBit(child, slot, AVAILABLE);
      clearBit(child, slot, this.#owed);
    } else if (!this.#unlimited && place !== undefined) {
      child[this.#used + place] = (child[this.#used + place] ?? 0) + 1;
    }
    if (blind) {
      for (let word = 0; word < this.#levels.words; word++) {
        child[this.#owed + word] = (child[this.#owed + word] ?? 0) & ~(level.blind[word] ?? 0);
      }
    }
    const seen = this.#satisfyReads(child, level);
    child[UNSEEN] = 0;
    if (last || (level.isRead && !hasBit(child, level.slot, this.#owed))) {
      this.#enter(child, i + 1);
      return;
    }
    if (blind && !seen) {
      if (!this.#hasUpdate(child, level)) return;
      child[UNSEEN] = 1;
    }
    this.#admit(child, i);
  }

  #isHopeless(state: number, level: Level): boolean {
    const { foresight = null, automaton } = this.#input;
    return foresight !== null && !foresight.allows(automaton.stateOf(state), level.position, level.end);
  }

  /** Whether some operation that is not blind can come next. */
  #hasUpdate(configuration: Configuration, level: Level): boolean {
    const { automaton } = this.#input;
    const state = configuration[STATE] ?? 0;
    const fits = (cls: number): boolean =>
      automaton.effects[cls] === "update" && automaton.next(state, cls) !== NO_STEP;
    for (const { cls, slots } of level.open) {
      if (fits(cls) && slots.some((slot) => hasBit(configuration, slot, AVAILABLE))) return true;
    }
    return this.#levels.crashedClasses.some(
      (cls, place) =>
        fits(cls) && (this.#unlimited ? 0 : (configuration[this.#used + place] ?? 0)) < (level.crashed[place] ?? 0),
    );
  }
}
