/**
 * One thing that faults turn on and off (a cut link, a node that is down), shared by all faults that want it.
 *
 * Every fault that wants it holds a claim; it is off only when the last claim is gone. What was done is known even when
 * a hand fails half-way: before a hand moves, the switch is unsure, and an unsure switch is turned off at the end.
 * Hands of one switch never move at the same time; each looks at the claims when its turn comes.
 */

export type Claim = symbol;

/** How a switch stands before a hand moves: every value that may be in force since it was last sure. */
export type Before<V> =
  | { readonly isSure: true; readonly value: V | null }
  | { readonly isSure: false; readonly tried: readonly V[] };

export interface SwitchOptions<V> {
  /** Brings the value about, null for off. May be called again with the same value after it failed. */
  readonly hand: (value: V | null, before: Before<V>) => Promise<void>;
  /** Which of several claims is in force. Default: the latest. */
  readonly strongest?: (values: readonly V[]) => V | null;
}

export class Switch<V> {
  readonly #options: Required<SwitchOptions<V>>;
  readonly #claims = new Map<Claim, V>();
  #before: Before<V> = { isSure: true, value: null };
  #turn: Promise<void> = Promise.resolve();

  constructor(options: SwitchOptions<V>) {
    this.#options = { strongest: (values) => values.at(-1) ?? null, ...options };
  }

  get isOff(): boolean {
    return this.#before.isSure && this.#before.value === null;
  }

  isClaimedFor(value: V): boolean {
    return [...this.#claims.values()].includes(value);
  }

  async on(claim: Claim, value: V): Promise<void> {
    this.#claims.set(claim, value);
    await this.#settle();
  }

  async off(claim: Claim): Promise<void> {
    this.#claims.delete(claim);
    await this.#settle();
  }

  /** Drops all claims and turns it off, again if the last time failed. */
  async allOff(): Promise<void> {
    this.#claims.clear();
    await this.#settle();
  }

  /** Resolves when no hand moves any more, whatever came of it. */
  async still(): Promise<void> {
    await this.#turn;
  }

  #settle(): Promise<void> {
    const mine = this.#turn.then(() => this.#apply());
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  async #apply(): Promise<void> {
    const value = this.#options.strongest([...this.#claims.values()]);
    const before = this.#before;
    if (before.isSure && before.value === value) return;
    const earlier = before.isSure ? [before.value] : before.tried;
    this.#before = { isSure: false, tried: [...earlier, value].filter((tried) => tried !== null) };
    await this.#options.hand(value, before);
    this.#before = { isSure: true, value };
  }
}
