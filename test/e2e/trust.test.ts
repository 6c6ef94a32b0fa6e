import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { eventsIn, scratchFolder, swarm } from "../support/cli.ts";

const task = `version: 1
name: review
inputs: { gold: { type: text, default: "" }, items: { type: json, default: [1] } }
models:
  canned:
    provider: scripted
    replies:
      - { agent: bob, text: "reject", confidence: 0.6 }
      - { text: "approve", confidence: 0.9 }
agents:
  ann: { role: a reader, model: canned, domain: code }
  bob: { role: a sceptic, model: canned, domain: code }
  cid: { role: a friend, model: canned, domain: code }
workflow:
  - id: each
    map:
      over: "\${{ inputs.items }}"
      do:
        - id: verdict
          decide: { question: "Merge \${{ item }}?", options: [approve, reject], voters: [ann, bob, cid], truth: "\${{ inputs.gold }}" }
outputs: { right: "\${{ pluck(steps.each.items, 'steps.verdict.right') }}" }
`;

const place = "each[0]/verdict";
const inFolder = () => {
  const cwd = scratchFolder(onTestFinished);
  writeFileSync(join(cwd, "task.yaml"), task);
  return { cwd, say: (...words: readonly string[]) => swarm(words, { cwd }) };
};
const idOf = (stderr: string): string => /run ([\w-]+)/.exec(stderr)?.[1] ?? "";
const fields = async (say: ReturnType<typeof inFolder>["say"]) => {
  const { stdout } = await say("trust", "--json");
  return JSON.parse(stdout) as readonly Record<string, unknown>[];
};

test("a truth that a person brings is taken once, and the next run starts from it", async () => {
  const { cwd, say } = inFolder();
  const first = await say("run", "task.yaml");
  const run = idOf(first.stderr);
  expect(existsSync(join(cwd, ".swarm", "trust"))).toBe(false);
  expect((await say("trust")).stderr).toContain("nothing is graded yet");

  const graded = await say("grade", run, place, "approve");
  expect(graded, graded.stderr).toMatchObject({ code: 0 });
  expect(graded.stdout).toMatch(/^right +ann +approve +trust 0\.600\nwrong +bob +reject/);
  const once = await fields(say);
  expect(once).toMatchObject([
    { agent: "ann", domain: "code", answers: 1, right: 1 },
    { agent: "bob", domain: "code", answers: 1, right: 0 },
    { agent: "cid", domain: "code", answers: 1, right: 1 },
  ]);
  const again = await say("grade", run, place, "approve", "--json");
  expect(JSON.parse(again.stdout)).toMatchObject({ new: false, truth: "approve" });
  const other = await say("grade", run, place, "reject");
  expect(other).toMatchObject({ code: 2, stdout: "" });
  expect(other.stderr).toContain('was graded "approve" before');
  expect(await fields(say)).toEqual(once);

  // The run that was graded keeps the trust that it began with; the next one begins with more.
  expect((await say("replay", run)).code).toBe(0);
  await say("run", "task.yaml");
  const [before, after] = await Promise.all(
    [run, "last"].map(async (which) => JSON.parse((await say("explain", which, place, "--json")).stdout)),
  );
  expect(before.ballots[0]).toMatchObject({ voter: "ann", trustPpm: 500_000, abilityPpm: 600_000 });
  expect(after.ballots[0]).toMatchObject({ voter: "ann", trustPpm: 600_000 });
  expect(after.ballots[0].abilityPpm).toBeGreaterThan(600_000);
  expect(before).toMatchObject({ truth: "approve", dissent: [{ agent: "bob", option: "reject" }] });
  expect(after.truth).toBe(null);
});

test("a task that knows the truth grades itself, in its record, and a resume grades nothing twice", async () => {
  const { say } = inFolder();
  const ran = await say("run", "task.yaml", "--input", "gold=approve", "--input", "items=[1,2,3]", "--json");
  expect(eventsIn(ran.stdout).filter(({ type }) => type === "decision.graded")).toHaveLength(3);
  expect(eventsIn(ran.stdout).at(-1)).toMatchObject({ exit: 0 });
  expect(await fields(say)).toMatchObject([
    { answers: 3, right: 3 },
    { answers: 3, right: 0 },
    { answers: 3 },
  ]);
  expect((await say("replay", "last")).stdout).toMatch(/^identical/);
  const before = await fields(say);
  await say("resume", "last");
  expect(await fields(say)).toEqual(before);
  const other = await say("grade", "last", place, "reject");
  expect(other.stderr).toContain('was graded "approve" before');
  const none = await say("run", "task.yaml", "--input", "gold=unheard-of", "--json");
  expect(eventsIn(none.stdout).at(-1)).toMatchObject({ exit: 0 });
  expect(await fields(say)).toEqual(before);
});

test("a process that died between its last row and the ledger loses nothing: resume takes the truths up", async () => {
  const { cwd, say } = inFolder();
  const { stdout } = await say("run", "task.yaml", "--input", "gold=approve", "--json");
  const before = await fields(say);
  expect(before).toHaveLength(3);
  rmSync(join(cwd, ".swarm", "trust"), { recursive: true });
  const resumed = await say("resume", "last", "--json");
  expect(eventsIn(resumed.stdout).at(-1)).toEqual(eventsIn(stdout).at(-1));
  expect(await fields(say)).toEqual(before);
});

test("processes that grade at once lose nothing and count nothing twice", async () => {
  const { say } = inFolder();
  const items = [1, 2, 3, 4];
  const run = idOf((await say("run", "task.yaml", "--input", `items=${JSON.stringify(items)}`)).stderr);
  const each = items.map((_, at) => `each[${at}]/verdict`);
  const results = await Promise.all(
    [...each, ...each].map((name) => say("grade", run, name, "approve", "--json")),
  );
  expect(results.map(({ code }) => code)).toEqual(results.map(() => 0));
  expect(results.filter(({ stdout }) => JSON.parse(stdout).new === true)).toHaveLength(4);
  expect(await fields(say)).toMatchObject([
    { answers: 4, right: 4 },
    { answers: 4, right: 0 },
    { answers: 4 },
  ]);
});

describe("the commands", () => {
  test("say what was meant", async () => {
    const { say } = inFolder();
    await say("run", "task.yaml");
    const refused = async (...words: readonly string[]) => {
      const { code, stdout, stderr } = await say(...words);
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      return stderr;
    };
    expect(await refused("grade", "last", "each[0]/verdct", "approve")).toContain(`did you mean "${place}"?`);
    expect(await refused("grade", "last", place, "aprove")).toContain('did you mean "approve"?');
    expect(await refused("explain", "last", "nothing-like-it")).toContain(`known: ${place}`);
    await say("grade", "last", place, "approve");
    expect(await refused("trust", "--agent", "bbo")).toContain('did you mean "bob"?');
  });

  test("print for people and as a chart", async () => {
    const { say } = inFolder();
    await say("run", "task.yaml", "--input", "gold=approve");
    const trust = await say("trust");
    expect(trust.stdout).toMatch(/^AGENT +MODEL +DOMAIN +RIGHT +ABILITY +TRUST +NEWCOMER\nann /);
    expect(trust.stdout).toContain("expected calibration error");
    expect((await say("trust", "--agent", "bob")).stdout).toMatch(/integrity +0\.\d+ +kept 1, broke 0/);
    const explained = await say("explain", "last", place);
    expect(explained.stdout).toContain("bob for reject: no reason given");
    expect(explained.stdout).toMatch(/truth +approve/);
    expect((await say("explain", "last", place, "--mermaid")).stdout).toMatch(/^flowchart TD\n/);
  });
});
