/** How many names that tasks make up a label may have; each name is a time series of its own for whoever stores them. */
export const namesAtMost = 32;
export const otherName = "other";
const charsAtMost = 96;

/** Keeps the first names that it is given, and calls all later ones `other`. */
export const boundedNames = (atMost: number = namesAtMost) => {
  const kept = new Map<string, string>();
  return (name: string): string => {
    const known = kept.get(name);
    if (known !== undefined) return known;
    if (kept.size >= atMost) return otherName;
    const short = name.slice(0, charsAtMost);
    kept.set(name, short);
    return short;
  };
};
