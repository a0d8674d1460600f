import { defineConfig } from "vitest/config";

// Tests that start clusters share two cores with everything else, so few workers and generous limits: a limit here only
// catches a hang, it never measures speed.
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 20_000,
  },
});
