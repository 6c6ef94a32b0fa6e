import { fail, ok, warn, type Finding } from "./finding.ts";

/** `version` as Node says it, for instance `v20.20.0`. */
export const nodeFinding = (version: string): Finding => {
  const [major = 0, minor = 0] = version.replace(/^v/, "").split(".").map(Number);
  const isOld = major < 20 || (major === 20 && minor < 19);
  return isOld ? fail("node", `this is Node ${version}`, "install Node 20.19 or newer") : ok("node", version);
};

/** The year in which this version was made: a clock before it is wrong. */
const earliestYear = 2025;
const toleratedAheadMs = 60_000;

/** `newestMs`: when the newest row of the record was written, by the clock of then. */
export const clockFinding = (nowMs: number, newestMs: number | undefined): Finding => {
  const now = new Date(nowMs).toISOString();
  if (new Date(nowMs).getUTCFullYear() < earliestYear)
    return fail("clock", `it is ${now}, says this machine`, "set the clock, for instance by NTP");
  if (newestMs !== undefined && newestMs > nowMs + toleratedAheadMs) {
    return warn(
      "clock",
      `it is ${now}, and the newest run ended at ${new Date(newestMs).toISOString()}`,
      "set the clock: `swarm runs` sorts by it",
    );
  }
  return ok("clock", now);
};
