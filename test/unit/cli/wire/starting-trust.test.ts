import { expect, test } from "vitest";
import { voterShelf, votersFolder } from "../../../../cli/wire/identify.ts";
import { shippedPrior, startingTrust } from "../../../../cli/wire/trust.ts";
import type { Mark } from "../../../../coordination/decision/marks.ts";
import { teamAgent } from "../../../../coordination/decision/team.ts";
import { countsOf, emptyAgent } from "../../../../coordination/decision/trust.ts";
import { memoryLedger } from "../../../../coordination/ledger/memory.ts";
import { shippedVoters } from "../../../../inference/voters/manifest.ts";
import { agent, decide, planOf } from "../../../support/plans.ts";
import { markOf } from "../../../support/marks.ts";

const { voters } = shippedVoters(votersFolder());
const [shipped] = voters;
if (shipped === undefined) throw new Error("no voter ships");
const voterDigest = `sha256:${shipped.sha256}`;
const prior = shippedPrior(() => voters);

const mark = (name: string, model: string): Mark =>
  markOf({ decision: `${name} ${model}`, agent: name, model });

const scripted = { provider: "scripted", replies: [{ text: "yes" }] } as const;
const plan = planOf([decide("d", { rule: "linear" })], {
  models: { m: scripted, n: scripted, v: { provider: "voter", voter: shipped.name } },
  agents: {
    ann: agent("ann", { fallback: ["n"] }),
    vic: agent("vic", { model: "v" }),
    vox: agent("vox", { model: "v" }),
  },
});
const models = {
  m: { digest: "script:m", provider: "scripted" },
  n: { digest: "script:n", provider: "scripted" },
  v: { digest: voterDigest, provider: "voter" },
};

test("a run starts from what was learned of its agents, with the models that may answer for them, and of its rules", () => {
  const ledger = memoryLedger(prior);
  const known = [
    mark("ann", "script:m"),
    mark("ann", "script:n"),
    mark("vic", voterDigest),
    mark(teamAgent, "linear"),
  ];
  const others = [mark("ann", "script:old"), mark("bob", "script:m"), mark(teamAgent, "majority")];
  ledger.add([...known, ...others], "task", 1);
  const trust = startingTrust(plan, models, voterShelf(), ledger);
  for (const { agent: name, model } of known)
    expect(countsOf(trust, name, model)).toEqual(ledger.standing(name, model)?.counts);
  for (const { agent: name, model } of others) expect(countsOf(trust, name, model)).toBe(emptyAgent);
});

test("what a voter ships with counts before anything was learned of it, and is what learning goes on from", () => {
  const ledger = memoryLedger(prior);
  const ships = prior(voterDigest);
  expect(ships.all).toBeGreaterThan(0);
  for (const { right, all } of Object.values(ships.domains).flatMap(({ bins }) => bins)) {
    expect(Number.isInteger(right) && Number.isInteger(all)).toBe(true);
    expect(right).toBeLessThanOrEqual(all);
  }
  const before = startingTrust(plan, models, voterShelf(), ledger);
  expect(countsOf(before, "vic", voterDigest)).toEqual(ships);
  expect(countsOf(before, "vox", voterDigest)).toEqual(ships);
  expect(countsOf(before, "ann", "script:m")).toBe(emptyAgent);
  expect(prior("script:m")).toBe(emptyAgent);
  ledger.add([mark("vic", voterDigest)], "task", 1);
  const after = startingTrust(plan, models, voterShelf(), ledger);
  expect(countsOf(after, "vic", voterDigest).helped).toBe(1);
  expect(countsOf(after, "vic", voterDigest).domains).toMatchObject(ships.domains);
  expect(countsOf(after, "vox", voterDigest)).toEqual(ships);
});
