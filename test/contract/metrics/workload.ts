import type { Diagnostics } from "../../../coordination/protocol/diagnostics.ts";
import { runId } from "../../../coordination/protocol/ids.ts";
import type { Swarm, TaskDefinition } from "../../../index.ts";
import { openExporter } from "../../../observability/otlp/exporter.ts";
import { liveExport } from "../../../observability/otlp/live.ts";
import { spanReader, spansOf } from "../../../observability/spans/reader.ts";
import { mockProvider, type MockProvider } from "../../support/mock-provider.ts";
import { eventually } from "../../support/program.ts";
import { sha256 } from "../../../cli/wire/digest.ts";

/** Two models in files, of 1.5 MB each at the least with their context, of which the memory holds one: each of the four first steps makes the other one go. The last one stays while a provider is asked. */
export const crowdedTask = (first: string, second: string, { baseUrl }: MockProvider): TaskDefinition => ({
  version: 1,
  name: "crowded",
  models: {
    first: { provider: "llama", file: first, context: 512 },
    second: { provider: "llama", file: second, context: 512 },
    elsewhere: { provider: "openai-compatible", baseUrl, model: "big" },
  },
  resources: { vram: "2.5MB" },
  agents: {
    ann: { role: "r", model: "first" },
    bob: { role: "r", model: "second" },
    far: { role: "r", model: "elsewhere" },
  },
  workflow: [
    ...["ann", "bob", "ann", "bob"].map((ask, index) => ({
      id: `ask${index}`,
      ask,
      prompt: "Is it so?",
      options: ["yes", "no"],
    })),
    { id: "hold", ask: "far", prompt: "Is it so?" },
  ],
  outputs: {},
});

/** A remote model that costs something. */
export const remoteTask = ({ baseUrl }: MockProvider): TaskDefinition => ({
  version: 1,
  name: "remote",
  models: {
    far: {
      provider: "openai-compatible",
      preset: "openai",
      baseUrl,
      model: "big",
      price: { input: 1, output: 2 },
    },
  },
  resources: { budget: { tokens: "1M" } },
  agents: { ann: { role: "r", model: "far" } },
  workflow: [{ id: "ask", ask: "ann", prompt: "Is it so?" }],
  outputs: {},
});

/** Decisions that programs grade: one that there is, and one that there is not. */
export const gradedTask: TaskDefinition = {
  version: 1,
  name: "graded",
  models: { m: { provider: "scripted", replies: [{ text: "yes", confidence: 0.9 }] } },
  agents: { ann: { role: "r", model: "m" }, bob: { role: "r", model: "m" } },
  workflow: [process.execPath, "./no-such-program"].map((program, index) => ({
    id: `graded${index}`,
    decide: {
      question: "Is it so?",
      options: ["yes", "no"],
      voters: ["ann", "bob"],
      rule: "majority",
      truth: { command: [program, "--version"], passed: "yes", failed: "no" },
    },
  })),
  outputs: {},
};

/** Turns away the first try of every call. */
export const busyProvider = async (): Promise<MockProvider> => {
  const provider = await mockProvider();
  let requests = 0;
  provider.script(() =>
    requests++ % 2 === 0
      ? { type: "status", status: 429, headers: { "retry-after": "0" } }
      : { type: "text", text: "yes", usage: { prompt_tokens: 20, completion_tokens: 3 } },
  );
  return provider;
};

/** Sends the trace of a run to a collector. */
export const exportTrace = async (
  swarm: Swarm,
  run: string,
  { url, diagnostics }: { readonly url: string; readonly diagnostics: Diagnostics },
): Promise<void> => {
  // Loaded before: an export waits for its collector for a moment only, and on a busy machine loading takes longer.
  const exporter = await openExporter({
    settings: { url: `${url}/v1/traces`, namedBy: "flag", protocol: "http/json", ratio: 1 },
    environment: () => undefined,
    version: "0",
  });
  const reading = { sha256, redact: (text: string) => text };
  const spans = [...spansOf(swarm.rows(run), reading)].length;
  let sent = 0;
  const exporting = liveExport({
    log: { read: () => swarm.rows(run) },
    run: runId(run),
    reader: spanReader(reading),
    open: () => Promise.resolve(exporter),
    diagnostics: {
      ...diagnostics,
      tell: (told) => {
        diagnostics.tell(told);
        if (told.type === "spans.exported" && told.result === "sent") sent += told.spans;
      },
    },
  });
  for (const { row, position } of swarm.rows(run)) exporting.row(row, position);
  // Closing it waits for a moment only, too.
  await eventually("all spans at the collector", async () => sent >= spans || undefined, { within: 60_000 });
  const exported = await exporting.close();
  if (exported.type !== "complete") throw new Error(exported.reason);
};
