import { readFileSync } from "node:fs";
import { SwarmError } from "../protocol/errors.ts";
import type { RunId } from "../protocol/ids.ts";
import { leaseKey } from "./keys.ts";
import type { Env } from "./lmdb-env.ts";
import { sealJson, unsealJson } from "./records.ts";

/**
 * Names one process beyond doubt: a pid comes again, a pid with its start time and boot does not. Where the system does
 * not tell (no `/proc`), both are empty and the pid must do.
 */
type Holder = { readonly pid: number; readonly started: string; readonly boot: string };

/** A lease as stored; `holder: null` once released. */
type LeaseRecord = { readonly holder: Holder | null };

/** Leases of runs in one environment. */
export const leases = (env: Env) => {
  const self: Holder = { pid: process.pid, started: startOf(process.pid) ?? "", boot: bootId() };

  const holderOf = (run: RunId): Holder | null => {
    const stored = env.get(leaseKey(run));
    if (stored === undefined) return null;
    const { holder } = unsealJson(stored, `the lease of run ${run}`) as LeaseRecord;
    return holder !== null && isLiving(holder) ? holder : null;
  };

  const take = (run: RunId): (() => void) => {
    // Looking and taking are one transaction, so that of two who find a dead holder only one wins.
    env.transact(0, () => {
      const holder = holderOf(run);
      if (holder !== null) {
        throw new SwarmError(
          "RUN_ALIVE",
          `run ${run} is being driven by process ${holder.pid}; wait for it, or stop that process`,
        );
      }
      env.put(leaseKey(run), sealJson({ holder: self } satisfies LeaseRecord));
    });
    return () => release(run);
  };

  const release = (run: RunId): void => {
    try {
      env.transact(0, () => env.put(leaseKey(run), sealJson({ holder: null } satisfies LeaseRecord)));
    } catch {
      // A full disk cannot take the news. The lease ends with this process.
    }
  };

  const isAlive = (run: RunId): boolean => {
    env.refresh();
    return holderOf(run) !== null;
  };

  const isLiving = ({ pid, started, boot }: Holder): boolean => {
    if (boot !== self.boot) return false;
    if (started === "" || self.started === "") return answers(pid);
    return startOf(pid) === started;
  };

  return { take, isAlive };
};

/** When a process started, in ticks since boot; `undefined` if there is none, or only its corpse. */
const startOf = (pid: number): string | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name, in parentheses, may hold anything; the fields after it do not.
    const [state = "", ...fields] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return state === "Z" || state === "X" ? undefined : fields[18];
  } catch {
    return undefined;
  }
};

const bootId = (): string => {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "";
  }
};

const answers = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there, and somebody else's.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
};
