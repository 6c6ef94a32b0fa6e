import { markupText, type Markup } from "../../cli/report/markup.ts";

/** The words of some markup, as a reader sees them: no tags, no tooltips, one space between two words. */
const wordsIn = (page: string): string =>
  page
    .replace(/<title>[^<]*<\/title>/g, "")
    .replace(/<[^>]*>/g, " ")
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
    .replaceAll("&times;", "×")
    .replaceAll("&middot;", "·")
    .replaceAll("&rarr;", "→")
    .replace(/\s+/g, " ")
    .replace(/ ([:;,.])/g, "$1")
    .trim();

const contentsOf = (page: string, part: RegExp): readonly string[] =>
  Array.from(page.matchAll(part), ([, content = ""]) => content);

/** The words of all that is shown. */
export const shownIn = (markup: Markup): string => wordsIn(markupText(markup));

/** The rows of the tables, each with the words of its cells; the heads are rows, too. */
export const tableRowsIn = (markup: Markup): readonly (readonly string[])[] =>
  contentsOf(markupText(markup), /<tr[^>]*>([\s\S]*?)<\/tr>/g).map((row) =>
    contentsOf(row, /<t[hd][^>]*>([\s\S]*?)<\/t[hd]>/g).map(wordsIn),
  );

/** What the definition lists say, by name. */
export const factsIn = (markup: Markup): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Array.from(
      markupText(markup).matchAll(/<dt[^>]*>([\s\S]*?)<\/dt>\s*<dd[^>]*>([\s\S]*?)<\/dd>/g),
      ([, name = "", words = ""]) => [wordsIn(name), wordsIn(words)],
    ),
  );
