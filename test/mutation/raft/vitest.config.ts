import { fileURLToPath } from "node:url";
import type { Reporter } from "vitest/node";
import { defineConfig } from "vitest/config";
import { planted } from "./mutant.ts";
import { mutants } from "./mutants.ts";

// The unit tests of the core and of its host, with the fault that SWARM_MUTANT names in it: the first that fails is printed.
const root = fileURLToPath(new URL("../../..", import.meta.url));
const mutant = mutants.find(({ name }) => name === process.env["SWARM_MUTANT"]);

const firstFailure: Reporter = {
  onTestRunEnd: (modules) => {
    for (const module of modules)
      for (const test of module.children.allTests("failed"))
        return void process.stdout.write(`${test.fullName}\n`);
  },
};

export default defineConfig({
  plugins: [
    {
      name: "planting",
      enforce: "pre",
      transform: (code, id) => (mutant === undefined ? undefined : planted(root, mutant, id, () => code)),
    },
  ],
  test: {
    root,
    include: ["test/unit/coordination/{raft,coordinator}/*.test.ts"],
    setupFiles: ["./test/support/draws.ts"],
    pool: "forks",
    maxWorkers: 1,
    bail: 1,
    // A busy machine is no find.
    testTimeout: 300_000,
    reporters: [firstFailure],
  },
});
