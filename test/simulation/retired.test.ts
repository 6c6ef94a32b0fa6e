import { expect, test } from "vitest";
import type { Behaviour } from "../../actors/runtime/cell.ts";
import { agent, decide, planOf } from "../support/plans.ts";
import { checkStorm } from "./check.ts";
import { moot } from "./model.ts";
import { stormOf } from "./storm.ts";
import { weatherStorm } from "./swarm.ts";
import type { Tampering } from "./tampering.ts";

/** An agent that asks its model, and throws on every answer. */
const broken = (behaviour: Behaviour): Behaviour => ({
  spawn: (id, snapshot) => {
    const cell = behaviour.spawn(id, snapshot);
    return {
      ...cell,
      tell: (message) => {
        if (message.type === "task.assigned") return cell.tell(message);
        throw new RangeError(`${id} is broken`);
      },
    };
  },
});
const withBroken: Tampering = {
  cast: (cast) => (actor) => {
    const behaviour = cast(actor);
    return behaviour !== undefined && actor.startsWith("agent/dee/") ? broken(behaviour) : behaviour;
  },
};

const deadlineMs = 3_600_000;
const voters = ["ann", "bob", "cid", "dee"];
const plan = planOf(
  [
    {
      id: "all",
      type: "map",
      over: "${{ [1, 2, 3, 4, 5, 6, 7, 8] }}",
      as: "it",
      concurrency: 8,
      steps: [
        decide("verdict", {
          question: moot,
          evidence: "item ${{ it }}",
          voters,
          rounds: 2,
          rule: "unanimity",
          deadlineMs,
        }),
      ],
    },
  ],
  { agents: Object.fromEntries(voters.map((name) => [name, agent(name, { attempts: 6 })])) },
);

test("an agent that failed too often is asked no more, and no later round waits for it", async () => {
  let debates = 0;
  for (let seed = 0; seed < 10; seed += 1) {
    const storm = { ...stormOf(seed), plan, stumbles: 0, fullDisk: 0, snapshotEveryRows: 16 };
    const report = await weatherStorm(storm, withBroken);
    expect(
      checkStorm(report).filter((wrong) => !wrong.includes("items went in")),
      `seed ${seed}`,
    ).toEqual([]);
    const rows = report.rows.flatMap(({ row }) => (row.type === "turn" ? [row] : []));
    debates += rows.filter(({ input }) => input.type === "round.opened").length;
    const [first, last] = [report.rows[0]?.row.atUs ?? 0, report.rows.at(-1)?.row.atUs ?? 0];
    expect(last - first, `seed ${seed}`).toBeLessThan(deadlineMs * 1_000);
  }
  expect(debates).toBeGreaterThan(20);
});
