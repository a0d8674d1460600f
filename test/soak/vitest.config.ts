import { defineConfig } from "vitest/config";

// Hours of real clusters, one file at a time: `npm run soak`, or one of them with `npm run soak -- modes`.
export default defineConfig({
  test: {
    include: ["test/soak/**/*.soak.ts"],
    pool: "forks",
    maxWorkers: 1,
    fileParallelism: false,
    testTimeout: 3_600_000,
    reporters: ["verbose"],
  },
});
