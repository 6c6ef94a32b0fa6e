import { ruleNames } from "../../../coordination/protocol/decision-messages.ts";

/** Texts that somebody may forget to escape. */
export const texts = [
  "alpha",
  "beta 7",
  "",
  "<script>alert(1)</script>",
  "a\nb\n",
  "`x` | \"y\" & 'z' #;",
  "\u001b[31mred\u202e",
  "é 漢 🙂",
  "x".repeat(700),
  "${ { no",
  "]]>-->",
];

export const optionLists = [
  ["yes", "no"],
  ["a", "b", "c"],
  ["1", "2", "3.5"],
  ["<b>", "&amp;", "x y"],
  ["yes", "no", "maybe", "é"],
];

export const rules = [undefined, ...ruleNames];

export const confidences = [undefined, 0, 1, 0.5, 0.9, 0.6, 1e-9, 0.333333333, 0.999999999];
