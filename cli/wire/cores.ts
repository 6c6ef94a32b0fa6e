import { readFileSync } from "node:fs";

/**
 * How many cores there are that compute by themselves, at most `available`: two threads of one core are slower at a model than one.
 * Where nothing tells, all that are available.
 */
export const physicalCores = (available: number): number =>
  Math.max(1, Math.min(available, physicalOf(processors()) ?? available));

const processors = (): string => {
  try {
    return readFileSync("/proc/cpuinfo", "utf8");
  } catch {
    // Not Linux.
    return "";
  }
};

/** Counts the pairs of socket and core in the text of /proc/cpuinfo. */
export const physicalOf = (text: string): number | undefined => {
  const cores = text.split("\n\n").flatMap((processor) => {
    const core = /^core id\s*:\s*(\d+)/m.exec(processor)?.[1];
    return core === undefined ? [] : [`${/^physical id\s*:\s*(\d+)/m.exec(processor)?.[1] ?? "0"}/${core}`];
  });
  return cores.length === 0 ? undefined : new Set(cores).size;
};
