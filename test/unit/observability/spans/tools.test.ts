import { expect, test } from "vitest";
import type { CommandCompleted } from "../../../../coordination/protocol/workflow-messages.ts";
import { effectId, workflowActor } from "../../../../coordination/protocol/ids.ts";
import { redactor } from "../../../../observability/redact.ts";
import type { Span } from "../../../../observability/span.ts";
import { spansOf } from "../../../../observability/spans/reader.ts";
import { readerDeps } from "../../../support/recorded.ts";
import { handHeader, turnRows } from "../../../support/turn-rows.ts";

/** As JSON it looks different. */
const secret = 'hunt"er\\22';
const command = ["/opt/checks/judge", "--strict", `key ${secret}`];

/** The span of a program, if this is how it ended. */
const toolAfter = (end: Omit<CommandCompleted, "type" | "request">, content = false): Span | undefined => {
  const rows = turnRows(
    {
      actor: workflowActor,
      input: { type: "run.started" },
      effects: [
        { type: "cancelTimer", timer: "none" },
        { type: "runCommand", request: "vote", command, cwd: "/", timeoutMs: 1 },
      ],
    },
    { actor: workflowActor, input: { type: "command.completed", request: "vote", ...end } },
  );
  const all = [handHeader(), ...rows].map((row) => ({ row }));
  const deps = { ...readerDeps, redact: redactor([secret]), content };
  return [...spansOf(all, deps)].find(({ unit }) => unit === "tool");
};

test.each([0, 3])(
  "a program that ended with %i says so, and nothing of what it was given or printed",
  (exit) => {
    const id = effectId(workflowActor, 0, 1);
    expect(toolAfter({ exit, output: "well, well" })).toMatchObject({
      name: "execute_tool judge",
      kind: "internal",
      startUs: 1e6,
      endUs: 2e6,
      status: { type: "unset" },
    });
    expect(toolAfter({ exit, output: "well, well" })?.attributes).toEqual({
      "gen_ai.operation.name": "execute_tool",
      "gen_ai.tool.name": "judge",
      "gen_ai.tool.type": "function",
      "gen_ai.tool.call.id": id,
      "swarm.run.id": "r",
      "swarm.tool.exit_code": exit,
    });
  },
);

test("on request it says what it was given and what it printed, but no secret", () => {
  expect(toolAfter({ exit: 0, output: `${secret} is right` }, true)?.attributes).toMatchObject({
    "gen_ai.tool.call.arguments": '["--strict","key [redacted]"]',
    "gen_ai.tool.call.result": "[redacted] is right",
  });
});

test("one that could not tell has failed, and what that quotes is left out", () => {
  const tool = toolAfter({ exit: null, trouble: 'it said "SECRET"', output: "" });
  expect(tool?.status).toEqual({ type: "error", message: 'it said "…"' });
  expect(tool?.attributes["error.type"]).toBe("COMMAND_FAILED");
  expect(tool?.attributes).not.toHaveProperty("swarm.tool.exit_code");
});
