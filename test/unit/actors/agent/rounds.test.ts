import { expect, test } from "vitest";
import { agentMachine } from "../../../../actors/agent/machine.ts";
import type { Persona } from "../../../../actors/agent/prompt.ts";
import { chartBehaviour } from "../../../../actors/runtime/cell.ts";
import type { Argument, TaskAssigned } from "../../../../coordination/protocol/agent-messages.ts";
import { agentActor } from "../../../../coordination/protocol/ids.ts";
import type { Message } from "../../../../coordination/protocol/message.ts";
import { assignedVerdict, settledVerdict } from "../../../support/verdict.ts";

const persona: Persona = { name: "ann", role: "a judge", model: "m", maxTokens: 10, attempts: 2 };
const self = agentActor("ann", "verdict");
const vote = assignedVerdict;
const round = (number: number, ballots: readonly Argument[] = []): TaskAssigned => ({
  ...vote,
  round: { round: number, kind: "debate", tied: [], ballots },
});
const replied = (request: number, text: string): Message => ({
  type: "inference.completed",
  request: `${self}:${request}`,
  reply: {
    text,
    usage: { promptTokens: 5, outputTokens: 1 },
    model: "m",
    startedAtUs: 0,
    finishedAtUs: 1,
  },
});
const broke = (request: number, code: "ABORTED" | "PROVIDER_FAILED" | "BUDGET_SPENT"): Message => ({
  type: "inference.failed",
  request: `${self}:${request}`,
  failure: { code, message: "gone", retryable: false },
});

/** What a voter wants done at the last of these messages. */
const last = (who: Partial<Persona>, ...messages: readonly Message[]) => {
  const cell = chartBehaviour(agentMachine({ ...persona, ...who })).spawn(self);
  return messages.map((message) => cell.tell(message)).at(-1) ?? [];
};
/** The words of the first request among them. */
const linesOf = (effects: ReturnType<typeof last>): readonly string[] =>
  effects.flatMap((effect) =>
    effect.type === "send" && effect.body.type === "inference.requested"
      ? effect.body.body.lines.map(({ content }) => content)
      : [],
  );

test("a round begins with the first of a voter's models, whichever answered before", () => {
  const effects = last({ fallback: ["n"] }, vote, broke(0, "PROVIDER_FAILED"), replied(1, "yes"), round(1));
  expect(effects).toMatchObject([{ body: { request: `${self}:2`, body: { model: "m" } } }]);
});

test("a round does not repeat what was wrong with the replies of the one before", () => {
  const lines = linesOf(last({}, vote, replied(0, "maybe"), replied(1, "perhaps"), round(1)));
  expect(lines).toEqual(["You are a judge.", expect.stringContaining("Vote once more."), "Ship it?"]);
});

test("a voter whose model is asked several times is as sure as the replies of this round agree", () => {
  const each = (from: number, text: string) => [0, 1, 2].map((place) => replied(from + place, text));
  const effects = last({ samples: { m: 3 } }, vote, ...each(0, "yes"), round(1), ...each(3, "no"));
  expect(effects).toMatchObject([{ entry: { round: 1, option: "no", confidencePpm: 875_000 } }]);
});

test("only the calls of the round that is over are withdrawn", () => {
  const withdrawn = (request: number) => ({
    type: "send",
    to: "scheduler",
    body: { type: "inference.cancelled", request: `${self}:${request}` },
  });
  expect(last({}, vote, replied(0, "maybe"), settledVerdict)).toEqual([withdrawn(1), { type: "stop" }]);
  expect(last({}, vote, round(1), settledVerdict)).toEqual([withdrawn(1), { type: "stop" }]);
});

test.each(["ABORTED", "BUDGET_SPENT"] as const)(
  "a call of an earlier round that ended with %s changes nothing for the newest",
  (code) => {
    expect(last({}, vote, round(1), broke(0, code))).toEqual([]);
    expect(last({}, vote, round(1), broke(0, code), replied(1, "no"))).toMatchObject([
      { entry: { round: 1, option: "no" } },
    ]);
  },
);

test("a voter that abstained is done with its decision when that is over", () => {
  expect(last({}, vote, replied(0, "maybe"), replied(1, "perhaps"), settledVerdict)).toEqual([
    { type: "stop" },
  ]);
});

test("a voter that did not vote is not told how it voted, and of a vote that did not count not how sure it was", () => {
  const late = { agent: "cid", option: null, confidencePpm: 600_000 };
  const [, told = ""] = linesOf(last({}, round(1, [late])));
  expect(told.split("\n")).toEqual([
    "The vote did not settle it. The others voted:",
    "- cid: abstained",
    "Change your vote only where their reasons are better than yours. Vote once more.",
  ]);
});

test("an agent is told who it is, what it heeds and what it is asked, and no empty line", () => {
  expect(linesOf(last({}, vote))[0]).toBe("You are a judge.");
  expect(linesOf(last({ instructions: "" }, { ...vote, question: "" }))[0]).toBe("You are a judge.");
  expect(linesOf(last({ instructions: "Be brief." }, { ...vote, question: "Ship it?" }))[0]).toBe(
    "You are a judge.\nBe brief.\nShip it?",
  );
});

test("a model is asked several times only where the task says so of that very name", () => {
  expect(last({ model: "constructor" }, vote)).toMatchObject([{ body: { request: `${self}:0` } }]);
});
