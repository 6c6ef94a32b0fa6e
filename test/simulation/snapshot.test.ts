import { expect, test } from "vitest";
import { firstDifference } from "../../actors/runtime/difference.ts";
import { recover } from "../../actors/runtime/recover.ts";
import type { RunState } from "../../actors/runtime/run-state.ts";
import type { Envelope } from "../../coordination/protocol/envelope.ts";
import { agentName, runId } from "../../coordination/protocol/ids.ts";
import type { Json } from "../../coordination/protocol/json.ts";
import { often } from "../support/deep.ts";
import { checkStorm } from "./check.ts";
import { stormOf } from "./storm.ts";
import { weatherStorm } from "./swarm.ts";

/** In this storm an agent's next round reaches it when it has stopped. */
const lateRound = 10_480;

test("what is recovered from a snapshot is what all rows say", async () => {
  let compared = 0;
  for (const seed of [lateRound, ...Array.from({ length: often(60) }, (_, at) => 10_000 + at)]) {
    const storm = { ...stormOf(seed), snapshotEveryRows: 1 + (seed % 13) };
    const report = await weatherStorm(
      storm,
      {},
      {
        recovered: (state, log, cast) => {
          const run = runId(`storm-${seed}`);
          if (log.latestSnapshot(run) === undefined) return;
          compared += 1;
          const refolded = recover({ ...log, latestSnapshot: () => undefined }, run, cast);
          expect(firstDifference(plainOf(refolded), plainOf(state)), `seed ${seed}`).toBeUndefined();
        },
      },
    );
    expect(checkStorm(report), `seed ${seed}`).toEqual([]);
  }
  expect(compared).toBeGreaterThan(20);
});

/**
 * All of a state that counts. A snapshot knows of actors that have mail and took no turn yet, and no debts to the dead:
 * neither follows from a row, and neither changes what happens.
 */
const plainOf = (state: RunState): Json => {
  const debts = [...state.outstanding].filter(
    (debt) => debt.type !== "envelope" || isAlive(state, debt.envelope),
  );
  const actors = [...state.roster]
    .filter(({ seq }) => seq > 0)
    .toSorted((one, other) => (one.id < other.id ? -1 : 1))
    .map(({ id, seq, failures, assignedBy, cell }) => ({
      id,
      seq,
      failures,
      assignedBy,
      state: cell.snapshot(),
    }));
  const { processUs, lastAtUs, position } = state;
  return JSON.parse(JSON.stringify({ actors, debts, processUs, lastAtUs, position })) as Json;
};

// An outcome that came before its elector's assignment, or after its end, was dropped.
const isAlive = (state: RunState, { to, body }: Envelope): boolean =>
  agentName(to) === undefined ||
  body.type === "task.assigned" ||
  (state.roster.get(to) !== undefined && body.type !== "decision.settled");
