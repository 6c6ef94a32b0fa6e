#!/usr/bin/env node
// The launcher of the command line. Start-up is what it is for: it answers `--version` before anything is loaded, and
// loads the scripts beside it from V8's code cache, which the first run leaves behind.
// The build fills in SWARM_VERSION, SWARM_BUNDLE (the digest of the scripts) and SWARM_SCRIPTS (which piece of the program
// stands in which).
"use strict";
/* global SWARM_VERSION, SWARM_BUNDLE, SWARM_SCRIPTS */

const words = process.argv.slice(2);

const isOldNode = () => {
  const [major, minor] = process.versions.node.split(".").map(Number);
  return major < 20 || (major === 20 && minor < 19);
};

/** V8 checks little of what it is given, and wrong bytes crash it; so the file says its own length and checksum. */
const seal = (code) => {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(code.length, 0);
  head.writeUInt32LE(require("node:zlib").crc32(code), 4);
  return Buffer.concat([head, code]);
};

const unseal = (bytes) => {
  if (bytes.length < 8 || bytes.readUInt32LE(0) !== bytes.length - 8) return undefined;
  const code = bytes.subarray(8);
  return require("node:zlib").crc32(code) === bytes.readUInt32LE(4) ? code : undefined;
};

/** Beside the bundle, or in the user's own cache: never in a shared folder, since what is read here is run. */
const cacheFolders = () => {
  const path = require("node:path");
  const home = process.env.XDG_CACHE_HOME || (process.env.HOME && path.join(process.env.HOME, ".cache"));
  return home ? [__dirname, path.join(home, "swarm")] : [__dirname];
};

/** One for each command: a cache of what another has used would lack most of what this one needs, and hold much else. */
const command = /^[a-z]+$/.test(words[0] ?? "") ? words[0] : "help";
/** And one for what is watched, of which nothing else is needed: to compile that takes longer than to do it. */
const isWatched = words.some((word) => /^--(?:otlp|metrics-port)\b/.test(word));
const cacheNameOf = (script) =>
  `${script}-${process.version}-${process.arch}-${SWARM_BUNDLE}-${command}${isWatched ? "-watched" : ""}.cache`;

const readCache = (cacheName) => {
  const fs = require("node:fs");
  for (const folder of cacheFolders()) {
    try {
      const code = unseal(fs.readFileSync(`${folder}/${cacheName}`));
      if (code !== undefined) return code;
    } catch {
      // Not here: the next folder, or none.
    }
  }
  return undefined;
};

/** Removes the caches of earlier bundles; those of other Node versions with this bundle stay. */
const removeStale = (fs, folder) => {
  for (const name of fs.readdirSync(folder)) {
    if (name.startsWith("swarm-cli-") && name.endsWith(".cache") && !name.includes(SWARM_BUNDLE)) {
      fs.rmSync(`${folder}/${name}`, { force: true });
    }
  }
};

/** Failed, misused, without its environment: such a command has seen little of its own code, or is none. */
const gotNowhere = new Set([1, 2, 8]);

const writeCache = (script, cacheName) => {
  const fs = require("node:fs");
  let sealed;
  for (const folder of cacheFolders()) {
    const draft = `${folder}/${cacheName}.${process.pid}`;
    try {
      if (folder !== __dirname) fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
      sealed ??= seal(script.createCachedData());
      fs.writeFileSync(draft, sealed, { mode: 0o644 });
      fs.renameSync(draft, `${folder}/${cacheName}`);
      removeStale(fs, folder);
      return;
    } catch {
      // A read-only folder or a full disk costs a slower start and nothing else.
      try {
        fs.rmSync(draft, { force: true });
      } catch {
        // Nothing was written.
      }
    }
  }
};

/** Runs one of the scripts beside this file, from its code cache where there is one. Gives the pieces that stand in it. */
const piecesOf = (name) => {
  const vm = require("node:vm");
  const file = `${__dirname}/${name}.cjs`;
  const source = require("node:fs").readFileSync(file, "latin1");
  const cacheName = cacheNameOf(name);
  const cachedData = readCache(cacheName);
  const script = new vm.Script(source, { filename: file, cachedData });
  if (cachedData === undefined || script.cachedDataRejected) {
    // A long run would have forgotten at its end how it started.
    const { setFlagsFromString } = require("node:v8");
    setFlagsFromString("--no-flush-bytecode");
    // Written at the end, when the functions that the command needs are compiled and go in as well.
    process.once("exit", (code) => {
      // A cache is refused by a V8 that has other flags than the one that wrote it.
      setFlagsFromString("--flush-bytecode");
      if (!gotNowhere.has(code)) writeCache(script, cacheName);
    });
  }
  return script.runInThisContext()(require, file, __dirname);
};

const loader = () => {
  const scripts = new Map();
  const pieceOf = (name) => {
    const script = SWARM_SCRIPTS[name];
    if (!scripts.has(script)) scripts.set(script, piecesOf(script));
    return scripts.get(script)[name];
  };
  const loaded = new Map();
  /** A piece of the program by its name, which starts with a dot; anything else comes from Node or from node_modules. */
  const load = (name) => {
    if (!name.startsWith("./")) return require(name);
    const known = loaded.get(name);
    if (known !== undefined) return known.exports;
    const piece = { exports: {} };
    loaded.set(name, piece);
    pieceOf(name)(piece.exports, load, piece);
    return piece.exports;
  };
  return load;
};

if (words.length === 1 && (words[0] === "--version" || words[0] === "-V")) {
  process.stdout.on("error", ({ code }) => {
    process.exitCode = 1;
    if (code !== "EPIPE") process.stderr.write(`swarm: stdout could not be written (${code})\n`);
  });
  process.stdout.write(`${SWARM_VERSION}\n`);
} else if (isOldNode()) {
  process.stderr.write(`swarm needs Node 20.19 or newer, and this is ${process.version}\n`);
  process.exitCode = 2;
} else {
  loader()("./main.js")
    .main(words, { build: SWARM_BUNDLE, cacheFolders: cacheFolders() })
    .then((code) => {
      process.exitCode = code;
      // All is done and all output taken. A server that takes a connection and says nothing would keep the process alive: the NATS package
      // leaves its socket open.
      setTimeout(() => process.exit(), 500).unref();
    });
}
