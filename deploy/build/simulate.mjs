#!/usr/bin/env node
// `npm run simulate -- ARGUMENTS`: runs test/simulation/simulate.program.ts.
import { runProgram } from "./program.mjs";

const flags = ["--max-semi-space-size=64"];
process.exit(
  await runProgram("test/simulation/simulate.program.ts", { flags, words: process.argv.slice(2) }),
);
