import { expect, test } from "vitest";
import { bufferedLog } from "../../../../coordination/log/buffered.ts";
import type { Store } from "../../../../coordination/log/store.ts";
import { SwarmError } from "../../../../coordination/protocol/errors.ts";
import { runOf } from "../../../support/log-rows.ts";

const storeWhoseLease = (throws: Error): Store => ({
  rows: () => 0,
  commit: () => undefined,
  read: () => [],
  blob: () => "",
  runs: () => [],
  snapshot: () => undefined,
  lease: () => {
    throw throws;
  },
  isAlive: () => false,
  close: () => Promise.resolve(),
});

const leaseFrom = (store: Store) => () =>
  bufferedLog(store, { soon: setImmediate, later: setImmediate }).log.lease(runOf("run-1"));

test("a lease that a full disk refuses says so, and what to do", () => {
  expect(leaseFrom(storeWhoseLease(new Error("ENOSPC: no room")))).toThrow(
    expect.objectContaining({
      code: "LOG_WRITE_FAILED",
      message: expect.stringMatching(/ENOSPC.*free space/),
    }),
  );
});

test("a run that is being driven stays what it is", () => {
  const alive = new SwarmError("RUN_ALIVE", "driven by another");
  expect(leaseFrom(storeWhoseLease(alive))).toThrow(alive);
});
