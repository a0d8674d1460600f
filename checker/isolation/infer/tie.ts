/**
 * Which of several equally long lists is the version order.
 *
 * Where reads of a key disagree and the longest ones are equally long, any of them will do. Elle takes the one that
 * comes last in a Clojure hash set, so in order to find the same anomalies in the same histories, so do we: sets are
 * tries that are walked by the hash, five bits at a time from the lowest, and hashes of vectors are Murmur3 (Clojure's
 * Murmur3.java and the specification at https://clojure.org/reference/data_structures).
 */

import type { Json } from "../../history/event.js";

const rotl = (x: number, bits: number): number => (x << bits) | (x >>> (32 - bits));
const mixK = (k: number): number => Math.imul(rotl(Math.imul(k, 0xcc9e2d51), 15), 0x1b873593);
const mixH = (h: number, k: number): number => (Math.imul(rotl(h ^ k, 13), 5) + 0xe6546b64) | 0;

const finish = (hash: number, length: number): number => {
  let h = hash ^ length;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
};

const hashInteger = (value: number): number => {
  if (value === 0) return 0;
  const high = Math.floor(value / 0x100000000);
  return finish(mixH(mixH(0, mixK(value | 0)), mixK(high | 0)), 8);
};

/** Integers and strings as Clojure hashes them; other values do not occur in Elle's workloads. */
const hashValue = (value: Json): number => {
  if (typeof value === "number") return hashInteger(value);
  if (typeof value !== "string") return 0;
  let h = 0;
  for (let i = 0; i < value.length; i++) h = (Math.imul(31, h) + value.charCodeAt(i)) | 0;
  return finish(mixH(0, mixK(h)), 4);
};

export const hashList = (values: readonly Json[]): number => {
  let h = 1;
  for (const value of values) h = (Math.imul(31, h) + hashValue(value)) | 0;
  return finish(mixH(0, mixK(h)), values.length);
};

/** Negative where a set of both is walked by way of `a` first. */
export const compareInSet = (a: number, b: number): number => {
  for (let shift = 0; shift < 32; shift += 5) {
    const difference = ((a >>> shift) & 31) - ((b >>> shift) & 31);
    if (difference !== 0) return difference;
  }
  return 0;
};
