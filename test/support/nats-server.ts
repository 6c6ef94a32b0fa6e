import { spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, watch, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts } from "./free-ports.ts";

/** A real server that belongs to one test. */
export type NatsServer = {
  readonly url: string;
  /** kill -9, as a crash would; resolves when the process is gone. */
  kill(): Promise<void>;
  /** Starts it again on the same port, with another configuration if one is given. */
  restart(config?: string): Promise<void>;
  /** Ends it and removes its files. */
  stop(): Promise<void>;
};

/**
 * Whether tests can have a server. Where the program is missing it says so loudly and they are skipped; on CI it throws,
 * or a broken image would look like a pass.
 */
export const hasNatsServer = (): boolean => {
  if (spawnSync(PROGRAM, ["--version"]).status === 0) return true;
  if (process.env["CI"] === "true") throw new Error(`${PROGRAM} is not on PATH; CI must install it`);
  process.stderr.write(`SKIPPED: ${PROGRAM} is not on PATH, so nothing here is tested against a server.\n`);
  return false;
};

/** Starts a server on a free port of 127.0.0.1, with the text of a configuration file if it needs one. */
export const startNatsServer = async (config = ""): Promise<NatsServer> => {
  const folder = mkdtempSync(join(tmpdir(), "swarm-nats-"));
  const configFile = join(folder, "server.conf");
  writeFileSync(configFile, config);
  const [port = 0] = await freePorts(1);
  let running = await launch({ folder, configFile, port });
  const kill = (): Promise<void> => endProcess(running);
  return {
    url: `nats://127.0.0.1:${port}`,
    kill,
    async restart(other) {
      if (other !== undefined) writeFileSync(configFile, other);
      running = await launch({ folder, configFile, port });
    },
    async stop() {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

const PROGRAM = "nats-server";

type Launch = { readonly folder: string; readonly configFile: string; readonly port: number };

const launch = async ({ folder, configFile, port }: Launch): Promise<ChildProcess> => {
  const server = spawn(
    PROGRAM,
    ["-c", configFile, "-a", "127.0.0.1", "-p", String(port), "--ports_file_dir", folder],
    {
      stdio: ["ignore", "ignore", "pipe"],
    },
  );
  endWithThisProcess(server);
  let log = "";
  server.stderr.setEncoding("utf8").on("data", (text: string) => {
    log += text;
  });
  const portsFile = join(folder, `${PROGRAM}_${server.pid}.ports`);
  return new Promise((resolve, reject) => {
    const look = (): void => {
      if (!listensOn(port, portsFile)) return;
      folderWatch.close();
      resolve(server);
    };
    // The server writes this file when it listens.
    const folderWatch = watch(folder, look);
    const fail = (error: Error): void => {
      folderWatch.close();
      reject(error);
    };
    server.once("error", fail);
    server.once("exit", (code) => fail(new Error(`${PROGRAM} ended with ${code}: ${log}`)));
    look();
  });
};

/** False while the file is not there, or not yet complete. */
const listensOn = (port: number, portsFile: string): boolean => {
  try {
    return readFileSync(portsFile, "utf8").includes(`127.0.0.1:${port}"`);
  } catch {
    return false;
  }
};

const endProcess = async (server: ChildProcess): Promise<void> => {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const gone = new Promise((resolve) => server.once("exit", resolve));
  server.kill("SIGKILL");
  await gone;
};

/** A test run that crashes must not leave servers behind. */
const endWithThisProcess = (server: ChildProcess): void => {
  const end = (): void => void server.kill("SIGKILL");
  process.once("exit", end);
  server.once("exit", () => process.off("exit", end));
};
