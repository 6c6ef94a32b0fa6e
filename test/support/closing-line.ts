import type { Reporter, TestModule } from "vitest/node";

type Counts = { passed: number; failed: number; skipped: number };

const count = (modules: readonly TestModule[], errors: readonly unknown[]): Counts => {
  const counts: Counts = { passed: 0, failed: errors.length, skipped: 0 };
  for (const module of modules) {
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state !== "pending") counts[state] += 1;
    }
    // A file that cannot be loaded holds no tests, and must still count.
    counts.failed += module.errors().length;
  }
  return counts;
};

/** Ends a run with one plain line, which scripts read. */
const closingLine: Reporter = {
  onTestRunEnd: (modules, errors) => {
    const { passed, failed, skipped } = count(modules, errors);
    process.stdout.write(
      `\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}\n`,
    );
  },
};

// vitest takes a reporter from a file only as its default export, and as something it can construct.
// oxlint-disable-next-line import/no-default-export
export default function ClosingLine(): Reporter {
  return closingLine;
}
