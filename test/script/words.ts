/** A line that cannot be read: the script is wrong, whatever the core does. */
export class Misspelt extends Error {
  override readonly name = "Misspelt";
}

export type Words = readonly string[];

/** Cuts words at each of the given ones: `voters 1 2 learners 3` by voters and learners gives both lists. */
export const sections = (words: Words, names: Words): Readonly<Record<string, Words>> => {
  const found: Record<string, string[]> = {};
  let open: string[] | undefined;
  for (const word of words) {
    if (names.includes(word)) found[word] = open = [];
    else if (open === undefined) throw new Misspelt(`${word}: expected one of ${names.join(", ")}`);
    else open.push(word);
  }
  return found;
};

export const number = (word: string | undefined): number => {
  if (word === undefined || !/^\d+$/.test(word))
    throw new Misspelt(`${word ?? "the end"}: expected a number`);
  return Number(word);
};

export const numbers = (words: Words): readonly number[] => words.map(number);

/** Which messages: `1->2`, `*->3 appendRequest`, `@name`, with `commit=4` and such for their fields. */
export type Pattern = {
  readonly ids: readonly number[] | undefined;
  readonly from: number | undefined;
  readonly to: number | undefined;
  readonly type: string | undefined;
  readonly fields: readonly (readonly [name: string, value: string])[];
};

export const pattern = (words: Words, names: ReadonlyMap<string, readonly number[]>): Pattern => {
  const [way = "", ...rest] = words;
  const ids = way.startsWith("@") ? names.get(way.slice(1)) : undefined;
  if (way.startsWith("@") && ids === undefined) throw new Misspelt(`${way}: nothing has that name`);
  const ends = /^(\*|\d+)->(\*|\d+)$/.exec(way);
  if (!way.startsWith("@") && ends === null) throw new Misspelt(`${way}: expected messages, as in 1->2`);
  const end = (word: string | undefined) => (word === undefined || word === "*" ? undefined : Number(word));
  const type = rest.find((word) => !word.includes("="));
  const fields = rest.flatMap((word) => {
    const [name, value] = word.split("=");
    return name === undefined || value === undefined ? [] : [[name, value] as const];
  });
  return { ids, from: end(ends?.[1]), to: end(ends?.[2]), type, fields };
};

export const fits = (
  { ids, from, to, type, fields }: Pattern,
  message: { readonly id: number; readonly from: number; readonly to: number; readonly type: string },
): boolean => {
  const values = new Map(Object.entries(message));
  return (
    (ids?.includes(message.id) ?? true) &&
    (from === undefined || from === message.from) &&
    (to === undefined || to === message.to) &&
    (type === undefined || type === message.type) &&
    fields.every(([name, value]) => fieldText(values.get(name)) === value)
  );
};

/** A list of entries is known by its length. */
const fieldText = (value: unknown): string =>
  Array.isArray(value)
    ? `${value.length}`
    : typeof value === "string"
      ? value
      : JSON.stringify(value ?? "none");
