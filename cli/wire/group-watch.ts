import { spawn } from "node:child_process";

/** Its input ends when the process that holds the other end does, however that one ends. */
const untilInputEnds = 'read -r group || exit; read -r _; kill -s KILL -- "-$group"';

/** Sees to it that a process group ends with this process. */
export type GroupWatch = { readonly over: (group: number) => void; readonly end: () => void };

/**
 * Starts a watch before the group that it is for, so that hardly a moment is left in which that one could be lost. Nothing in this process runs after a `kill -9` of it, so a
 * shell waits beside it, in a session of its own that no Ctrl-C reaches. Where there is no `/bin/sh` nobody watches.
 */
export const watchGroup = (): GroupWatch => {
  const shell = spawn("/bin/sh", ["-c", untilInputEnds], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
    env: {},
  });
  shell.on("error", () => undefined);
  shell.stdin.on("error", () => undefined);
  return {
    over: (group) => void shell.stdin.write(`${group}\n`),
    // By a signal: to let its input end would be its sign to act.
    end: () => void shell.kill("SIGKILL"),
  };
};
