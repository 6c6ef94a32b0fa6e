// The command line as three scripts behind its launcher, dist/bin/swarm.cjs: what `swarm run` needs until its first line, what
// it needs before that for a task that it has not checked yet, and the rest. V8 takes a script's code cache as a whole or
// not at all, and all of the program takes longer to read from a cache than a run takes to begin.
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { build, transform } from "esbuild";

/**
 * Loaded from node_modules when used: they load others, or native code, in ways that a bundler cannot see, or are large and
 * rarely used.
 */
const external = ["nats", "node-llama-cpp", "ai", "@ai-sdk/openai-compatible", "cockatiel"];
/** The scripts, each with the entries that it has all of, unless an earlier one has it. */
const scripts = [
  { name: "swarm-cli", entries: ["cli/main.ts", "cli/commands/run.ts"] },
  { name: "swarm-cli-check", entries: ["cli/task/check-text.ts"] },
  { name: "swarm-cli-later", entries: undefined },
];

const replaced = (text, from, to) => {
  if (!text.includes(from)) throw new Error(`the package has changed: there is no ${from} in it`);
  return text.replace(from, to);
};

/** zod loads its messages in fifty languages at every start; ours are in English. */
const englishOnly = {
  name: "english-only",
  setup: ({ onLoad }) => {
    onLoad({ filter: /zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
      contents: 'export { default as en } from "./en.js";',
      loader: "js",
    }));
  },
};

/**
 * On the usual Linux, with glibc, the native part of lmdb has a name that is known; elsewhere, or where that does not load, the
 * package's own search finds it, which takes longer than all else that lmdb does at a start.
 */
const nativeOfLmdb = `
import { closeSync, openSync, readSync } from "node:fs";
import { createRequire } from "node:module";
const usesGlibc = () => {
  const head = Buffer.alloc(4096);
  const program = openSync("/proc/self/exe");
  try {
    readSync(program, head);
    return head.includes("/ld-linux");
  } finally {
    closeSync(program);
  }
};
const nativeOfLmdb = () => {
  const outside = createRequire(import.meta.url);
  const { platform, arch, versions } = process;
  try {
    if (platform === "linux" && usesGlibc())
      return outside(\`@lmdb/lmdb-linux-\${arch}/node.abi\${versions.modules}.glibc.node\`);
  } catch {
    // Searched for below.
  }
  return require("node-gyp-build-optional-packages")(dirname(dirname(outside.resolve("lmdb"))));
};
`;

/** lmdb's native part is not beside the bundle; and a codec is left out that the log, which stores bytes, never uses. */
const plainLmdb = {
  name: "plain-lmdb",
  setup: ({ onLoad, onResolve }) => {
    onLoad({ filter: /lmdb[\\/]native\.js$/ }, ({ path }) => {
      const code = readFileSync(path, "utf8");
      const withoutSearch = replaced(
        code,
        "import loadNAPI from 'node-gyp-build-optional-packages';",
        nativeOfLmdb,
      );
      return { contents: replaced(withoutSearch, "loadNAPI(dirName)", "nativeOfLmdb()"), loader: "js" };
    });
    onResolve({ filter: /^msgpackr$/ }, () => ({ path: "msgpackr", namespace: "absent" }));
    onLoad({ filter: /.*/, namespace: "absent" }, () => ({ contents: "export class Encoder {}" }));
  },
};

/** Starting programs is what these almost never do; Node takes longer to load what it takes than they do themselves. */
const lazyPrograms = {
  name: "lazy-programs",
  setup: ({ onLoad }) => {
    onLoad({ filter: /commander[\\/]lib[\\/]command\.js$/ }, ({ path }) => ({
      contents: replaced(
        readFileSync(path, "utf8"),
        "const childProcess = require('node:child_process');",
        "const childProcess = { spawn: (...words) => require('node:child_process').spawn(...words) };",
      ),
    }));
    onLoad({ filter: /detect-libc[\\/]lib[\\/]detect-libc\.js$/ }, ({ path }) => ({
      contents: replaced(
        readFileSync(path, "utf8"),
        "const childProcess = require('child_process');",
        "const childProcess = { execSync: (...words) => require('child_process').execSync(...words) };",
      ),
    }));
  },
};

/** What of `@opentelemetry/sdk-node` is used: the package itself only names others, and takes a fifth of a second to load them all. */
const usedOfSdkNode = `
export * as resources from "@opentelemetry/resources";
export * as tracing from "@opentelemetry/sdk-trace-base";
`;

/** OpenTelemetry as modules, of which what is not used can be left out: that is nine tenths. */
const leanTelemetry = {
  name: "lean-telemetry",
  setup: ({ onLoad, onResolve }) => {
    onLoad({ filter: /sdk-node[\\/]build[\\/]src[\\/]index\.js$/ }, ({ path }) => ({
      contents: usedOfSdkNode,
      resolveDir: dirname(path),
    }));
    onResolve({ filter: /^@opentelemetry\/[^/]+$/ }, ({ path, resolveDir }) => {
      let folder = dirname(createRequire(join(resolveDir, "importer.js")).resolve(path));
      while (!existsSync(join(folder, "package.json"))) folder = dirname(folder);
      const { module } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
      return module === undefined ? undefined : { path: join(folder, module), sideEffects: false };
    });
  },
};

/** The same code in one piece, of which what is not used can be left out. */
const wholeYaml = {
  name: "whole-yaml",
  setup: ({ onResolve }) => {
    onResolve({ filter: /^yaml$/ }, () => ({
      path: join(
        dirname(createRequire(import.meta.url).resolve("yaml/package.json")),
        "browser/dist/index.js",
      ),
      sideEffects: false,
    }));
  },
};

/**
 * Names of attributes become literal keys: an object with computed ones takes four times as long to make until V8 has
 * compiled whatever makes it, and spans have little else in them.
 */
const literalNames = (root) => ({
  name: "literal-names",
  setup: ({ onLoad }) => {
    const [table] = readFileSync(join(root, "observability/attributes.ts"), "utf8").split("} as const;");
    const names = new Map(
      [...table.matchAll(/^  (\w+): ("[\w.]+"),$/gm)].map(([, name, text]) => [name, text]),
    );
    const literal = (name) => {
      if (!names.has(name)) throw new Error(`observability/attributes.ts has no line for ${name}`);
      return names.get(name);
    };
    onLoad({ filter: /[\\/]observability[\\/]spans[\\/]\w+\.ts$/ }, ({ path }) => ({
      contents: readFileSync(path, "utf8")
        .replace(/(?<=[{,]\s*)\[names\.(\w+)\]:/g, (_, name) => `${literal(name)}:`)
        .replace(/\bnames\.(\w+)/g, (_, name) => literal(name)),
      loader: "ts",
    }));
  },
});

/** The program in pieces that share what they have in common, by name. */
const piecesOf = async (root) => {
  const { metafile, outputFiles } = await build({
    entryPoints: [join(root, "cli/main.ts")],
    absWorkingDir: root,
    outdir: "bin",
    write: false,
    metafile: true,
    bundle: true,
    splitting: true,
    platform: "node",
    format: "esm",
    target: "node20",
    external,
    charset: "ascii", // so that the launcher may read it byte by byte, which is quicker than UTF-8
    legalComments: "inline",
    plugins: [englishOnly, plainLmdb, lazyPrograms, leanTelemetry, wholeYaml, literalNames(root)],
    define: { "import.meta.url": "swarmBundleUrl" },
    logLevel: "warning",
  });
  const pieces = new Map();
  for (const [path, { imports, entryPoint }] of Object.entries(metafile.outputs)) {
    const file = outputFiles.find((one) => one.path === join(root, path));
    const { code } = await transform(file.text, {
      format: "cjs",
      target: "node20",
      charset: "ascii",
      // `import()` becomes `require()`: under V8's code cache Node 20 loses what an `import()` in a script needs.
      supported: { "dynamic-import": false },
      logLevel: "warning",
      logOverride: { "commonjs-variable-in-esm": "silent" },
    });
    const needs = imports.filter(({ kind }) => kind === "import-statement").map((one) => basename(one.path));
    pieces.set(basename(path), { code, needs, entryPoint });
  }
  return pieces;
};

/** The names of the pieces that some pieces cannot do without. */
const closure = (pieces, names, found = new Set()) => {
  for (const name of names) {
    const piece = pieces.get(name);
    if (piece === undefined || found.has(name)) continue;
    found.add(name);
    closure(pieces, piece.needs, found);
  }
  return found;
};

const scriptOf = (pieces) =>
  [
    "(function (require, __filename, __dirname) {",
    'const swarmBundleUrl = require("node:url").pathToFileURL(__filename).href;',
    "return {",
    ...pieces.map(([name, { code }]) => `"./${name}"(exports, require, module) {\n${code}},`),
    "};",
    "})",
    "",
  ].join("\n");

export const bundle = async (root, out) => {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const pieces = await piecesOf(root);
  const folder = join(out, "bin");
  mkdirSync(folder, { recursive: true });
  const digest = createHash("sha256");
  /** The script that each piece stands in. */
  const scriptNames = {};
  for (const { name, entries } of scripts) {
    const wanted = [...pieces].filter(([, { entryPoint }]) => entries?.includes(entryPoint) ?? true);
    if (wanted.length < (entries?.length ?? 0))
      throw new Error(`an entry of ${name} is no piece of the program`);
    const all = closure(
      pieces,
      wanted.map(([piece]) => piece),
    );
    const own = [...pieces].filter(([piece]) => all.has(piece) && !(`./${piece}` in scriptNames));
    for (const [piece] of own) scriptNames[`./${piece}`] = name;
    const script = scriptOf(own);
    digest.update(script);
    writeFileSync(join(folder, `${name}.cjs`), script);
  }
  const { code } = await transform(readFileSync(join(root, "cli", "bin", "swarm.cjs"), "utf8"), {
    target: "node20",
    define: {
      SWARM_VERSION: JSON.stringify(version),
      SWARM_SCRIPTS: JSON.stringify(scriptNames),
      SWARM_BUNDLE: JSON.stringify(digest.digest("hex").slice(0, 16)),
    },
  });
  const bin = join(folder, "swarm.cjs");
  writeFileSync(bin, code);
  chmodSync(bin, 0o755);
};
