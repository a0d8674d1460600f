/**
 * Randomness as a function, not a stream: a draw is a hash of (seed, index, label).
 *
 * Asking twice gives the same answer, so a combinator may ask several branches and take one. A new draw in one place,
 * under a new label, moves no draw elsewhere, so an old seed still means the same run after an unrelated edit.
 */

const TWO_32 = 4294967296;

/** Uniform in [0, 1) with 53 random bits. Seed and index: safe integers. */
export function draw(seed: number, index: number, label: string): number {
  // Two 32-bit lanes, because one lane would make two of 100,000 draws collide. Every absorbing step is a bijection of
  // the lane, so different indexes under one seed and label never meet in a lane.
  let a = 0x2545f491;
  let b = 0x6a09e667;
  const absorb = (word: number): void => {
    a = Math.imul(a ^ word, 0x9e3779b1);
    a ^= a >>> 15;
    b = Math.imul(b ^ word, 0x85ebca77);
    b ^= b >>> 13;
  };
  for (let i = 0; i < label.length; i++) absorb(label.charCodeAt(i));
  absorb(label.length);
  absorb(seed | 0);
  absorb(Math.floor(seed / TWO_32) | 0);
  absorb(index | 0);
  absorb(Math.floor(index / TWO_32) | 0);
  a = mixed(a ^ (b << 7));
  b = mixed(b ^ a);
  return ((a >>> 0) * 2097152 + (b >>> 11)) / 9007199254740992;
}

/** The finalizer of MurmurHash3 (Appleby): every input bit flips every output bit about half of the time. */
function mixed(word: number): number {
  let h = word ^ (word >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** A seed of its own for part `index` of something: a safe integer. */
export const subSeed = (seed: number, index: number, label: string): number =>
  Math.floor(draw(seed, index, label) * 9007199254740992);

/** 0 .. n-1, each alike, from a uniform draw u. */
export const below = (u: number, n: number): number => Math.min(Math.floor(u * n), n - 1);

/**
 * 0 .. n-1, index i in proportion to 1 / (i + 1)^skew (Zipf's law; skew 0: each alike), as a function of a uniform
 * draw. Makes its table of cumulated weights once: keep the function.
 */
export function zipf(n: number, skew: number): (u: number) => number {
  if (!Number.isSafeInteger(n) || n < 1) throw new RangeError(`zipf: n is ${n}, expected a positive integer`);
  if (!(skew >= 0) || !Number.isFinite(skew)) throw new RangeError(`zipf: skew is ${skew}, expected a number >= 0`);
  if (skew === 0 || n === 1) return (u) => below(u, n);
  const upTo = new Float64Array(n);
  let sum = 0;
  for (let i = 0; i < n; i++) {
    sum += (i + 1) ** -skew;
    upTo[i] = sum;
  }
  return (u) => {
    const target = u * sum;
    let low = 0;
    let high = n - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((upTo[middle] ?? sum) > target) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}

/** One draw of `zipf`, for callers that need only one. Costs n. */
export const zipfIndex = (u: number, n: number, skew: number): number => zipf(n, skew)(u);
