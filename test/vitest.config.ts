import { defineConfig } from "vitest/config";

// Tests that start clusters share two cores with everything else, so few workers and generous limits: a limit here only
// catches a hang, it never measures speed.
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 240_000,
    hookTimeout: 120_000,
    teardownTimeout: 60_000,
    // Of `expect.poll`, which would else give up after a second.
    expect: { poll: { timeout: 60_000, interval: 20 } },
  },
});
