/** A seeded stream of draws for randomised tests, and the seed to print. */

/** Uniform in [0, 1). Same seed, same stream (splitmix32). */
export const draws = (seed: number): (() => number) => {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    mixed ^= mixed >>> 15;
    return (mixed >>> 0) / 2 ** 32;
  };
};

/** KVTEST_SEED repeats a run; otherwise every run draws anew. Printed, so that a failure can be repeated. */
export const freshSeed = (what: string): number => {
  const given = process.env.KVTEST_SEED;
  const seed = given === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(given);
  console.log(`${what}: KVTEST_SEED=${seed}`);
  return seed;
};
