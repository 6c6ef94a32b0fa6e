/** Where two pieces of plain data first differ. `path` is like `effects[0].body.prompt`; a missing value is `undefined`. */
export type Difference = { readonly path: string; readonly recorded: unknown; readonly replayed: unknown };

/**
 * The first difference in depth-first order, or `undefined` if the data are equal. What JSON cannot tell apart is the same: absent
 * and `undefined` members, 0 and -0.
 */
export const firstDifference = (recorded: unknown, replayed: unknown, path = ""): Difference | undefined => {
  if (recorded === replayed) return undefined;
  if (Array.isArray(recorded) && Array.isArray(replayed)) {
    for (let index = 0; index < Math.max(recorded.length, replayed.length); index += 1) {
      const difference = firstDifference(recorded[index], replayed[index], `${path}[${index}]`);
      if (difference !== undefined) return difference;
    }
    return undefined;
  }
  if (isObject(recorded) && isObject(replayed)) {
    for (const key of new Set([...Object.keys(recorded), ...Object.keys(replayed)])) {
      const difference = firstDifference(recorded[key], replayed[key], path === "" ? key : `${path}.${key}`);
      if (difference !== undefined) return difference;
    }
    return undefined;
  }
  return { path, recorded, replayed };
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
