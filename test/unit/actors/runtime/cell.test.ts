import { createActor, setup } from "xstate";
import { expect, test } from "vitest";
import { chartBehaviour } from "../../../../actors/runtime/cell.ts";
import { agentActor, workflowActor } from "../../../../coordination/protocol/ids.ts";
import type { Message } from "../../../../coordination/protocol/message.ts";

type Context = { readonly said: readonly string[]; readonly nested: { readonly deep: readonly number[] } };

const chart = setup({ types: { context: {} as Context, events: {} as Message } });

const say = chart.assign(({ context, event }) => ({ said: [...context.said, event.type] }));

const machine = chart.createMachine({
  context: { said: [], nested: { deep: [1, 2] } },
  initial: "quiet",
  states: {
    quiet: { on: { "run.started": { target: "loud", actions: say } } },
    loud: { on: { "run.started": { actions: say } } },
  },
});

const message: Message = { type: "run.started" };

test("a chart's snapshot is the one that XState makes, and a cell made from it is equal", () => {
  const theirs = createActor(machine).start();
  const cell = chartBehaviour(machine).spawn(workflowActor);
  for (let turn = 0; turn < 3; turn += 1) {
    expect(cell.snapshot()).toEqual(theirs.getPersistedSnapshot());
    expect(JSON.stringify(cell.snapshot())).toBe(JSON.stringify(theirs.getPersistedSnapshot()));
    const again = chartBehaviour(machine).spawn(agentActor("ann", "s"), cell.snapshot());
    expect(again.snapshot()).toEqual(cell.snapshot());
    expect(again.situation()).toBe(cell.situation());
    cell.tell(message);
    theirs.send(message);
  }
});
