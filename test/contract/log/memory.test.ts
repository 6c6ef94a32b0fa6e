import { expect, test } from "vitest";
import { memoryLog } from "../../../coordination/log/memory.ts";
import { runOf, turnOf } from "../../support/log-rows.ts";
import { logContract } from "./contract.ts";

logContract("the memory log", async () => {
  const log = memoryLog();
  return {
    log,
    crash: async () => {
      log.crash();
      return log;
    },
    breakDisk: () => log.failNextCommit("EIO"),
    dispose: async () => log.crash(),
  };
});

const run = runOf("run-1");

test("a commit happens when the schedule says, once a batch", async () => {
  const steps: (() => void)[] = [];
  const log = memoryLog({ schedule: (commit) => steps.push(commit) });
  log.append(turnOf(run, 0));
  const durable = log.durable(run, log.append(turnOf(run, 1)));
  expect([steps.length, log.commits]).toEqual([1, 0]);
  steps.shift()?.();
  await durable;
  expect([steps.length, log.commits, log.summary(run)?.rows]).toEqual([0, 1, 2]);
});

test("a commit that was due at the crash writes nothing afterwards", () => {
  const steps: (() => void)[] = [];
  const log = memoryLog({ schedule: (commit) => steps.push(commit) });
  log.append(turnOf(run, 0));
  log.lease(run);
  log.crash();
  expect(log.isAlive(run)).toBe(false);
  expect(log.append(turnOf(run, 7))).toBe(0);
  steps.shift()?.();
  expect(log.summary(run)).toBeUndefined();
  steps.shift()?.();
  expect(log.summary(run)?.rows).toBe(1);
});
