/** Whether data is nested deeper than that. Never goes deeper itself, so what comes after may recurse. */
export const isDeeperThan = (value: unknown, depth: number): boolean => {
  if (typeof value !== "object" || value === null) return false;
  if (depth === 0) return true;
  return Object.values(value).some((member) => isDeeperThan(member, depth - 1));
};
