import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { LABELS } from "./prompt.ts";
import type { Area, Severity } from "./prompt.ts";
import { hashOf } from "./random.ts";

const Labels = { severity: z.enum(LABELS.severity), area: z.enum(LABELS.area) };

/** One message of a real system, with slots such as `{ip}` where it carries values. */
export type Template = {
  readonly severity: Severity;
  readonly area: Area;
  readonly system: string;
  readonly text: string;
};
/** A sentence about any subject: `{S} failed {why}`. */
export type Frame = { readonly severity: Severity; readonly text: string };
export type Noun = { readonly area: Area; readonly text: string };

export type Corpus = {
  readonly templates: readonly Template[];
  readonly frames: readonly Frame[];
  readonly nouns: readonly Noun[];
  readonly reasons: readonly string[];
  readonly firstParts: readonly string[];
  readonly lastParts: readonly string[];
};

/** What a template may be used for. Whole templates are set apart, never single lines of one. */
export type Use = "training" | "calibration" | "report";

/** Every tenth template is held out: half fit temperatures, half give the figures and the prior. */
export const useOf = (text: string): Use => {
  const slot = hashOf(text) % 20;
  if (slot === 0) return "calibration";
  return slot === 1 ? "report" : "training";
};

/** Reads `corpus/*.txt` and `lexicon/*.txt` below a folder, in an order that does not depend on the disk. */
export const loadCorpus = (folder: string): Corpus => {
  const files = readdirSync(join(folder, "corpus"))
    .filter((file) => file.endsWith(".txt"))
    .toSorted();
  const rows = (...path: readonly string[]): readonly (readonly string[])[] =>
    linesOf(join(folder, ...path)).map((line) => line.split("\t"));
  const [first = [], last = []] = linesOf(join(folder, "lexicon", "class-parts.txt")).map((line) =>
    line.split(" "),
  );
  return {
    templates: files.flatMap((file) => rows("corpus", file).map(templateOf)),
    frames: rows("lexicon", "frames.txt").map(([severity, text = ""]) => ({
      severity: Labels.severity.parse(severity),
      text,
    })),
    nouns: rows("lexicon", "nouns.txt").map(([area, text = ""]) => ({ area: Labels.area.parse(area), text })),
    reasons: linesOf(join(folder, "lexicon", "reasons.txt")),
    firstParts: first,
    lastParts: last,
  };
};

const templateOf = ([severity, area, system = "", ...text]: readonly string[]): Template => ({
  severity: Labels.severity.parse(severity),
  area: Labels.area.parse(area),
  system,
  text: text.join(" "),
});

const linesOf = (path: string): readonly string[] =>
  readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.startsWith("# "));
