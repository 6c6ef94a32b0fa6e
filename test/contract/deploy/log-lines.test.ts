import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { names } from "../../../observability/attributes.ts";
import { eventsIn, scratchFolder, swarm } from "../../support/cli.ts";
import { readLines } from "./log-lines.ts";

const config = readFileSync("deploy/otel-collector/config.yaml", "utf8");
const secret = "hunter2-SECRET";
const options = [`${secret} A`, `${secret} B`];

const canned = (text: string) => ({ provider: "scripted", replies: [{ text, confidence: 0.9 }] });
/** Every prompt, reply, reason, truth and complaint of it holds a secret. */
const task = {
  version: 1,
  name: "private",
  models: {
    yes: canned(`${options[0]}\nas ${secret} says`),
    no: canned(`none of these: ${secret}`),
    mute: { provider: "scripted", replies: [{ when: "nobody says this", text: "x" }] },
  },
  agents: {
    ann: { role: secret, model: "yes" },
    bob: { role: secret, model: "no" },
    cid: { role: secret, model: "yes" },
    mia: { role: secret, model: "mute" },
  },
  workflow: [
    { id: "say", ask: "ann", prompt: `${secret}!` },
    {
      id: "vote",
      decide: {
        question: `${secret}?`,
        options,
        voters: ["ann", "bob", "cid"],
        reasons: true,
        truth: options[0],
      },
    },
    {
      id: "check",
      decide: {
        question: `${secret}?`,
        options,
        voters: ["ann", "bob", "cid"],
        truth: {
          command: [`./no-such-${secret}`],
          passed: options[0],
          failed: options[1],
        },
      },
    },
  ],
  outputs: { said: "${{ steps.say.output }}", all: "${{ steps.vote }}" },
};

/** What runs print: one that is done, one that fails, and one that is refused before it begins. */
let lines: readonly string[] = [];
beforeAll(async () => {
  const cwd = scratchFolder((clean) => process.once("exit", clean));
  const changes = [
    {},
    { workflow: [{ id: "say", ask: "mia", prompt: secret }], outputs: {} },
    { workflow: [{ id: "say", [secret]: 1 }] },
  ];
  for (const change of changes) {
    writeFileSync(join(cwd, "task.json"), JSON.stringify({ ...task, ...change }));
    const { stdout } = await swarm(["run", "task.json", "--json", "--allow-commands"], { cwd });
    lines = [...lines, ...stdout.split("\n").filter((line) => line !== "")];
  }
});

test("the lines hold all that must not be sent", () => {
  const events = eventsIn(lines.join("\n"));
  const types = new Set(events.map(({ type }) => type));
  for (const type of ["step.completed", "ballot.cast", "decision.settled", "decision.graded", "run.finished"])
    expect([...types]).toContain(type);
  for (const type of ["decision.ungraded", "inference.failed", undefined]) expect([...types]).toContain(type);
  expect(lines.filter((line) => line.includes(secret)).length).toBeGreaterThan(10);
});

test("of an event its type is sent, and what names it: no prompt, reply, reason or sentence", () => {
  const { sent, complaints } = readLines(config, lines);
  expect(JSON.stringify(sent)).not.toContain(secret);
  expect(complaints).toEqual([]);
  const events = eventsIn(lines.join("\n")).filter(({ type }) => type !== undefined);
  expect(sent.map(({ body }) => body)).toEqual(events.map(({ type }) => type));
  // Each can be found by its run.
  expect(sent.map(({ attributes }) => attributes["run"])).toEqual(events.map(({ run }) => run));
  for (const { attributes } of sent)
    for (const value of Object.values(attributes))
      expect(["string", "number", "boolean"]).toContain(typeof (value ?? 0));
  // Loki takes 64 KiB of labels with a line.
  expect(Math.max(...sent.map((entry) => JSON.stringify(entry).length))).toBeLessThan(1_000);
  const of = (type: string) => sent.find(({ body }) => body === type)?.attributes;
  expect(of("decision.settled")).toMatchObject({ decision: "vote", settled: true });
  expect(of("run.finished")).toMatchObject({ result: "done", exit: 0 });
  // Each line says its own time: one that is read later is not of later.
  const undated = lines.filter((line) => line.startsWith('{"type"') && !/"atUs":\d{16}\b/.test(line));
  expect(undated).toEqual([]);
  expect(of("inference.failed")).toMatchObject({ agent: "mia", step: "say", code: "BAD_REQUEST" });
});

test("what looks for lines asks for labels that they have", () => {
  const { sent } = readLines(config, lines);
  const labels = new Set(sent.flatMap(({ attributes }) => Object.keys(attributes)));
  const dashboard = readFileSync("deploy/grafana/dashboards/swarm-run.json", "utf8");
  const panel = /"expr": "(.*service_name.*)"/.exec(dashboard)?.[1] ?? "";
  expect(panel).toContain('| run=~\\"${run}.*\\"');
  const shown = [...panel.matchAll(/\{\{\.(\w+)\}\}/g)].map(([, label = ""]) => label);
  expect(shown).toContain("step");
  for (const label of shown.filter((one) => one !== "kind")) expect([...labels]).toContain(label);
  const sources = readFileSync("deploy/grafana/provisioning/datasources/swarm.yaml", "utf8");
  expect(sources).toContain("matcherType: label\n          matcherRegex: run\n");
  expect(sources).toContain(`| run="$\${__span.tags["${names.run}"]}"`);
});

test.each([
  [
    "an event with keys that nobody has heard of",
    { type: "step.thought", run: "r", thoughts: secret, deep: { text: secret } },
  ],
  ["an event whose times are texts", { type: "step.completed", run: "r", atUs: secret, output: secret }],
  ["an end without an outcome", { type: "run.finished", run: "r", outputs: secret }],
  ["a list", [secret]],
  ["no event", { error: secret }],
])("nothing leaks of %s", (_, line) => {
  for (const text of [JSON.stringify(line), JSON.stringify(line).slice(0, -1)]) {
    const { sent, complaints } = readLines(config, [text]);
    expect(JSON.stringify([sent, complaints])).not.toContain(secret);
  }
});

test.each([
  ["a line that is sent whole", "to: body,", "to: attributes.event,"],
  [
    "a body that stays where there is no type",
    "to: body, on_error: drop_quiet",
    "to: body, on_error: send_quiet",
  ],
  [
    "an attribute that holds a reply",
    "- attributes.step\n",
    "- attributes.step\n          - attributes.output\n",
  ],
  [
    "an attribute that is a word of one event and the ballots of another",
    "- attributes.kind\n",
    "- attributes.outcome\n",
  ],
  ["no whitelist at all", "type: retain", "type: retain\n        if: 'attributes.type == \"none\"'"],
  ["a line that is repeated in the collector's own log", "on_error: drop_quiet", "on_error: drop"],
])("a planted mistake is caught: %s", (_, from, to) => {
  expect(config).toContain(from);
  const { sent, complaints } = readLines(config.replace(from, to), [...lines, `no JSON: ${secret}`]);
  expect(JSON.stringify([sent, complaints])).toContain(secret);
});
