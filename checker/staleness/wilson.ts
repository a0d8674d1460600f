/** A share and how sure of it one may be. */

/** The 97.5 % point of the normal distribution: two-sided 95 %. */
const Z_95 = 1.959963984540054;

/**
 * Wilson's score interval, 95 %, for `hits` of `trials`; both ends in 0..1.
 *
 * Unlike hits/trials ± something it stays inside 0..1 and says something useful at 0 hits: 0 of 100 is "at most 3.7 %",
 * not "exactly 0". (E. B. Wilson, Probable inference, the law of succession, and statistical inference, 1927.)
 */
export const wilson = (hits: number, trials: number): readonly [number, number] => {
  const share = hits / trials;
  const z2 = Z_95 * Z_95;
  const centre = share + z2 / (2 * trials);
  const spread = Z_95 * Math.sqrt((share * (1 - share)) / trials + z2 / (4 * trials * trials));
  const scale = 1 + z2 / trials;
  // Rounding may leave 1e-17 where the exact answer is 0 or 1.
  return [
    hits === 0 ? 0 : Math.max(0, (centre - spread) / scale),
    hits === trials ? 1 : Math.min(1, (centre + spread) / scale),
  ];
};
