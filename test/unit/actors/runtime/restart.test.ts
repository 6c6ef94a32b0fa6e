import { expect, test } from "vitest";
import { agentMachine } from "../../../../actors/agent/machine.ts";
import { chartBehaviour, stepBehaviour, type Behaviour } from "../../../../actors/runtime/cell.ts";
import { freshRun } from "../../../../actors/runtime/run-state.ts";
import { replayRows } from "../../../../actors/runtime/replay.ts";
import type { Cast } from "../../../../actors/runtime/roster.ts";
import { memoryLog } from "../../../../coordination/log/memory.ts";
import {
  agentActor,
  agentName,
  effectId,
  failureId,
  hostActor,
  runId,
  workflowActor,
} from "../../../../coordination/protocol/ids.ts";
import type { Message } from "../../../../coordination/protocol/message.ts";
import { SimulatedClock } from "../../../simulation/clock.ts";
import { Random } from "../../../simulation/random.ts";
import { hosted } from "../../../support/hosted.ts";
import { assignedVerdict, settledVerdict } from "../../../support/verdict.ts";

const run = runId("r");
const ann = agentActor("ann", "verdict");
const told = (body: Message) => ({ type: "send", to: ann, body }) as const;
const assigned = told(assignedVerdict);
const over = told(settledVerdict);

/** An agent that breaks on the end of its decision, and on being told so as often as `breaks` says. */
const fragile = (breaks: number): Behaviour => {
  const agent = chartBehaviour(
    agentMachine({ name: "ann", role: "a judge", model: "m", maxTokens: 10, attempts: 2 }),
  );
  let left = breaks;
  return {
    spawn: (id, snapshot) => {
      const cell = agent.spawn(id, snapshot);
      return {
        tell: (message) => {
          const isOfEnd = message.type === "decision.settled" || message.type === "delivery.failed";
          if (isOfEnd && left-- > 0) throw new Error("it broke");
          return cell.tell(message);
        },
        snapshot: () => cell.snapshot(),
        situation: () => cell.situation(),
      };
    },
  };
};

const castOf = (breaks: number): Cast => {
  const agent = fragile(breaks);
  const others = stepBehaviour<null>(
    (_, { type }) => ({ state: null, effects: type === "run.started" ? [assigned, over] : [] }),
    null,
  );
  return (actor) => (agentName(actor) === undefined ? others : agent);
};

test.each([
  ["the end of its decision", 1],
  ["that, and on being told so", 2],
])("an agent that is started again since it failed on %s is not asked once more", async (_, breaks) => {
  const clock = new SimulatedClock(new Random(1));
  const log = memoryLog();
  const host = hosted(freshRun(run, castOf(breaks)), { run, log, clock });
  host.start();
  for (let quiet = 0; quiet < 3; quiet++) {
    await new Promise((resolve) => void setImmediate(resolve));
    while (clock.step()) quiet = 0;
  }
  host.kill();
  const rows = [...log.read(run)].flatMap(({ row }) =>
    row.type === "turn" && row.actor === ann ? [row] : [],
  );
  const types = rows.map((row) =>
    "failed" in row
      ? "failed"
      : row.effects.map((effect) => (effect.type === "send" ? effect.body.type : effect.type)).join(),
  );
  expect(types).toEqual([
    "inference.requested",
    ...Array.from({ length: breaks }, () => "failed"),
    "inference.cancelled,stop",
  ]);
  expect(replayRows(log.read(run), run, castOf(breaks)).type).toBe("identical");
});

test("a record of an earlier version, in which it was asked once more, is replayed as it was", () => {
  const log = memoryLog();
  const turn = { type: "turn", run, atUs: 1 } as const;
  const cell = fragile(0).spawn(ann);
  const taken = effectId(workflowActor, 0, 0);
  const broken = effectId(workflowActor, 0, 1);
  const began = { cause: effectId(hostActor, 0, 0), input: { type: "run.started" } } as const;
  log.append({ ...turn, ...began, actor: workflowActor, seq: 0, effects: [assigned, over] });
  const first = { cause: taken, input: assigned.body, effects: cell.tell(assigned.body) };
  log.append({ ...turn, ...first, actor: ann, seq: 0 });
  const failed = { code: "Error", message: "it broke" };
  log.append({ ...turn, actor: ann, seq: 1, cause: broken, input: over.body, failed });
  const lost = { type: "delivery.failed", id: broken, to: ann, code: "STEP_FAILED" } as const;
  const notice = { ...lost, message: "it broke" };
  const effects = cell.tell(notice);
  expect(effects).toMatchObject([{ body: { type: "inference.requested" } }]);
  log.append({ ...turn, actor: ann, seq: 2, cause: failureId(broken), input: notice, effects });
  expect(replayRows(log.read(run), run, castOf(1)).type).toBe("identical");
});
