#!/usr/bin/env node
// `npm run mutate:raft -- ARGUMENTS`: runs test/mutation/raft/mutate.program.ts.
import { runProgram } from "./program.mjs";

process.exit(await runProgram("test/mutation/raft/mutate.program.ts", { words: process.argv.slice(2) }));
