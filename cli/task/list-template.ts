/** A list as a task may write it: an expression, or the items themselves. */
export type WrittenList = string | readonly (string | number | boolean | null)[];

/** A list that is written out becomes an expression, so that the plan has lists of one kind. */
export const listTemplate = (over: WrittenList): string =>
  typeof over === "string" ? over : `\${{${listExpression(over)}}}`;

/** What stands between the braces. */
export const listExpression = (items: Exclude<WrittenList, string>): string =>
  ` [${items.map((item) => (typeof item === "string" ? quoted(item) : String(item))).join(", ")}] `;

const quoted = (text: string): string =>
  `'${text
    .replace(/[\\']/g, (character) => `\\${character}`)
    .replace(/\n/g, "\\n")
    .replace(/\t/g, "\\t")}'`;
