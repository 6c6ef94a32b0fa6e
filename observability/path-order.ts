/** Paths of steps in the order in which people count: `all[2]` before `all[10]`. */
export const byPath = (a: string, b: string): number => a.localeCompare(b, "en", { numeric: true });
