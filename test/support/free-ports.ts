import { once } from "node:events";
import { createServer } from "node:net";
import { threadId } from "node:worker_threads";

/**
 * Ports of 127.0.0.1 that nobody listens on now, for programs that must be told theirs. No port is given twice, and none is one
 * that the kernel hands out by itself, to a server without a port of its own or to a client: in the time until the program
 * listens, it would be gone. Processes that run beside each other look in different places.
 */
export const freePorts = async (count: number): Promise<readonly number[]> => {
  const ports: number[] = [];
  for (let tries = 0; ports.length < count; tries += 1) {
    if (tries > END - START)
      throw new Error(`fewer than ${count} ports from ${START} to ${END - 1} are free`);
    const port = START + (next % (END - START));
    next += 1;
    if (await isFree(port)) ports.push(port);
  }
  return ports;
};

/** Above the ports of well-known services, and below those that Linux hands out, which begin at 32,768. */
const START = 12_000;
const END = 32_000;

/** What one process has to itself, as long as it asks for no more. */
const PER_PROCESS = 64;
let next = (process.pid + threadId) * PER_PROCESS;

const isFree = async (port: number): Promise<boolean> => {
  const server = createServer();
  try {
    // On all addresses: a program that listens on one of them, or on all, would be in the way.
    await once(server.listen(port), "listening");
  } catch {
    return false;
  }
  await once(server.close(), "close");
  return true;
};
