import { countText } from "../count-text.ts";
import { unseen } from "../unseen.ts";

const made: unique symbol = Symbol("markup");

/** Markup that was made here. No data of a run can be one: JSON has no symbols. */
export type Markup = { readonly [made]: string };

export type Content = Markup | string | number | undefined | readonly Content[];

/**
 * The only way from text to markup: the words of the template are taken as they are, what stands in `${}` is text and becomes text, in an
 * element as well as in a quoted attribute. `undefined` is nothing, a list is its members.
 */
export const html = (words: TemplateStringsArray, ...contents: readonly Content[]): Markup => ({
  [made]: words.reduce((page, word, at) => page + markupIn(contents[at - 1]) + unindented(word), ""),
});

/** A style sheet of ours; to the letter, as its digest stands in the policy of the page. */
export const styleElement = (sheet: string): Markup => ({ [made]: `<style>${sheet}</style>` });

const unindented = (word: string): string => word.replace(/\s*\n\s*/g, "\n");

export const markupText = (markup: Markup): string => markup[made];

export const nothing: Markup = { [made]: "" };

const markupIn = (content: Content): string => {
  if (content === undefined) return "";
  if (typeof content === "string") return escaped(content);
  if (typeof content === "number") return String(content);
  return isMarkup(content) ? content[made] : content.map(markupIn).join("");
};

const isMarkup = (content: Markup | readonly Content[]): content is Markup => made in content;

/** Text that HTML shows as it is. What a reader would not see is spelt out, so that nothing can hide in it or turn a line around. */
export const escaped = (text: string): string =>
  text.replace(unseen, spelt).replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`);

const spelt = (character: string): string => {
  const code = character.codePointAt(0) ?? 0;
  const digits = code.toString(16);
  return code < 0x100 ? `\\x${digits.padStart(2, "0")}` : `\\u{${digits}}`;
};

/** At most so many characters of a text, and how many there are where that is not all. */
export const clipped = (text: string, atMost: number): string =>
  text.length <= atMost ? text : `${cut(text, atMost)}… (${countText(text.length)} characters in all)`;

/** One line of at most so many characters. */
export const lineOf = (text: string, atMost: number): string => {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length <= atMost ? line : `${cut(line, atMost - 1)}…`;
};

/** No half of a character is left at the end: it would be spelt out as something that the text does not say. */
const cut = (text: string, atMost: number): string => text.slice(0, atMost).replace(/[\uD800-\uDBFF]$/, "");
