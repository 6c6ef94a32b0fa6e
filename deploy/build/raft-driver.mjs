#!/usr/bin/env node
// `npm run --silent raft:driver -- ARGUMENTS`: bundles test/driver/driver.program.ts, packages left outside, and runs it
// in this process, so that the pipes are its own. Standard output belongs to the driver's replies.
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { bundling, root } from "./program.mjs";

const folder = join(root, "node_modules", ".cache", "swarm-raft-driver");
const entry = join(root, "test", "driver", "driver.program.ts");
const { outputFiles } = await build({ ...bundling, entryPoints: [entry], write: false });
// A checker may start several drivers at once, so none may see the half-written bundle of another.
mkdirSync(folder, { recursive: true });
const outfile = join(folder, "driver.mjs");
const written = join(folder, `driver-${process.pid}.mjs`);
writeFileSync(written, outputFiles[0].contents);
renameSync(written, outfile);
process.setSourceMapsEnabled(true);
await import(pathToFileURL(outfile).href);
