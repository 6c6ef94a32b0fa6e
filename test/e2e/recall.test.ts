import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import { openSwarm } from "../../cli/wire/swarm.ts";
import { scratchFolder, swarm } from "../support/cli.ts";
import { mockProvider, type MockProvider } from "../support/mock-provider.ts";

let server: MockProvider;
beforeEach(async () => {
  server = await mockProvider();
  server.script(({ body }) => ({ type: "text", text: answerTo(lastOf(body)) }));
});
afterEach(() => server.close());

type Line = { readonly role: string; readonly content: string };
const linesOf = ({ messages }: Readonly<Record<string, unknown>>): readonly Line[] =>
  messages as readonly Line[];
const lastOf = (body: Readonly<Record<string, unknown>>): string => linesOf(body).at(-1)?.content ?? "";
const answerTo = (prompt: string): string => {
  if (prompt.endsWith("Read the plan.")) return "The port of billing is 8080. Dana runs checkout this week.";
  if (prompt.endsWith("Read the change.")) return "We moved the port of billing from 8080 to 9090.";
  return "Nothing of note there.";
};

const RECALL = 300;
const QUESTION = "Which port does billing have, and who runs checkout?";
const filler = Array.from(
  { length: 12 },
  (_, at) => `Look at part ${at}. ${"It was all quiet on that day. ".repeat(20)}`,
);
const each = (id: string, lines: readonly string[]) => ({
  id,
  map: { over: lines, as: "line", do: [{ id: "look", ask: "ann", prompt: "${{ line }}" }] },
});

const folderWith = (ann: Readonly<Record<string, unknown>>): string => {
  const folder = scratchFolder(onTestFinished);
  const task = {
    version: 1,
    name: "recall",
    models: { big: { provider: "openai-compatible", baseUrl: server.baseUrl, model: "big" } },
    resources: { budget: { tokens: "1M" } },
    agents: { ann: { role: "an operator", model: "big", ...ann }, bob: { role: "a guest", model: "big" } },
    workflow: [
      { id: "plan", ask: "ann", prompt: "Read the plan." },
      each("morning", filler.slice(0, 6)),
      { id: "change", ask: "ann", prompt: "Read the change." },
      each("evening", filler.slice(6)),
      { id: "stranger", ask: "bob", prompt: QUESTION },
      { id: "end", ask: "ann", prompt: QUESTION },
    ],
    outputs: { end: "${{ steps.end.text }}" },
  };
  writeFileSync(join(folder, "task.json"), JSON.stringify(task));
  return folder;
};

/** What the model was told with the question; lines of one role in a row are one message. */
const asked = (): readonly (readonly Line[])[] =>
  server.requests
    .map(({ body }) => linesOf(body))
    .filter((lines) => lines.at(-1)?.content.endsWith(QUESTION) === true);
const textOf = (lines: readonly Line[] | undefined): string =>
  (lines ?? []).map(({ content }) => content).join("\n");

test("an agent finds in its last step what it was told in its first ones; the run is replayed from its record", async () => {
  const cwd = folderWith({ recall: RECALL });
  const run = await swarm(["run", "task.json", "--json"], { cwd });
  expect(run, run.stderr).toMatchObject({ code: 0 });

  const [stranger, own] = asked();
  // Nothing of one agent is told to another.
  expect(textOf(stranger)).toBe(`You are a guest.\n${QUESTION}`);
  expect(textOf(own)).toMatch(/^You are an operator\./);
  expect(textOf(own)).toContain("port of billing: 9090");
  expect(textOf(own)).not.toContain("8080");
  expect(textOf(own)).toContain("Dana runs checkout this week.");
  expect(textOf(own).length / 4).toBeLessThanOrEqual(RECALL + 50);

  // What was recalled is in the record where it was decided, and follows from the rows before it.
  const home = openSwarm({ home: join(cwd, ".swarm") });
  const granted = [...home.rows("last")].flatMap(({ row }) =>
    row.type === "turn" && "effects" in row
      ? row.effects.flatMap((effect) => (effect.type === "generate" ? [effect.body.lines] : []))
      : [],
  );
  await home.close();
  expect(textOf(granted.at(-1)).replaceAll("\n", "")).toBe(textOf(own).replaceAll("\n", ""));
  await server.close();
  const replay = await swarm(["replay", "last"], { cwd });
  expect(replay, replay.stderr).toMatchObject({ code: 0 });
  expect(replay.stdout).toContain("identical");
});

test("an agent that is not told to recall begins each step anew", async () => {
  const cwd = folderWith({});
  expect(await swarm(["run", "task.json", "--json"], { cwd })).toMatchObject({ code: 0 });
  for (const { body } of server.requests) expect(linesOf(body)).toHaveLength(2);
});
