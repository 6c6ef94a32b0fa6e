/**
 * Milliseconds of CPU that this process has taken so far. Other than the time on the clock, they are about the same on a busy machine: for bounds far above what
 * the code takes and far below what it would take if it were quadratic.
 */
export const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
