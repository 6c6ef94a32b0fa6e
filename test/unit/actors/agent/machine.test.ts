import { describe, expect, test } from "vitest";
import { agentMachine } from "../../../../actors/agent/machine.ts";
import type { Persona } from "../../../../actors/agent/prompt.ts";
import { transcriptLines } from "../../../../actors/agent/transcript.ts";
import { chartBehaviour } from "../../../../actors/runtime/cell.ts";
import type { TaskAssigned } from "../../../../coordination/protocol/agent-messages.ts";
import type { Effect } from "../../../../coordination/protocol/effect.ts";
import {
  agentActor,
  schedulerActor,
  workflowActor,
  type EnvelopeId,
} from "../../../../coordination/protocol/ids.ts";
import type {
  InferenceFailure,
  InferenceReply,
} from "../../../../coordination/protocol/inference-messages.ts";
import type { Message } from "../../../../coordination/protocol/message.ts";
import type { DeliveryFailed } from "../../../../coordination/protocol/workflow-messages.ts";
import { assignedVerdict, settledVerdict } from "../../../support/verdict.ts";

const persona: Persona = { name: "ann", role: "a judge", model: "m", maxTokens: 10, attempts: 2 };
const self = agentActor("ann", "verdict");
const vote = assignedVerdict;
const { decision: _, ...ask } = vote;
const usage = { promptTokens: 5, outputTokens: 1 };

/** Answers to the newest request, unless they name another. */
const replied = (text: string, more: Partial<InferenceReply> = {}): Message => ({
  type: "inference.completed",
  request: "r",
  reply: { text, usage, model: "m", startedAtUs: 0, finishedAtUs: 1, ...more },
});
const broke = (failure: Partial<InferenceFailure> = {}): Message => ({
  type: "inference.failed",
  request: "r",
  failure: { code: "ENGINE_CRASHED", message: "gone", retryable: true, ...failure },
});

/** Tells the messages to a fresh agent: its last situation, and what it wanted done at the last message. */
const after = (...messages: readonly Message[]) => told(persona, messages);
const told = (who: Persona, messages: readonly Message[]) => {
  const cell = chartBehaviour(agentMachine(who)).spawn(self);
  let newest = "";
  const turns = messages.map((message) => {
    const effects = cell.tell(
      "request" in message && message.request === "r" ? { ...message, request: newest } : message,
    );
    for (const effect of effects)
      if (effect.type === "send" && effect.body.type === "inference.requested") newest = effect.body.request;
    return effects;
  });
  return { situation: cell.situation(), effects: turns.at(-1) ?? [], turns };
};

test.each([
  ["a task is thought about", [ask], "thinking"],
  ["a ballot is deliberated", [vote], "deliberating"],
  ["a usable answer ends the work", [ask, replied("yes")], "done"],
  ["a useless reply is asked again", [ask, replied("maybe")], "thinking"],
  ["and again only so often", [ask, replied("maybe"), replied("perhaps")], "failed"],
  ["a broken engine is asked again", [ask, broke(), replied("no")], "done"],
  ["what cannot be repaired is not", [ask, broke({ code: "BAD_REQUEST", retryable: false })], "failed"],
  ["a voter waits for the outcome", [vote, replied("yes")], "voting"],
  ["and is done with it", [vote, replied("yes"), settledVerdict], "done"],
  ["a voter without a usable reply abstains", [vote, replied("maybe"), replied("")], "abstained"],
  ["a voter that is late is done too", [vote, settledVerdict], "done"],
  ["an answer after the end changes nothing", [ask, replied("yes"), replied("no")], "done"],
] as const)("%s", (_, messages, situation) => expect(after(...messages).situation).toBe(situation));

describe("an agent with a model to fall back on", () => {
  const down = broke({ code: "PROVIDER_FAILED", retryable: false });
  const team = (...messages: readonly Message[]) => {
    const { situation, effects, turns } = told({ ...persona, fallback: ["n", "o"] }, messages);
    const asked = turns
      .flat()
      .flatMap((effect) =>
        effect.type === "send" && effect.body.type === "inference.requested"
          ? [`${effect.body.request} ${effect.body.body.model}`]
          : [],
      );
    return { asked, situation, effects };
  };
  const first = `${self}:0 m`;

  test.each<readonly [string, readonly Message[], readonly string[], string]>([
    ["asks the next one where one fails", [ask, down], [first, `${self}:1 n`], "thinking"],
    ["asks them in order", [ask, down, down], [first, `${self}:1 n`, `${self}:2 o`], "thinking"],
    ["gives up after the last", [ask, down, down, down], [first, `${self}:1 n`, `${self}:2 o`], "failed"],
    ["asks again first where that may help", [ask, broke()], [first, `${self}:1 m`], "thinking"],
    [
      "has all attempts with each model",
      [ask, broke(), broke(), broke(), replied("yes")],
      [first, `${self}:1 m`, `${self}:2 n`, `${self}:3 n`],
      "done",
    ],
    [
      "does not for a useless reply",
      [ask, replied("maybe"), replied("maybe")],
      [first, `${self}:1 m`],
      "failed",
    ],
    [
      "does not where the budget is spent",
      [ask, broke({ code: "BUDGET_SPENT", retryable: false })],
      [first],
      "failed",
    ],
    ["does not where nobody waits", [ask, broke({ code: "ABORTED", retryable: false })], [first], "failed"],
    [
      "abstains where all have failed",
      [vote, down, down, down],
      [first, `${self}:1 n`, `${self}:2 o`],
      "abstained",
    ],
  ])("%s", (_, messages, asked, situation) => {
    expect(team(...messages)).toMatchObject({ asked, situation });
  });

  test("says in its ballot which one answered, if it was not its own", () => {
    const yes = replied("yes", { model: "sha256:n" });
    expect(team(vote, down, yes).effects).toMatchObject([{ entry: { option: "yes", model: "sha256:n" } }]);
    expect(team(vote, yes).effects).not.toHaveProperty("[0].entry.model");
  });
});

test("an answer carries the choice, the confidence and what all calls used", () => {
  expect(after(ask, replied("maybe"), replied('"Yes."', { confidence: 0.9 })).effects).toEqual([
    {
      type: "send",
      to: workflowActor,
      body: {
        type: "task.completed",
        step: "verdict",
        answer: {
          text: '"Yes."',
          choice: "yes",
          confidence: 0.9,
          usage: { promptTokens: 10, outputTokens: 2 },
        },
      },
    },
    { type: "stop" },
  ]);
});

test("a ballot carries its confidence as an integer", () => {
  expect(after(vote, replied("no", { confidence: 0.123456789 })).effects).toEqual([
    {
      type: "propose",
      entry: { type: "ballot.cast", decision: "verdict", voter: "ann", option: "no", confidencePpm: 123457 },
    },
  ]);
});

test("an abstention says why", () => {
  const [effect] = after(vote, replied("maybe"), broke()).effects;
  expect(effect).toMatchObject({ type: "propose", entry: { option: null, reason: "ENGINE_CRASHED: gone" } });
});

test("a spent budget fails the voter, so that the run can end", () => {
  const { situation, effects } = after(vote, broke({ code: "BUDGET_SPENT", retryable: false }));
  expect(situation).toBe("failed");
  expect(effects[0]).toMatchObject({ type: "send", body: { type: "task.failed", code: "BUDGET_SPENT" } });
});

test("every request has its own name, and tells the model what was wrong before", () => {
  const { turns } = after(ask, replied("maybe"));
  const requests = turns
    .flat()
    .flatMap((effect) => (effect.type === "send" && effect.to === schedulerActor ? [effect.body] : []));
  expect(requests.map((body) => (body.type === "inference.requested" ? body.request : ""))).toEqual([
    `${self}:0`,
    `${self}:1`,
  ]);
  expect(requests[1]).toMatchObject({
    body: {
      lines: [
        { role: "system" },
        { role: "assistant", content: "maybe" },
        { role: "user" },
        { role: "user", content: "Ship it?" },
      ],
    },
  });
});

test("the transcript is bounded, whatever the number of attempts", () => {
  const cell = chartBehaviour(agentMachine({ ...persona, attempts: 50 })).spawn(self);
  cell.tell(ask);
  let longest = 0;
  for (let call = 0; call < 49; call += 1) {
    const [effect] = cell.tell(replied("maybe".repeat(5000)));
    if (effect?.type === "send" && effect.body.type === "inference.requested")
      longest = Math.max(longest, JSON.stringify(effect.body).length);
  }
  expect(longest).toBeLessThan(transcriptLines * 2200);
});

test("a snapshot continues where it was taken", () => {
  const behaviour = chartBehaviour(agentMachine(persona));
  const cell = behaviour.spawn(self);
  cell.tell(vote);
  cell.tell(replied("maybe"));
  const copy = behaviour.spawn(self, JSON.parse(JSON.stringify(cell.snapshot())));
  expect(copy.situation()).toBe("deliberating");
  expect(copy.tell(replied("yes"))).toEqual(cell.tell(replied("yes")));
});

const argued = (round: number): TaskAssigned => ({
  ...vote,
  round: {
    round,
    kind: "debate",
    tied: [],
    ballots: [
      { agent: "ann", option: "yes", confidencePpm: 900_000 },
      { agent: "bob", option: "no", confidencePpm: 600_000, reason: 'it is "late"\nand Friday' },
      { agent: "cid", option: null, confidencePpm: null },
    ],
  },
});

test("a reason is asked for where somebody hears it, and cast with the ballot", () => {
  const { turns } = after(
    { ...vote, reason: true },
    replied("yes", { choice: "yes", reason: "All is green." }),
  );
  expect(turns[0]).toMatchObject([{ body: { body: { options: ["yes", "no"], reason: true } } }]);
  expect(turns[1]).toMatchObject([{ entry: { option: "yes", reason: "All is green." } }]);
});

test("a decision that goes on is put again, with what the others said", () => {
  const { turns, situation } = after(vote, replied("yes\nAll is green."), argued(1), replied("no"));
  expect(situation).toBe("voting");
  expect(turns[1]).toMatchObject([{ entry: { option: "yes", reason: "All is green." } }]);
  expect(turns[2]).toMatchObject([
    {
      body: {
        body: {
          lines: [
            { role: "system" },
            {
              role: "system",
              content:
                'The vote did not settle it. The others voted:\n- bob: no, 60 % sure: "it is \\"late\\"\\nand Friday"\n- cid: abstained\nYou voted: yes.\nChange your vote only where their reasons are better than yours. Vote once more.',
            },
            { role: "user", content: "Ship it?" },
          ],
        },
      },
    },
  ]);
  expect(turns[3]).toMatchObject([{ entry: { round: 1, option: "no" } }]);
});

test("each round has its own tries, and who abstained may vote again", () => {
  const { turns, situation } = after(
    vote,
    replied("maybe"),
    replied("perhaps"),
    argued(1),
    replied("hm"),
    replied("no"),
  );
  expect(situation).toBe("voting");
  expect(turns[2]).toMatchObject([{ entry: { option: null } }]);
  expect(turns[5]).toMatchObject([{ entry: { round: 1, option: "no" } }]);
});

test("the reply to a round that went on without it is not taken for one to the next", () => {
  const late = { ...replied("yes"), request: `${self}:0` };
  const { turns, situation } = after(vote, argued(1), late, replied("no"));
  expect(turns[2]).toEqual([]);
  expect(turns[3]).toMatchObject([{ entry: { round: 1, option: "no" } }]);
  expect(situation).toBe("voting");
});

/** The scheduler had no room for a request. */
const full = (request: string): DeliveryFailed => ({
  type: "delivery.failed",
  id: "x" as EnvelopeId,
  to: schedulerActor,
  code: "MAILBOX_FULL",
  message: "full",
  request,
});

test("a notice about a request of an earlier round is not taken for one about the newest", () => {
  const { turns, situation } = after(vote, argued(1), full(`${self}:0`), replied("no"));
  expect(turns[2]).toEqual([]);
  expect(turns[3]).toMatchObject([{ entry: { round: 1, option: "no" } }]);
  expect(situation).toBe("voting");
  const again = after(vote, argued(1), full(`${self}:1`));
  expect(again.effects).toMatchObject([{ body: { type: "inference.requested", request: `${self}:2` } }]);
});

/** The agent failed on the answer to a request. */
const crashed = (request: string): DeliveryFailed => ({
  type: "delivery.failed",
  id: "y" as EnvelopeId,
  to: self,
  code: "STEP_FAILED",
  message: "it broke",
  request,
});
const { request: _untold, ...fullThen } = full("");

test.each<readonly [string, DeliveryFailed, string]>([
  ["a request that the scheduler has no room for is no crash", full(`${self}:1`), "INFERENCE_FAILED"],
  ["a step of its own that failed is one", crashed(`${self}:1`), "AGENT_CRASHED"],
  // So it stands in records of earlier versions.
  ["a notice that tells no request is one", fullThen, "AGENT_CRASHED"],
])("an agent gives up: %s", (_, last, code) => {
  const { effects, situation } = after(ask, broke(), last);
  expect(situation).toBe("failed");
  const message = `${last.code}: ${last.message}`;
  expect(effects[0]).toMatchObject({ body: { type: "task.failed", code, message } });
});

/** The agent failed on the word that its decision is over. */
const missed: Message = {
  type: "delivery.failed",
  id: "z" as EnvelopeId,
  to: self,
  code: "STEP_FAILED",
  message: "it broke",
  isOver: true,
};
const withdrawn = { type: "send", body: { type: "inference.cancelled", request: `${self}:0` } };

test.each<readonly [string, readonly Message[], string, readonly unknown[]]>([
  ["while it deliberates", [vote], "done", [withdrawn, { type: "stop" }]],
  ["after its ballot", [vote, replied("yes")], "done", [{ type: "stop" }]],
  ["after it abstained", [vote, replied("maybe"), replied("")], "abstained", [{ type: "stop" }]],
])("who failed on the end of its decision %s asks nothing more", (_, before, situation, effects) => {
  const last = after(...before, missed);
  expect(last.effects).toMatchObject(effects);
  expect(last.situation).toBe(situation);
});

test("a ballot of several options reads the probabilities", () => {
  const options = ["yes", "no", "later"];
  const probabilities = { no: 0.1, later: 0.4, yes: 0.5 };
  const said = (ballot: "approval" | "ranking", more: Partial<InferenceReply>) =>
    after({ ...vote, options, ballot }, replied("yes", more)).effects;
  expect(said("approval", { probabilities })).toMatchObject([
    { entry: { option: "yes", approved: ["yes", "later"] } },
  ]);
  expect(said("ranking", { probabilities })).toMatchObject([{ entry: { ranking: ["yes", "later", "no"] } }]);
  expect(said("approval", {})).toMatchObject([{ entry: { approved: ["yes"] } }]);
  expect(said("ranking", {})).toMatchObject([{ entry: { ranking: ["yes"] } }]);
});

describe("the urgency of a call", () => {
  const requested = (who: Persona, task: TaskAssigned) =>
    told(who, [task]).effects.flatMap((effect) => (effect.type === "send" ? [effect.body] : []));

  test("is what the step says, else what the agent does, else nothing", () => {
    const pressing = { ...persona, priority: 3, deadlineMs: 500 };
    expect(requested(pressing, ask)).toMatchObject([{ priority: 3, deadlineMs: 500 }]);
    const urgency = { priority: -1 };
    expect(requested(pressing, { ...ask, urgency })).toMatchObject([{ priority: -1, deadlineMs: 500 }]);
    const [plain] = requested(persona, ask);
    expect(plain).not.toHaveProperty("priority");
    expect(plain).not.toHaveProperty("deadlineMs");
  });

  test("ends with the vote: a voter that is late withdraws its call", () => {
    const withdrawal = {
      type: "send",
      to: schedulerActor,
      body: { type: "inference.cancelled", request: `${self}:0` },
    };
    expect(after(vote, settledVerdict).effects).toEqual([withdrawal, { type: "stop" }]);
    expect(after(vote, argued(1)).effects[0]).toEqual(withdrawal);
    expect(after(vote, replied("yes"), settledVerdict).effects).toEqual([{ type: "stop" }]);
  });
});

describe("an agent whose model is asked several times for one choice", () => {
  const thrice = { ...persona, samples: { m: 3 } };
  const [first, second, third] = [0, 1, 2].map((number) => `${self}:${number}`);
  const named = (message: Message, request = ""): Message =>
    "request" in message ? { ...message, request } : message;
  const said = (request: string | undefined, text: string) => named(replied(text), request);
  const lost = (request: string | undefined, failure: Partial<InferenceFailure> = {}) =>
    named(broke({ retryable: false, ...failure }), request);
  const requests = (effects: readonly Effect[]) =>
    effects.flatMap((effect) =>
      effect.type === "send" && effect.body.type === "inference.requested" ? [effect.body] : [],
    );

  test("asks it all at once, not at temperature 0, and only where there are options", () => {
    const { options: _, ...open } = ask;
    const { effects } = told(thrice, [vote]);
    expect(requests(effects).map(({ request }) => request)).toEqual([first, second, third]);
    expect(new Set(requests(effects).map(({ body }) => body.temperature))).toEqual(new Set([0.7]));
    expect(requests(told(thrice, [open]).effects)).toHaveLength(1);
    expect(requests(told(persona, [vote]).effects)).toMatchObject([{ body: { temperature: 0 } }]);
  });

  test("is as sure as its replies agree, in whatever order they come", () => {
    const { turns, situation } = told(thrice, [
      vote,
      said(third, "no"),
      said(first, "yes"),
      said(second, "yes"),
    ]);
    expect(turns.slice(1, 3)).toEqual([[], []]);
    // Two of three, and one more shared out over two options.
    expect(turns[3]).toMatchObject([{ entry: { option: "yes", confidencePpm: 625_000 } }]);
    expect(situation).toBe("voting");
  });

  test("gives the reason of the first reply that says what most of them do", () => {
    const replies = [said(first, "yes\nAll is green."), said(second, "no"), said(third, "yes\nWhy not?")];
    expect(told(thrice, [vote, ...replies]).effects).toMatchObject([{ entry: { reason: "All is green." } }]);
  });

  test("counts what all of them used", () => {
    const { effects } = told(thrice, [ask, said(first, "no"), said(second, "no"), said(third, "no")]);
    expect(effects[0]).toMatchObject({
      body: { answer: { choice: "no", confidence: 0.875, usage: { promptTokens: 15, outputTokens: 3 } } },
    });
  });

  test("does with fewer where some fail or are of no use, and is less sure", () => {
    const { effects, situation } = told(thrice, [vote, said(first, "yes"), said(second, "hm"), lost(third)]);
    expect(situation).toBe("voting");
    expect(effects).toMatchObject([{ entry: { option: "yes", confidencePpm: 750_000 } }]);
  });

  const chosen = { type: "send", body: { type: "task.completed", answer: { choice: "no" } } };

  test("does without a request that the scheduler had no room for, or that failed", () => {
    for (const lacking of [full(third ?? ""), lost(third)]) {
      const given = [full(first ?? ""), said(second, "no"), lacking];
      expect(told(thrice, [vote, ...given]).effects).toMatchObject([{ entry: { option: "no" } }]);
      expect(told(thrice, [ask, ...given]).effects).toMatchObject([chosen, { type: "stop" }]);
    }
  });

  test("is asked again as often as its attempts allow where all were of no use, and falls back where all failed", () => {
    const again = told(thrice, [vote, said(first, "hm"), said(second, "hm"), said(third, "hm")]);
    expect(requests(again.effects).map(({ request }) => request)).toEqual(
      [3, 4, 5].map((number) => `${self}:${number}`),
    );
    const other = told({ ...thrice, fallback: ["n"] }, [vote, lost(first), lost(second), lost(third)]);
    expect(requests(other.effects)).toMatchObject([
      { request: `${self}:3`, body: { model: "n", temperature: 0 } },
    ]);
  });

  test("gives up as soon as the budget is spent", () => {
    const { effects, situation } = told(thrice, [
      vote,
      said(first, "yes"),
      lost(second, { code: "BUDGET_SPENT" }),
    ]);
    expect(situation).toBe("failed");
    expect(effects[0]).toMatchObject({ body: { type: "task.failed", code: "BUDGET_SPENT" } });
  });

  test("does not wait for the rest where the budget is spent: it answers by what it has, or gives up", () => {
    const spent = lost(second, { code: "BUDGET_SPENT" });
    expect(told(thrice, [ask, said(first, "no"), spent]).effects).toMatchObject([chosen, { type: "stop" }]);
    expect(told(thrice, [ask, said(first, "hm"), spent]).effects).toMatchObject([
      { body: { type: "task.failed", code: "BUDGET_SPENT" } },
      { type: "stop" },
    ]);
  });

  test("ranks the other options by how often each was said", () => {
    const options = ["later", "no", "yes"];
    const replies = [said(first, "yes"), said(second, "no"), said(third, "yes")];
    const { effects } = told(thrice, [{ ...vote, options, ballot: "ranking" }, ...replies]);
    expect(effects).toMatchObject([{ entry: { ranking: ["yes", "no", "later"] } }]);
  });

  test("withdraws all that is open when the vote is over", () => {
    const { effects } = told(thrice, [vote, said(first, "yes"), settledVerdict]);
    expect(effects.filter((effect) => effect.type === "send").map(({ body }) => body)).toEqual(
      [first, second, third].map((request) => ({ type: "inference.cancelled", request })),
    );
  });
});
