#!/usr/bin/env node
// `npm run dashboards`: writes deploy/grafana/dashboards and docs/metrics.md from observability/.
import { runProgram } from "./program.mjs";

process.exit(await runProgram("observability/grafana/generate.program.ts", {}));
