import { hash } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { often } from "../../../support/deep.ts";
import type { Row } from "../../../../index.ts";
import { workflowActor } from "../../../../coordination/protocol/ids.ts";
import { accountOf } from "../../../../observability/spending.ts";
import { schedulerRows } from "../../../support/scheduler-rows.ts";
import { hostileRows, livelyTask, pageOfRows, rowsOf } from "../../../support/reports.ts";

const poison = `<canary onload="x">]]></style></title>--></canary>'"&lt;\u202E\u0000\u2028`;
/** Everything that begins with `<` and was written by us: a tag with quoted attributes, the doctype, a style sheet. */
const ours =
  /<style>[^<]*<\/style>|<!doctype html>|<\/?[a-z][a-z0-9]*(?:\s+[a-zA-Z][a-zA-Z0-9:-]*(?:="[^"<>]*")?)*\s*\/?>/g;

let rows: readonly Row[] = [];
beforeAll(async () => void (rows = await rowsOf(livelyTask)));

const startsCall = (row: Row | undefined): boolean =>
  row?.type === "turn" && !("failed" in row) && row.effects.some(({ type }) => type === "generate");

/** The same run, in which each call of a model failed. */
const withoutReplies = (usage: { readonly promptTokens: number; readonly outputTokens: number }) =>
  rows.map((row): Row => {
    if (row.type !== "turn" || row.actor !== "scheduler" || row.input.type !== "inference.completed")
      return row;
    const { request } = row.input;
    const failure = { code: "PROVIDER_FAILED", message: "cut", retryable: false, usage } as const;
    return { ...row, input: { type: "inference.failed", request, failure } };
  });

/** The same page without white space that the shape of our templates brings. */
const tight = (page: string): string => page.replace(/\s*\n\s*/g, " ").replace(/\s+>/g, ">");

describe("a report", () => {
  test("holds what ran, each decision with its numbers, who dissented, abstained and ruled, and what failed", () => {
    const page = pageOfRows(rows, { status: "failed" });
    for (const words of [
      "lively",
      "all[0]/vote",
      "abstained",
      "Dissent",
      "The judge eve",
      "debate",
      "UNUSABLE_REPLY",
      "What the end waited for",
      "role of ann",
      "swarm replay",
    ])
      expect(page).toContain(words);
    const outcomes = rows.flatMap((row) =>
      row.type === "turn" && row.actor === "workflow" && row.input.type === "decision.settled"
        ? [row.input.outcome]
        : [],
    );
    expect(outcomes).toHaveLength(8);
    for (const { ballots, sharePpm, confidencePpm } of outcomes) {
      for (const ppm of [sharePpm, confidencePpm]) expect(page).toContain(`${(ppm / 10_000).toFixed(1)} %`);
      for (const { weight } of ballots)
        if (weight > 0) expect(page).toContain(`>${weight.toLocaleString("en")}</td`);
    }
  });

  test("tells what models held of the memory, and what each agent took", () => {
    const [header] = rows;
    const last = rows.at(-1);
    if (header === undefined || last === undefined) throw new Error("no rows");
    const turns = schedulerRows(
      {
        input: { type: "timer.fired", timer: "gather" },
        effects: [{ type: "loadModel", model: "m", sequences: 1, bytes: 3 * 1024 ** 3 }],
      },
      {
        input: { type: "model.loaded", model: "m", bytes: 4 * 1024 ** 3 },
        effects: [{ type: "evictModel", model: "m" }],
      },
    ).map((row, at) => ({ ...row, run: header.run, atUs: header.atUs + at }));
    const page = tight(pageOfRows([header, ...turns, ...rows.slice(1)]));
    expect(page).toContain("at most 4.0 GiB at once, of 7.4 GiB");
    expect(page).toContain("4.0 GiB, unloaded 1 time, too large 1 time");
    expect(page).toContain("What agents took");
    expect(tight(pageOfRows(rows))).toContain("No model of this run took memory");
  });

  test("tells the calls and the tokens of the account, and apart from them the calls that never ended", () => {
    const askedAt = rows.findIndex((row) => startsCall(row));
    const asked = rows.slice(0, askedAt + 1);
    const begun = asked.filter(startsCall).length;
    expect(tight(pageOfRows(asked, { status: "interrupted" }))).toContain(
      `<dt>calls of models</dt> <dd>0, and ${begun} unfinished</dd>`,
    );

    // A call that failed has its tokens in the account alone.
    const failing = withoutReplies({ promptTokens: 890, outputTokens: 1541 });
    const { total } = accountOf(failing);
    expect(total.promptTokens).toBe(890 * total.calls);
    const page = tight(pageOfRows(failing, { status: "failed" }));
    const [input, output] = [total.promptTokens, total.outputTokens].map((count) =>
      count.toLocaleString("en"),
    );
    expect(page).toContain(`<dt>calls of models</dt> <dd>${total.calls}</dd>`);
    expect(page).toContain(`<dt>tokens</dt> <dd>${input} in, ${output} out</dd>`);
    // And they are drawn over time, each model to the scale of all: the line of one of them gets to the top.
    const drawn = [...page.matchAll(/<g class="tokens">.*?<path class="area" d="([^"]*)"/g)];
    expect(drawn.map(([, path]) => path).join()).toContain("V0");
  });

  test("leaves calls that never ended out of the figures of their model, and counts them", () => {
    const lastAt = rows.findLastIndex((row) => startsCall(row));
    const last = rows[lastAt];
    if (last === undefined) throw new Error("nobody asked");
    // The record goes on for an hour, and this call with it.
    const late: Row = { type: "resumed", run: last.run, atUs: last.atUs + 3600e6, swarm: "9.9.9" };
    const cut = [...rows.slice(0, lastAt + 1), late];
    const row = /<th scope="row">m<\/th>.*?<\/tr>/.exec(
      tight(pageOfRows(cut, { status: "interrupted" })),
    )?.[0];
    const { total } = accountOf(cut);
    expect(row).toMatch(new RegExp(`data-label="calls"> ?${total.calls}<small>\\d+ unfinished</small>`));
    expect(row).not.toMatch(/\dh /);
  });

  test("counts no pause in what a call took that failed after it", () => {
    const at = rows.findIndex((row) => startsCall(row));
    const started = rows[at];
    const begun = started?.type === "turn" && !("failed" in started) ? started.effects : [];
    const request = begun.flatMap((effect) => (effect.type === "generate" ? [effect.request] : []))[0];
    if (started === undefined || request === undefined) throw new Error("nobody asked");
    const night = 8 * 3600e6;
    const resumed: Row = { type: "resumed", run: started.run, atUs: started.atUs + night, swarm: "9.9.9" };
    const failure = { code: "ENGINE_CRASHED", message: "", retryable: false } as const;
    const [ended] = schedulerRows({ input: { type: "inference.failed", request, failure } });
    if (ended === undefined) throw new Error("no row");
    const failed: Row = { ...ended, run: started.run, atUs: resumed.atUs + 1e6 };
    const page = tight(pageOfRows([...rows.slice(0, at + 1), resumed, failed], { status: "interrupted" }));
    expect(/<th scope="row">m<\/th>.*?<\/tr>/.exec(page)?.[0]).toMatch(/data-label="median">1\.0\d s</);
  });

  test("counts a call that was withdrawn once: it has ended if its engine has let go of it", () => {
    const at = rows.findIndex((row) => startsCall(row));
    const started = rows[at];
    const begun = started?.type === "turn" && !("failed" in started) ? started.effects : [];
    const calls = begun.flatMap((effect) => (effect.type === "generate" ? [effect.request] : []));
    const [request] = calls;
    if (started === undefined || request === undefined) throw new Error("nobody asked");
    const failure = { code: "ABORTED", message: "withdrawn", retryable: false } as const;
    const over = { type: "inference.failed", request, failure } as const;
    const more = schedulerRows(
      {
        input: { type: "inference.cancelled", request },
        effects: [{ type: "send", to: workflowActor, body: over }],
      },
      { input: over },
    ).map((row) => ({ ...row, run: started.run, atUs: started.atUs + 1 }));
    const told = (so: readonly Row[]) =>
      tight(pageOfRows([...rows.slice(0, at + 1), ...so], { status: "interrupted" }));
    const others = calls.length - 1;
    const unfinished = (count: number) => (count === 0 ? "" : `, and ${count} unfinished`);
    expect(told(more.slice(0, 1))).toContain(`<dd>0${unfinished(others + 1)}</dd>`);
    expect(told(more)).toContain(`<dd>1${unfinished(others)}</dd>`);
    expect(told(more)).not.toContain("ABORTED");
  });

  test("names who failed at what, and no request", async () => {
    const failures = (of: readonly Row[]): string =>
      /<section id="failures">.*?<\/section>/.exec(tight(pageOfRows(of, { status: "failed" })))?.[0] ?? "";
    const failing = withoutReplies({ promptTokens: 1, outputTokens: 1 });
    expect(failures(failing)).toMatch(/call of a model.*data-label="first in">ann in all\[0\]\/first</);
    expect(failures(failing)).not.toMatch(/agent\/|:1</);
  });

  test("offers to explain decisions only where there are some", () => {
    expect(pageOfRows(rows)).toContain("swarm explain");
    const page = pageOfRows(rows.slice(0, 3));
    expect(page).toContain("swarm replay");
    expect(page).not.toContain("swarm explain");
  });

  test("is whole after any row: a run may crash, wait or be interrupted at any", () => {
    for (let length = 1; length <= rows.length; length += often(19, 2))
      expect(pageOfRows(rows.slice(0, length), { status: "interrupted" })).toMatch(/<\/html>\s*$/);
  });

  test("cuts the time between two processes short and does not count it", () => {
    const night = 8 * 3600e6;
    const at = Math.floor(rows.length / 2);
    const last = rows[at - 1];
    const header = rows[0];
    if (header === undefined || last === undefined) throw new Error("no rows");
    const resumed: Row = { type: "resumed", run: header.run, atUs: last.atUs + night, swarm: "9.9.9" };
    const later = rows.slice(at).map((row) => ({ ...row, atUs: row.atUs + night }));
    const page = tight(pageOfRows([...rows.slice(0, at), resumed, ...later]));
    expect(page).toContain("8h 00m paused");
    expect(page).toContain("nothing ran for 8h 00m");
  });

  test("makes no markup of any text of a run", () => {
    const page = pageOfRows(hostileRows(rows, poison), { status: "failed", content: true });
    expect(page.match(/&#60;canary/g)?.length).toBeGreaterThan(50);
    expect(page.replace(ours, "")).not.toMatch(/[<>]/);
    expect(page).not.toMatch(/canary onload="/);
    expect(page).not.toMatch(/[\u202E\u0000\u2028]/);
  });

  test("is found out by the same look if a text gets through", () => {
    expect(`<p>${poison}</p>`.replace(ours, "")).toMatch(/[<>]/);
  });

  test("has a lane for each program of the task, in the colour of the legend", async () => {
    const [one, two] = ["judge", "check"].map((id, at) => ({
      id,
      decide: {
        question: "Well?",
        options: ["yes", "no"],
        voters: ["ann", "cid", "eve"],
        truth: { command: ["sh", "-c", at === 0 ? "exit 1" : "kill -9 $$"], passed: "yes", failed: "no" },
      },
    }));
    if (one === undefined || two === undefined) throw new Error("there are two");
    const page = tight(pageOfRows(await rowsOf({ ...livelyTask, workflow: [one, two], outputs: {} })));
    const lanes = page.match(/<span class="unit tool">program<\/span> <b>sh<\/b>.*?<\/svg>/g) ?? [];
    expect(lanes).toHaveLength(2);
    expect(lanes[0]).toMatch(/<g class="tool"><rect class="bar" /);
    expect(lanes[1]).toMatch(/<g class="tool"><rect class="bar failed" /);
    expect(page).toContain('<span class="key tool"></span>program');
    expect(page).toMatch(/<th scope="row">program<\/th>.*?COMMAND_FAILED.*?data-label="first in">check</);
  });

  test("loads nothing, runs nothing, and its policy allows its own style sheet alone", () => {
    const page = pageOfRows(rows);
    const sheet = /<style>([^<]*)<\/style>/.exec(page)?.[1] ?? "";
    expect(page).toContain(
      `content="default-src &#39;none&#39;; style-src &#39;sha256-${hash("sha256", sheet, "base64")}&#39;; base-uri &#39;none&#39;; form-action &#39;none&#39;"`,
    );
    expect(page).not.toMatch(
      /<(script|img|link|iframe|object|embed|base|form)\b| style="| on[a-z]+="|url\(|@import|src="/i,
    );
  });
});

describe("prompts and replies", () => {
  const asks = {
    ...livelyTask,
    models: { m: { provider: "scripted" as const, replies: [{ text: "a reply of its own" }] } },
    workflow: [
      { id: "one", ask: "ann", prompt: "a prompt of its own, with password: hunter2hunter2 and opensesame" },
    ],
    outputs: {},
  };

  test("stay out unless they are asked for, and secrets stay out even then", async () => {
    const asked = await rowsOf(asks);
    expect(pageOfRows(asked)).not.toMatch(/of its own/);
    const page = pageOfRows(asked, { content: true, secrets: ["opensesame"] });
    expect(page).toContain("a prompt of its own");
    expect(page).toContain("a reply of its own");
    expect(page).not.toMatch(/hunter2|opensesame/);
  });

  test("are not quoted by errors, either", () => {
    expect(pageOfRows(rows, { status: "failed" })).not.toContain("what?");
    expect(pageOfRows(rows, { status: "failed", content: true })).toContain("what?");
  });

  test("tell no failures apart that look alike without them", async () => {
    const failing = await rowsOf({
      ...asks,
      models: { mute: { provider: "scripted", replies: [{ when: "nobody says this", text: "x" }] } },
      agents: { ann: { role: "r", model: "mute" } },
      workflow: [
        {
          id: "m",
          map: { over: ["one", "two", "three"], do: [{ id: "q", ask: "ann", prompt: "${{ item }}" }] },
        },
      ],
    });
    const rowsOfCalls = (content: boolean) =>
      tight(pageOfRows(failing, { content })).match(/<th scope="row">call of a model<\/th>/g);
    expect(rowsOfCalls(false)).toHaveLength(1);
    expect(rowsOfCalls(true)).toHaveLength(3);
  });
});
