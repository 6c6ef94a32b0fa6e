import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

export type EtcdCore = {
  /** Microseconds of processor time a commit, over so many commits by a group that stays from call to call. */
  measure(nodes: number, batch: number, commits: number): Promise<number>;
  close(): void;
};

/** Debian's golang-go and golang-etcd-server-dev. */
const goPath = "/usr/share/gocode";

/** Builds etcd's core and starts it; nothing where Go or the source of etcd is not installed. */
export const startEtcdCore = (): EtcdCore | undefined => {
  const dir = mkdtempSync(join(tmpdir(), "swarm-bench-etcd-core-"));
  const program = join(dir, "core");
  // Nothing is fetched, and what is built stays in the folder.
  const env = {
    ...process.env,
    GO111MODULE: "off",
    GOPATH: goPath,
    GOCACHE: join(dir, "cache"),
    GOFLAGS: "",
  };
  const words = ["build", "-o", program, join("test", "bench", "raft-core", "etcd.go")];
  if (spawnSync("go", words, { env, stdio: "ignore" }).status !== 0) {
    rmSync(dir, { recursive: true });
    return undefined;
  }
  // The best of the settings that were tried: its own default costs it 15 to 60 % more.
  const core = spawn(program, { env: { ...env, GOGC: "400" }, stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: core.stdout })[Symbol.asyncIterator]();
  return {
    measure: async (nodes, batch, commits) => {
      core.stdin.write(`${nodes} ${batch} ${commits}\n`);
      const { value, done } = await lines.next();
      if (done === true) throw new Error("etcd's core ended; its message is above");
      return Number(value);
    },
    close: () => {
      core.stdin.end();
      rmSync(dir, { recursive: true });
    },
  };
};
