/**
 * Randomness as a function: a draw is a hash of (seed, counter, label), so that asking twice gives the same answer and
 * a new draw in one place moves none elsewhere.
 */

/** Uniform in [0, 1), of 32 bits. */
export function draw(seed: number, counter: number, label: string): number {
  let hash = mix(seed | 0, Math.floor(seed / 2 ** 32) | 0);
  hash = mix(hash, counter | 0);
  hash = mix(hash, Math.floor(counter / 2 ** 32) | 0);
  for (let i = 0; i < label.length; i++) hash = mix(hash, label.charCodeAt(i));
  // The finaliser of MurmurHash3 (Austin Appleby, public domain): every input bit reaches every output bit.
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  hash ^= hash >>> 16;
  return (hash >>> 0) / 2 ** 32;
}

/** One round of MurmurHash3's body. */
function mix(hash: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51);
  k = (k << 15) | (k >>> 17);
  hash ^= Math.imul(k, 0x1b873593);
  hash = (hash << 13) | (hash >>> 19);
  return (Math.imul(hash, 5) + 0xe6546b64) | 0;
}
