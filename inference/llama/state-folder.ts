import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Where one engine process keeps the states of paused questions, on disk and outside of its memory. */
export type StateFolder = {
  /** A new and empty one for a new process; what a dead one has left goes. */
  renew(): string;
  remove(): void;
};

export const stateFolder = (): StateFolder => {
  let folder: string | undefined;
  const remove = (): void => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    folder = undefined;
  };
  return {
    renew() {
      remove();
      folder = mkdtempSync(join(tmpdir(), `swarm-states-${process.pid}-`));
      return folder;
    },
    remove,
  };
};
