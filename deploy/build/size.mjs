#!/usr/bin/env node
// Fails when an install without development packages would be larger than promised. It adds up the folders that the
// lockfile marks as needed for running, so that nothing has to be installed a second time.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";

const limitMiB = 200;
const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8"));
const needed = Object.entries(packages).filter(([path, { dev }]) => path !== "" && !dev && existsSync(path));
// du counts nested folders once when they are named together with the folder around them.
const rows = execFileSync("du", ["-sk", ...needed.map(([path]) => path)], { encoding: "utf8" })
  .trim()
  .split("\n");
const sizeMiB = Math.ceil(rows.reduce((sum, row) => sum + Number.parseInt(row, 10), 0) / 1024);
console.log(`packages needed for running: ${sizeMiB} MiB of at most ${limitMiB}`);
if (needed.length === 0 || sizeMiB > limitMiB) process.exitCode = 1;
