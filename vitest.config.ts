import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { deep } from "./test/support/deep.ts";

/** Tests that start the built program or its child processes; what they run is built first. */
const built = ["test/e2e/**/*.test.ts", "test/contract/**/*.test.ts"];

export default defineConfig({
  test: {
    pool: "forks",
    setupFiles: ["./test/support/draws.ts"],
    // By default one core of two is left to the machine; the tests may have both.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // Far beyond what a quiet machine takes: a busy one is no failure. The deep run does ten times as much and more.
    testTimeout: deep ? 3_600_000 : 600_000,
    hookTimeout: 600_000,
    expect: { poll: { timeout: 60_000 } },
    reporters: ["default", "./test/support/closing-line.ts"],
    projects: [
      { extends: true, test: { name: "unit", include: ["test/**/*.test.ts"], exclude: built } },
      { extends: true, test: { name: "built", include: built, globalSetup: "./test/support/build.ts" } },
    ],
  },
});
