import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { SwarmError } from "../protocol/errors.ts";
import type { RunId } from "../protocol/ids.ts";
import type { Env } from "./lmdb-env.ts";

/**
 * Names one process beyond doubt: a pid comes again, a pid with its start time and boot does not. Where the system does
 * not tell (no `/proc`), both are empty and the pid must do.
 */
type Holder = { readonly pid: number; readonly started: string; readonly boot: string };

/**
 * Leases of runs in one environment: a small file each, which is there as long as the run is driven, or longer where the
 * driver died. It need not survive a cut of power, as its holder does not, and so it waits for no disk.
 */
export const leases = (env: Env, dir: string) => {
  const folder = join(dir, "leases");
  const self: Holder = { pid: process.pid, started: startOf(process.pid) ?? "", boot: bootId() };
  const fileOf = (run: RunId): string => join(folder, `${run}.json`);

  const holderOf = (run: RunId): Holder | undefined => {
    const holder = readHolder(fileOf(run));
    return holder !== undefined && isLiving(holder) ? holder : undefined;
  };

  const take = (run: RunId): (() => void) => {
    // Only one process at a time is in a transaction, so that of two who find a dead holder only one wins. It commits nothing.
    env.transact(0, () => {
      const holder = holderOf(run);
      if (holder !== undefined) {
        throw new SwarmError(
          "RUN_ALIVE",
          `run ${run} is being driven by process ${holder.pid}; wait for it, or stop that process`,
        );
      }
      writeHolder(fileOf(run), self);
    });
    return () => release(run);
  };

  const release = (run: RunId): void => {
    try {
      rmSync(fileOf(run), { force: true });
    } catch {
      // The folder takes no changes any more. The lease ends with this process.
    }
  };

  const isAlive = (run: RunId): boolean => holderOf(run) !== undefined;

  const isLiving = ({ pid, started, boot }: Holder): boolean => {
    if (boot !== self.boot) return false;
    if (started === "" || self.started === "") return answers(pid);
    return startOf(pid) === started;
  };

  return { take, isAlive };
};

/** A file that is not there or was cut short by a power failure names nobody. */
const readHolder = (file: string): Holder | undefined => {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Holder;
  } catch {
    return undefined;
  }
};

const writeHolder = (file: string, holder: Holder): void => {
  try {
    mkdirSync(dirname(file), { recursive: true });
    // Renamed into place, since readers do not wait for the transaction.
    writeFileSync(`${file}.new`, JSON.stringify(holder));
    renameSync(`${file}.new`, file);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SwarmError(
      "HOME_UNUSABLE",
      `the lease of a run cannot be written (${reason}); check the folder's rights and the disk's space`,
      { cause },
    );
  }
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
