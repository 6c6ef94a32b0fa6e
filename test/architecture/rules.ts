import { posix } from "node:path";
import lists from "./pure.json" with { type: "json" };
import { codeOf, isTest, type Source } from "./sources.ts";

/** A broken house rule: where, and what to do instead. */
export type Finding = { readonly rule: string; readonly path: string; readonly why: string };

type Rule = (sources: readonly Source[]) => readonly Finding[];

const longest = 300;

const matches = (patterns: readonly string[], path: string): boolean =>
  patterns.some((pattern) => new RegExp(pattern).test(path));

const isPure = (path: string): boolean => matches(lists.pure, path) && !matches(lists.adapters, path);

/** A rule that looks at the code of one file at a time for text that must not be there. */
const bans = (rule: string, covers: (path: string) => boolean, pattern: RegExp, why: string): Rule => {
  return (sources) =>
    sources
      .filter(({ path }) => covers(path))
      .flatMap(({ path, text }) => {
        const found = pattern.exec(codeOf(text));
        return found === null ? [] : [{ rule, path, why: `${found[0].trim()}: ${why}` }];
      });
};

const lineLimit: Rule = (sources) =>
  sources
    .filter(({ path }) => !isTest(path))
    .map(({ path, text }) => ({ path, lines: text.trimEnd().split("\n").length }))
    .filter(({ lines }) => lines > longest)
    .map(({ path, lines }) => ({ rule: "length", path, why: `${lines} lines; ${longest} is the wall` }));

const bannedNames: Rule = (sources) =>
  sources.flatMap(({ path }) => {
    const word = /(^|[/.-])(utils?|helpers?|managers?|services?|misc|common)(?=$|[/.-])/.exec(path)?.[2];
    return word === undefined
      ? []
      : [{ rule: "name", path, why: `"${word}" names nothing; use the domain's word` }];
  });

const todos: Rule = (sources) =>
  sources
    .filter(({ text }) => /\b(TODO|FIXME|XXX)\b(?!\(#\d+\))/.test(text))
    .filter(({ path }) => !path.startsWith("test/architecture/"))
    .map(({ path }) => ({ rule: "todo", path, why: "write TODO(#12), with the issue's number" }));

const suppressions: Rule = (sources) =>
  sources
    .filter(
      ({ path, text }) =>
        !path.startsWith("test/architecture/") && /@ts-(ignore|nocheck|expect-error)/.test(text),
    )
    .map(({ path }) => ({ rule: "suppression", path, why: "fix the type instead of silencing it" }));

/** The doors of the package: what `exports` in package.json names. */
const doors: ReadonlySet<string> = new Set([
  "index.ts",
  "coordination/raft/index.ts",
  "coordination/raft/stores.ts",
]);

/** A file that only hands on what others export. Only a door may. */
const barrels: Rule = (sources) =>
  sources
    .filter(({ path }) => !doors.has(path))
    .filter(({ path, text }) => {
      const code = codeOf(text).trim();
      const rest = code
        .replace(/export\s+(type\s+)?(\*(\s+as\s+\w+)?|\{[^}]*\})\s+from\s+""\s*;?/g, "")
        .trim();
      return /(^|\/)index\.ts$/.test(path) || (code !== "" && rest === "");
    })
    .map(({ path }) => ({ rule: "barrel", path, why: "import from the file that owns the thing" }));

const importsOf = ({ path, text }: Source): readonly string[] =>
  [...text.matchAll(/(?:\bfrom|\bimport|\bimport\()\s*["'](\.{1,2}\/[^"']+)["']/g)].map((match) =>
    posix.join(posix.dirname(path), match[1] ?? ""),
  );

/** What `npm run bench -- NAME` runs; the parts of one lie in a folder of its name. */
const isBench = (path: string): boolean => /^test\/bench\/[^/]+\.ts$/.test(path);

/** Where reading starts: the library, the program, child processes, tests, benchmarks, and what is run by hand. */
const isEntry = (path: string): boolean =>
  doors.has(path) ||
  path === "cli/main.ts" ||
  path === "inference/llama/child.ts" ||
  path === "inference/voters/build.ts" ||
  path.endsWith(".worker.ts") ||
  path.endsWith(".program.ts") ||
  path.endsWith("vitest.config.ts") ||
  path.endsWith(".test.ts") ||
  isBench(path) ||
  /^test\/support\/(build|closing-line|draws)/.test(path);

const reachable = (sources: readonly Source[], entries: readonly Source[]): ReadonlySet<string> => {
  const known = new Map(sources.map((source) => [source.path, source]));
  const seen = new Set<string>();
  const open = [...entries];
  for (let source = open.pop(); source !== undefined; source = open.pop()) {
    if (seen.has(source.path)) continue;
    seen.add(source.path);
    open.push(...importsOf(source).flatMap((path) => known.get(path) ?? []));
  }
  return seen;
};

/** A product file must serve the product: being imported by a test alone does not keep it. */
const deadFiles: Rule = (sources) => {
  const live = reachable(
    sources,
    sources.filter(({ path }) => isEntry(path) && !isTest(path)),
  );
  const tested = reachable(
    sources,
    sources.filter(({ path }) => isEntry(path)),
  );
  return sources
    .filter(({ path }) => !(isTest(path) ? tested : live).has(path))
    .map(({ path }) => ({ rule: "dead", path, why: "no entry of the program reaches it" }));
};

/** Every house rule that needs no types; `tidy.test.ts` runs them on the sources and on planted violations. */
export const rules: readonly Rule[] = [
  lineLimit,
  bannedNames,
  todos,
  suppressions,
  barrels,
  deadFiles,
  bans(
    "clock",
    isPure,
    /\bDate\.now\b|\bnew Date\s*\(|\bDate\(\)|\bperformance\b|\bprocess\.(hrtime|uptime)\b/,
    "pure code takes time from messages",
  ),
  bans(
    "dice",
    isPure,
    /\bMath\.random\b|\bcrypto\b|\brandomUUID\b|\brandomBytes\b/,
    "pure code takes chance from messages",
  ),
  bans(
    "timer",
    isPure,
    /\b(setTimeout|setInterval|setImmediate|queueMicrotask)\b|\bprocess\.nextTick\b/,
    "pure code emits startTimer",
  ),
  bans(
    "waiting",
    (path) => isPure(path) && !/\/(store|tool)\.ts$/.test(path),
    /\basync\b|\bawait\b|\bnew Promise\b/,
    "a step never awaits",
  ),
  bans(
    "float",
    (path) => path.startsWith("coordination/decision/"),
    /\bMath\.(log\w*|exp\w*|pow|sin|cos|tan\w*|cbrt|hypot)\b|\*\*/,
    "engines round it differently; use the decision's own tables",
  ),
  bans(
    "any",
    (path) => !path.startsWith("test/architecture/"),
    /:\s*any\b(?!\s*[(.])|<any\b|,\s*any\s*>|\bas\s+any\b/,
    "use unknown and a decoder",
  ),
  bans(
    "bench",
    isBench,
    /^export\b/m,
    "a benchmark prints its figures and exports nothing; put its parts into a folder of its name",
  ),
  bans(
    "invoke",
    (path) => /^actors\/(agent|workflow)\//.test(path),
    /\binvoke\s*:|\bspawn(Child)?\s*\(|\bafter\s*:/,
    "replay needs ids and time from the host",
  ),
];

export const findings = (sources: readonly Source[]): readonly Finding[] =>
  rules.flatMap((rule) => rule(sources));
