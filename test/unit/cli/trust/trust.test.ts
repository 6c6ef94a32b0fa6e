import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { trustCommand, type TrustFlags } from "../../../../cli/commands/trust.ts";
import { ledgerIn } from "../../../../cli/wire/ledger.ts";
import type { Mark } from "../../../../coordination/decision/marks.ts";
import { teamAgent } from "../../../../coordination/decision/team.ts";
import { listeningContext } from "../listening-context.ts";
import { markOf } from "../../../support/marks.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "swarm-trust-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
});

let decisions = 0;
const mark = (more: Partial<Mark> = {}): Mark =>
  markOf({ decision: `d${(decisions += 1)}`, model: "m1", ...more });

const shown = async (marks: readonly Mark[], flags: TrustFlags = {}) => {
  const { context, said } = listeningContext(folder);
  const ledger = ledgerIn(context.settings.home);
  if (marks.length > 0) ledger.add(marks, "task", 1);
  await ledger.close();
  expect(await trustCommand(flags, context)).toBe(0);
  return said;
};
const fields = async (marks: readonly Mark[], flags: TrustFlags = {}): Promise<unknown> =>
  JSON.parse((await shown(marks, { ...flags, json: true })).result);

test("a home in which nothing is graded says how to begin, and a program gets an empty list", async () => {
  const { result, notes } = await shown([]);
  expect([result, notes]).toEqual([
    "",
    ["nothing is graded yet; say what was right with: swarm grade RUN DECISION OPTION"],
  ]);
  expect(await fields([])).toEqual([]);
});

test("each agent, each model behind it and each domain has answers of its own", async () => {
  const marks = [
    mark(),
    mark({ right: false }),
    mark({ model: "m2", right: false }),
    mark({ domain: "code" }),
    mark({ agent: "bob", right: false, confidencePpm: null }),
  ];
  expect(await fields(marks)).toMatchObject([
    { agent: "ann", model: "m1", domain: "sec", right: 1, answers: 2, reliability: { stated: 0.9 } },
    { agent: "ann", model: "m1", domain: "code", right: 1, answers: 1 },
    { agent: "ann", model: "m2", domain: "sec", right: 0, answers: 1 },
    { agent: "bob", model: "m1", domain: "sec", right: 0, answers: 1, reliability: { stated: 0.5 } },
  ]);
  const { result } = await shown([]);
  expect(result).toMatch(/^ann +m1 +sec +1 of 2 +0\.603 +0\.714 +0\.714\n/m);
  expect(result).toMatch(/\nall together\n[^]*, is right 40 %/);
});

test("the counts of a model are those of all its domains, and its ability is that of the one", async () => {
  // Overall (2 + 2.4) / (3 + 4), in the domain (0 + 8 times that) / (1 + 8).
  expect(await fields([mark({ domain: "code" }), mark({ domain: "code" }), mark({ right: false })])).toEqual([
    expect.objectContaining({ domain: "code" }),
    expect.objectContaining({
      domain: "sec",
      ability: expect.closeTo((8 * (4.4 / 7)) / 9, 12),
      newcomer: expect.closeTo(5 / 7, 12),
      counts: expect.objectContaining({ right: 2, all: 3, helped: 3, kept: 3 }),
    }),
  ]);
});

describe("teams", () => {
  const marks = [mark(), mark({ agent: teamAgent, model: "classwise", right: false })];

  test("are told only to who asks for them, by rule and domain, and without a conduct of their own", async () => {
    expect(await fields(marks)).toMatchObject([{ agent: "ann" }]);
    const { result } = await shown([], { agent: teamAgent });
    expect(result).toMatch(/^teams +all that settled by the rule classwise\ndomain +sec\n/);
    expect(result).not.toContain("benevolence");
  });

  test("do not count among the answers of all agents together", async () => {
    expect((await shown(marks)).result).toContain(", is right 100 %");
  });
});

test("one agent in full tells what its trust is made of", async () => {
  const conduct = { right: null, option: null } as const;
  const marks = [
    mark(),
    mark({ ...conduct, conduct: "abstained" }),
    mark({ ...conduct, conduct: "missing" }),
    mark({ ...conduct, conduct: "equivocated", truth: null }),
  ];
  const { result } = await shown(marks, { agent: "ann" });
  expect(result).toMatch(/benevolence +0\.846 +helped 2, hindered 1\n/);
  expect(result).toMatch(/integrity +0\.647 +kept 2, broke 1\n/);
  expect(result).toMatch(/newcomer +0\.600 +1 answer counts, those it ships with included\n/);
});

test("models are told apart: a digest is cut, what an endpoint calls its model is not", async () => {
  const hex = "0123456789abcdef".repeat(4);
  const remote = (model: string) => `remote:api.example.com/v1#${model}#logprobs`;
  const models = [`sha256:${hex}`, `script:${hex}`, remote("big"), remote("big-mini"), "plain"];
  const { result } = await shown(models.map((model) => mark({ model })));
  const told = Array.from(result.matchAll(/^ann +(\S+)/gm), ([, model]) => model);
  expect(told).toEqual([
    "plain",
    "remote:api.example.com/v1#big#logprobs",
    "remote:api.example.com/v1#big-mini#logprobs",
    "script:01234567",
    "sha256:01234567",
  ]);
});

test("an agent that nobody knows is refused, with the one that was meant", async () => {
  await expect(shown([mark()], { agent: "anm" })).rejects.toMatchObject({
    code: "BAD_USAGE",
    message: 'nothing is known of an agent "anm"; did you mean "ann"?',
  });
});
