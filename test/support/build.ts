import { execFileSync } from "node:child_process";

/** Builds dist/ when a source is newer, once before the tests that run it. */
export const setup = (): void => {
  try {
    execFileSync(process.execPath, ["deploy/build/build.mjs", "--if-stale"], { stdio: "inherit" });
  } catch (cause) {
    if (process.env["CI"] !== undefined) throw cause;
    // In the middle of a change, the tests beside the built ones may still tell something.
    process.stderr.write("\nTHE BUILD FAILED: tests of the built program run on an old one, or fail.\n\n");
  }
};
