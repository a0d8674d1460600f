/**
 * Where a search can stand between two completions: the state, and what is still to come of the operations open now.
 *
 * An open operation is in one of three standings, two bits:
 * - *owed*: available, and it must take effect before it completes;
 * - *optional*: available, but it need not take effect, because it can be given a place in the past where nobody saw it;
 * - neither: it has taken effect, or (a read) has been satisfied.
 * Operations whose outcome is unknown stay available for ever; of those only the number used is kept, by class.
 *
 * All of it is one Int32Array: state, flag, words of available bits, words of owed bits, counts. A configuration never
 * grows with the history, only with what is open.
 */

export type Configuration = Int32Array;

export const STATE = 0;
/** 1: the last operation is a blind one that nobody saw yet, so another blind one right now would be pointless. */
export const UNSEEN = 1;
export const AVAILABLE = 2;

/** Sizes of one search: words of 32 bits for the operations open at once, and classes of crashed operations. */
export interface Layout {
  readonly words: number;
  readonly counts: number;
}

export const initialConfiguration = ({ words, counts }: Layout): Configuration =>
  new Int32Array(AVAILABLE + 2 * words + counts);

/**
 * Whether `a` can do whatever `b` can: same state, no operation less, no obligation more, no crashed operation used
 * that `b` has not used. Then `b` need not be followed.
 */
function dominates(a: Configuration, b: Configuration, words: number): boolean {
  if ((a[UNSEEN] ?? 0) > (b[UNSEEN] ?? 0)) return false;
  let at = AVAILABLE;
  for (const end = at + words; at < end; at++) if (((b[at] ?? 0) & ~(a[at] ?? 0)) !== 0) return false;
  for (const end = at + words; at < end; at++) if (((a[at] ?? 0) & ~(b[at] ?? 0)) !== 0) return false;
  for (; at < a.length; at++) if ((a[at] ?? 0) > (b[at] ?? 0)) return false;
  return true;
}

/** The configurations of one moment of which none dominates another, by state. */
export class Antichain {
  readonly #words: number;
  readonly #byState = new Map<number, Configuration[]>();
  /** Configurations that were taken in and then dominated by a later one: whoever still holds them can drop them. */
  readonly #dropped = new Set<Configuration>();
  /** Comparisons made so far: the search charges them to its budget. */
  comparisons = 0;

  constructor(words: number) {
    this.#words = words;
  }

  /** False where it has nothing to add. */
  add(configuration: Configuration): boolean {
    const state = configuration[STATE] ?? 0;
    const peers = this.#byState.get(state);
    if (peers === undefined) {
      this.#byState.set(state, [configuration]);
      return true;
    }
    this.comparisons += peers.length;
    for (const peer of peers) if (dominates(peer, configuration, this.#words)) return false;
    let kept = 0;
    for (const peer of peers) {
      if (dominates(configuration, peer, this.#words)) this.#dropped.add(peer);
      else peers[kept++] = peer;
    }
    peers.length = kept;
    peers.push(configuration);
    return true;
  }

  /** Whether a configuration taken in earlier is still worth following. */
  holds(configuration: Configuration): boolean {
    return this.#dropped.size === 0 || !this.#dropped.delete(configuration);
  }
}
