/** Where in a task a value stands: keys and places from the root. */
export type TaskPath = readonly (string | number)[];

/** Something wrong with a task, placed by its structure; the reader of the file knows line and column. */
export type Finding = {
  readonly path: TaskPath;
  /** What is marked: the value at the path, the key that leads to it, or a part of the text of the value. */
  readonly at: "value" | "key" | { readonly offset: number; readonly length: number };
  readonly message: string;
  readonly hint?: string;
};

/** A finding with an optional hint. */
export const finding = (
  path: TaskPath,
  message: string,
  hint?: string,
  at: Finding["at"] = "value",
): Finding => ({
  path,
  at,
  message,
  ...(hint === undefined ? {} : { hint }),
});
