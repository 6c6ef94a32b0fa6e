/** A whole number in groups of three digits: `1,234,567`. `toLocaleString` loads a library for it, for 15 ms of each command. */
export const countText = (count: number): string => String(count).replaceAll(/\B(?=(?:\d{3})+$)/g, ",");
