#!/usr/bin/env node
// `npm run explore:raft -- ARGUMENTS`: runs test/simulation/explore/explore.program.ts.
import { runProgram } from "./program.mjs";

const flags = ["--max-old-space-size=8192"];
process.exit(
  await runProgram("test/simulation/explore/explore.program.ts", { flags, words: process.argv.slice(2) }),
);
