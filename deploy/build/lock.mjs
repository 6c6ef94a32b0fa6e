#!/usr/bin/env node
// `npm run lock`: brings package-lock.json up to date and makes it whole for every platform.
//
// A registry that has a package for this platform and not (yet) for another leaves the other out of the
// lockfile, and `npm ci` then refuses the lockfile as out of step. The versions are exact in the parent's
// manifest and the platform is in the name, so the missing entries are written from those.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";

const path = "package-lock.json";
const os = {
  darwin: "darwin",
  mac: "darwin",
  win: "win32",
  win32: "win32",
  linux: "linux",
  android: "android",
};
Object.assign(os, {
  freebsd: "freebsd",
  openharmony: "openharmony",
  aix: "aix",
  netbsd: "netbsd",
  openbsd: "openbsd",
  sunos: "sunos",
});
const cpus = ["arm64", "x64", "ia32", "arm", "ppc64", "riscv64", "s390x", "loong64", "mips64el"];
const libcs = { gnu: "glibc", musl: "musl" };

const platformOf = (name) => {
  const words = name.split("/").at(-1).split("-");
  const at = words.findIndex((word) => word in os);
  const cpu =
    cpus.find((known) => words.includes(known)) ??
    (words.some((word) => word.startsWith("armv")) ? "arm" : undefined);
  if (at < 0 || cpu === undefined) return undefined;
  const libc = words[at] === "linux" ? libcs[words.at(-1)] : undefined;
  return { cpu: [cpu], ...(libc && { libc: [libc] }), optional: true, os: [os[words[at]]] };
};

const update = () =>
  execFileSync(
    "npm",
    ["install", "--package-lock-only", "--ignore-scripts", "--omit-lockfile-registry-resolved"],
    {
      stdio: "inherit",
    },
  );

/** Where Node would find `name` when it is required from the package at `from`. */
const found = (packages, from, name) => {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf("node_modules/") - 1))) {
    const place = `${folder === "" ? "" : `${folder}/`}node_modules/${name}`;
    if (place in packages) return place;
    if (folder === "") return undefined;
  }
};

update();
const lock = JSON.parse(readFileSync(path, "utf8"));
let added = 0;
for (const [from, { optionalDependencies = {}, dev }] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    if (found(lock.packages, from, name) !== undefined) continue;
    const platform = platformOf(name);
    if (platform === undefined || !/^\d/.test(version))
      throw new Error(`cannot complete ${name}@${version} for ${from}`);
    lock.packages[`node_modules/${name}`] = { version, ...(dev && { dev }), ...platform };
    added += 1;
  }
}
lock.packages = Object.fromEntries(
  Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)),
);
const hosts = Object.keys(lock.packages).filter((name) =>
  /^https?:/.test(lock.packages[name].resolved ?? ""),
);
if (hosts.length > 0) throw new Error(`the lockfile names registry hosts: ${hosts.join(", ")}`);
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
console.log(
  `package-lock.json: ${Object.keys(lock.packages).length} packages, ${added} completed for other platforms`,
);
