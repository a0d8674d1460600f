/**
 * Randomness as a function: a draw is a hash of (seed, index, label).
 *
 * Asking twice gives the same answer, and a new draw in one place moves none elsewhere, so an old seed survives an
 * unrelated change. A generator with a state would tie every draw to all that came before it.
 */

/** A number in [0, 1) with 32 bits of resolution. The seed may be any finite number, the index any safe integer. */
export function draw(seed: number, index: number, label: string): number {
  let hash = mix(low(seed) ^ 0x9e3779b9);
  hash = mix(hash ^ high(seed));
  hash = mix(hash ^ low(index));
  hash = mix(hash ^ high(index));
  // FNV-1a's step for every character, mixed once at the end.
  for (let i = 0; i < label.length; i++) hash = Math.imul(hash ^ label.charCodeAt(i), 0x01000193);
  return mix(hash ^ label.length) / 2 ** 32;
}

/** The draws of one place: seed and index are fixed, only the label is still open. */
export type Pick = (label: string) => number;

export const pickOf =
  (seed: number, index: number, place: string): Pick =>
  (label) =>
    draw(seed, index, `${place}/${label}`);

/** A number in [low, high). */
export const between = (low: number, high: number, share: number): number => low + (high - low) * share;

/** A number in [low, high]: evenly within one order of magnitude, else every order of magnitude is as likely. */
export const magnitude = ([low, high]: readonly [number, number], share: number): number =>
  low > 0 && high > 10 * low ? low * (high / low) ** share : between(low, high, share);

/** A whole number in low..high, both included. */
export const wholeBetween = (low: number, high: number, share: number): number =>
  low + Math.min(high - low, Math.floor((high - low + 1) * share));

/** All items in drawn order (Fisher and Yates); the input stays as it is. */
export function shuffle<T>(items: readonly T[], pick: Pick, label: string): T[] {
  const out: T[] = [];
  items.forEach((item, i) => {
    const j = wholeBetween(0, i, pick(`${label}/${i}`));
    const moved = out[j];
    if (j === i || moved === undefined) out.push(item);
    else {
      out.push(moved);
      out[j] = item;
    }
  });
  return out;
}

/** One of the items, all alike. The list must not be empty. */
export function oneOf<T>(items: readonly T[], share: number): T {
  const item = items[wholeBetween(0, items.length - 1, share)];
  if (item === undefined) throw new Error("oneOf: an empty list has nothing to draw from");
  return item;
}

/** MurmurHash3's 32-bit finaliser (Appleby): every input bit reaches every output bit. */
function mix(value: number): number {
  let x = value >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

const low = (value: number): number => value >>> 0;
const high = (value: number): number => Math.floor(value / 2 ** 32) >>> 0;
