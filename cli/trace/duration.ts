/** A stretch of time for people: three digits and a unit, also where it is rounded up. */
export const durationText = (us: number): string => {
  if (us < 1) return "0";
  if (us < 999.5) return `${Math.round(us)} us`;
  if (us < 999_500) return `${digits(us / 1000)} ms`;
  if (us < 59.95e6) return `${digits(us / 1e6)} s`;
  const seconds = Math.round(us / 1e6);
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${String(seconds % 60).padStart(2, "0")}s`;
  return `${Math.floor(seconds / 3600)}h ${String(Math.floor((seconds % 3600) / 60)).padStart(2, "0")}m`;
};

const digits = (value: number): string => value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0);
