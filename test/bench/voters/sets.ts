import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { loadCorpus } from "../../../inference/voters/corpus.ts";
import { generate } from "../../../inference/voters/generate.ts";
import type { Area, Severity } from "../../../inference/voters/prompt.ts";
import { heldOutRecipe } from "../../../inference/voters/voters.ts";
import { openSshSeverity } from "./openssh.ts";

export type Row = { readonly line: string; readonly severity: Severity; readonly area: Area | undefined };
export type LogSet = { readonly name: string; readonly rows: readonly Row[] };

const LEVELS: Readonly<Record<string, Severity>> = {
  debug: "info",
  info: "info",
  notice: "info",
  warn: "warning",
  warning: "warning",
  error: "error",
  fatal: "critical",
  severe: "critical",
};

/** Lines from held-out templates, and apart from them those from frames, whose sentences were never trained on either. */
export const generatedSets = (voters: string, count: number): readonly LogSet[] => {
  const examples = generate(loadCorpus(voters), { ...heldOutRecipe("report"), seed: 4242 }, count);
  const rows = (composed: boolean) => examples.filter(({ system }) => (system === "composed") === composed);
  return [
    { name: "held-out templates", rows: rows(false) },
    { name: "held-out sentences", rows: rows(true) },
  ];
};

/** The real logs of a folder, each line without its own level; says so loudly when there are none. */
export const realSets = (folder: string | undefined): readonly LogSet[] =>
  READERS.flatMap(({ name, file, read }) => {
    const path = join(folder ?? "", file);
    if (!folder || !existsSync(path)) {
      console.warn(
        `SKIPPED ${name}: no ${file}; give its folder as the first argument or in SWARM_REAL_LOGS`,
      );
      return [];
    }
    return [{ name, rows: readFileSync(path, "utf8").split(/\r?\n/).filter(Boolean).flatMap(read) }];
  });

type Reader = {
  readonly name: string;
  readonly file: string;
  readonly read: (line: string) => readonly Row[];
};

/** Rows of a log whose own level says the severity: the pattern catches what is before it, the level, and the rest. */
const levelled =
  (pattern: RegExp) =>
  (line: string): readonly Row[] => {
    const [, before = "", level = "", after = ""] = pattern.exec(line) ?? [];
    const severity = LEVELS[level.toLowerCase()];
    return severity ? [{ line: `${before}${after}`, severity, area: undefined }] : [];
  };

const READERS: readonly Reader[] = [
  { name: "Apache", file: "Apache_2k.log", read: levelled(/^(\[[^\]]*\] )\[(\w+)\] (.*)$/) },
  { name: "HDFS", file: "HDFS_2k.log", read: levelled(/^(\d+ \d+ \d+ )([A-Z]+) (.*)$/) },
  {
    name: "OpenSSH",
    file: "OpenSSH_2k.log",
    read: (line) => {
      const severity = openSshSeverity(line.replace(/^.*?sshd\[\d+\]: /, ""));
      return severity
        ? [{ line: line.replace(/(sshd\[\d+\]: )(?:error|fatal): /, "$1"), severity, area: undefined }]
        : [];
    },
  },
];
