import { describe, expect, test } from "vitest";
import { agentActor, effectId, workflowActor } from "../../../../coordination/protocol/ids.ts";
import type { Row } from "../../../../coordination/protocol/row.ts";
import { brierMarks } from "../../../../observability/metrics/calibration.ts";
import type { Meter } from "../../../../observability/metrics/meter.ts";
import { rowReader } from "../../../../observability/metrics/row-reader.ts";
import { recordOf } from "../../../support/recorded.ts";
import { schedulerRows } from "../../../support/scheduler-rows.ts";
import { measuredTask } from "../../../contract/metrics/task.ts";

/** Adds up what is measured: counters by their labels, histograms by how often. */
const tallies = () => {
  const counts = new Map<string, number>();
  const add = (name: string, labels: object, by: number) => {
    const key = `${name} ${Object.values(labels).join(" ")}`.trim();
    counts.set(key, (counts.get(key) ?? 0) + by);
  };
  const meter: Meter = {
    count: (name, labels, by = 1) => add(name, labels, by),
    observe: (name, labels) => add(name, labels, 1),
    open: (name, labels) => add(name, labels, 0),
    set: (name, labels, value) => void counts.set(`${name} ${Object.values(labels).join(" ")}`, value),
    clear: () => undefined,
  };
  return { counts, meter };
};

const readerOf = (meter: Meter) => {
  const looks = new Set<() => unknown>();
  const watch = (read: () => unknown) => {
    looks.add(read);
    return () => void looks.delete(read);
  };
  return { reader: rowReader({ meter, watch, mark: brierMarks(meter) }), looks };
};

const rows: readonly Row[] = (await recordOf(measuredTask)).map(({ row }) => row);

/** All that the rows tell; the first `past` of them as read by an earlier process. */
const read = (past = 1) => {
  const { counts, meter } = tallies();
  const { reader } = readerOf(meter);
  reader.past(rows.slice(0, past).map((row) => ({ row })));
  for (const row of rows.slice(past)) reader.read(row);
  reader.close();
  return counts;
};

describe("the rows of a run", () => {
  test("tell of each item what the task says", () => {
    const counts = read();
    const expected = {
      "swarm_runs_total done": 1,
      "gen_ai_workflow_duration_seconds measured": 1,
      "swarm_step_duration_seconds ask done": 8,
      "swarm_step_duration_seconds decide settled": 8,
      "swarm_step_duration_seconds decide not-settled": 16,
      "swarm_decisions_total majority settled map": 8,
      "swarm_ballots_total counted": 8 * 5,
      "swarm_ballots_total abstained": 8 * 3,
      swarm_decision_margin_ratio: 24,
      "swarm_calibration_brier_ratio carol": 0.7 * 0.7,
      "gen_ai_invoke_agent_duration_seconds dave abstained": 8,
      "gen_ai_client_operation_duration_seconds chat scripted mute BAD_REQUEST": 8 * 2,
      "swarm_inference_retries_total unusable-reply": 8,
    };
    for (const [name, value] of Object.entries(expected)) expect(counts.get(name), name).toBeCloseTo(value);
    expect(counts.get("swarm_gpu_lease_wait_seconds normal")).toBe(
      counts.get("swarm_gpu_lease_hold_seconds"),
    );
    expect(counts.get("swarm_raft_proposals_total committed")).toBeGreaterThan(24);
  });

  test("are counted once, wherever a run was taken up again", () => {
    const whole = read();
    for (const past of [2, 50, 200, rows.length - 1]) {
      const later = read(past);
      const { counts: earlier, meter } = tallies();
      const { reader } = readerOf(meter);
      reader.past(rows.slice(0, 1).map((row) => ({ row })));
      for (const row of rows.slice(1, past)) reader.read(row);
      reader.close();
      for (const [name, value] of whole)
        if (!name.startsWith("swarm_calibration"))
          expect((later.get(name) ?? 0) + (earlier.get(name) ?? 0), `${name} after ${past}`).toBe(value);
    }
  });

  test("measure nothing that an earlier process has measured", () => {
    expect([...read(rows.length)].filter(([, value]) => value !== 0)).toEqual([]);
  });

  test("begin every series at 0 before anything is counted, failures too", () => {
    const { counts, meter } = tallies();
    const { reader } = readerOf(meter);
    reader.past(rows.slice(0, 1).map((row) => ({ row })));
    reader.close();
    const timed = /^gen_ai_(client|invoke_agent|workflow)_/;
    const opened = new Set([...counts].flatMap(([name, count]) => (count === 0 ? [name] : [])));
    expect([...read().keys()].filter((name) => timed.test(name) && !opened.has(name))).toEqual([]);
    const call = "gen_ai_client_operation_duration_seconds chat";
    expect(opened).toContain(`${call} scripted mute ENGINE_CRASHED`);
    expect(opened).not.toContain(`${call} scripted mute PROVIDER_FAILED`);
    expect(opened).toContain("gen_ai_invoke_agent_duration_seconds dave AGENT_CRASHED");
    expect(opened).toContain("swarm_agent_restarts_total dave Error");
  });

  test("begin the failures of a provider at 0", () => {
    const [header] = rows;
    if (header?.type !== "header") throw new Error("the first row is the header");
    const { counts, meter } = tallies();
    const { reader } = readerOf(meter);
    reader.past([{ row: { ...header, models: { far: { provider: "openai-compatible" } } } }]);
    reader.close();
    const opened = [...counts.keys()].filter((name) => name.startsWith("gen_ai_client_operation"));
    for (const code of ["PROVIDER_FAILED", "CIRCUIT_OPEN", "TIMEOUT"])
      expect(opened).toContain(`gen_ai_client_operation_duration_seconds chat openai-compatible far ${code}`);
    expect(opened).toHaveLength(13);
  });

  test("are all counted, the first one too", () => {
    const events = [...read()].filter(([name]) => name.startsWith("swarm_log_events_total"));
    expect(events.reduce((sum, [, count]) => sum + count, 0)).toBe(rows.length);
    expect(events.map(([name]) => name)).toContain("swarm_log_events_total task.assigned");
  });

  test("leave nothing waiting behind at their end", () => {
    const { meter } = tallies();
    const { reader, looks } = readerOf(meter);
    for (const row of rows) reader.read(row);
    const readings = [...looks].flatMap((look) => look());
    expect(readings).toContainEqual({
      type: "scheduler",
      waiting: { low: 0, normal: 0, high: 0 },
      held: 0,
    });
    reader.close();
    expect(looks.size).toBe(0);
  });
});

test("a call that is paused waits again, is held again, and pays for each of its tries", () => {
  const { counts, meter } = tallies();
  const { reader, looks } = readerOf(meter);
  const queues = () =>
    [...looks].flatMap((look) => look()).find((reading) => Object(reading).type === "scheduler");
  const body = { model: "m", agent: "ann", lines: [], maxTokens: 1, temperature: 0 };
  const grant = { model: "m", sequence: 0, tokens: 1 };
  const usage = { promptTokens: 1, outputTokens: 1, costNanoUsd: 5e8 };
  const failure = { code: "RATE_LIMITED", message: "", retryable: true, usage } as const;
  const rows = schedulerRows(
    {
      input: {
        type: "inference.requested",
        request: "q",
        body,
        replyTo: agentActor("ann", "s"),
        priority: 2,
      },
      effects: [{ type: "generate", request: "q", body, grant }],
    },
    {
      input: {
        type: "inference.attempted",
        request: "q",
        attempt: 1,
        model: "m",
        failure,
        delayMs: 1,
        startedAtUs: 0,
        finishedAtUs: 1,
      },
    },
    { input: { type: "inference.paused", request: "q" } },
    {
      input: { type: "model.evicted", model: "other" },
      effects: [{ type: "restoreSequence", request: "q", body, grant }],
    },
    { input: { type: "inference.failed", request: "q", failure } },
  );
  const shares: unknown[] = [];
  const seen = rows.map((row) => {
    reader.read(row);
    const readings = [...looks].flatMap((look) => look());
    shares.push(readings.find((reading) => Object(reading).type === "utilization"));
    return queues();
  });
  // Held for all of the time, but for the second in which it was paused.
  expect(shares).toEqual(
    [0, 1, 1, 2 / 3, 3 / 4].map((share) => ({ type: "utilization", share: expect.closeTo(share, 9) })),
  );
  const scheduler = (high: number, held: number) => ({
    type: "scheduler",
    waiting: { low: 0, normal: 0, high },
    held,
  });
  expect(seen).toEqual([scheduler(0, 1), scheduler(0, 1), scheduler(1, 0), scheduler(0, 1), scheduler(0, 0)]);
  reader.close();
  expect(counts.get("swarm_gpu_lease_wait_seconds high")).toBe(2);
  expect(counts.get("swarm_gpu_lease_hold_seconds")).toBe(2);
  expect(counts.get("swarm_inference_retries_total RATE_LIMITED")).toBe(1);
  expect(counts.get("swarm_inference_cost_usd_total m")).toBeCloseTo(1);
});

test("the time in which no process drove a run is no wait and no lease", () => {
  const observed: [name: string, value: number][] = [];
  const { meter } = tallies();
  const { reader } = readerOf({ ...meter, observe: (name, _, value) => void observed.push([name, value]) });
  const body = { model: "m", agent: "ann", lines: [], maxTokens: 1, temperature: 0 };
  const grant = { model: "m", sequence: 0, tokens: 1 };
  const failure = { code: "TIMEOUT", message: "", retryable: true } as const;
  const requested = (request: string) =>
    ({ type: "inference.requested", request, body, replyTo: agentActor("ann", "s") }) as const;
  const generate = (request: string) => ({ type: "generate", request, body, grant }) as const;
  const entry = { type: "decision.graded", decision: "d", truth: "yes", replyTo: workflowActor } as const;
  const [held, waits, freed, ended] = schedulerRows(
    { input: requested("held"), effects: [generate("held")] },
    { input: requested("waits"), effects: [{ type: "propose", entry }] },
    { input: { type: "inference.failed", request: "held", failure }, effects: [generate("waits")] },
    { input: { type: "entry.committed", entry, term: 1, index: 1, leader: 1 } },
  );
  if (held === undefined || waits === undefined || freed === undefined || ended === undefined)
    throw new Error("there are four rows");
  reader.past([held, waits].map((row) => ({ row })));
  const atUs = 3600e6;
  reader.read({ type: "resumed", run: held.run, atUs, swarm: "1" });
  reader.read({ ...freed, atUs: atUs + 2e6 });
  reader.read({ ...ended, cause: effectId(waits.actor, waits.seq, 0), atUs: atUs + 3e6 });
  reader.close();
  expect(observed).toEqual([
    ["swarm_gpu_lease_hold_seconds", 2],
    ["gen_ai_client_operation_duration_seconds", 2],
    ["swarm_gpu_lease_wait_seconds", 2],
  ]);
});

describe("a program that a task runs", () => {
  const name = "gen_ai_execute_tool_duration_seconds";
  const request = "v";
  const command = (program: string) =>
    ({ type: "runCommand", request, command: [program, "x"], cwd: "/", timeoutMs: 1 }) as const;
  const ended = { type: "command.completed", request, exit: 1, output: "" } as const;
  const [asked, answered] = schedulerRows(
    { input: { type: "run.started" }, effects: [command("./bin/check.sh")] },
    { input: ended },
  ).map((row) => ({ ...row, actor: workflowActor }));
  const [header] = rows;
  if (asked === undefined || answered === undefined || header?.type !== "header")
    throw new Error("there are rows");

  const observing = () => {
    const observed: unknown[] = [];
    const { counts, meter } = tallies();
    const observe: Meter["observe"] = (metric, labels, value, run) => {
      if (metric === name) observed.push([Object.values(labels), value, run]);
    };
    return { observed, counts, ...readerOf({ ...meter, observe }) };
  };

  test.each([
    ["with an exit code, whichever", ended, ""],
    ["without one", { ...ended, exit: null, trouble: "it ran for more than 1 s" }, "COMMAND_FAILED"],
  ])("is timed to its end %s, once", (_, input, error) => {
    const { observed, reader } = observing();
    for (const row of [asked, { ...answered, input }, { ...answered, input }]) reader.read(row);
    reader.close();
    expect(observed).toEqual([[["check.sh", error], 1, asked.run]]);
  });

  test("is run again after a resume, and timed from there", () => {
    const { observed, reader } = observing();
    reader.past([{ row: asked }]);
    reader.read({ type: "resumed", run: asked.run, atUs: 3600e6, swarm: "1" });
    reader.read({ ...answered, atUs: 3602e6 });
    reader.close();
    expect(observed).toEqual([[["check.sh", ""], 2, asked.run]]);
  });

  test("begins at 0 where the plan names it, wherever in the plan", () => {
    const { counts, reader } = observing();
    const check = (program: string) => ({ type: "decide", check: { command: [program] } });
    const steps = [check("/bin/sh"), { type: "map", steps: [check("./test"), check("${{ item }}")] }];
    reader.past([{ row: { ...header, plan: { steps } } }]);
    expect([...counts.keys()].filter((metric) => metric.startsWith(name))).toEqual([
      `${name} sh`,
      `${name} sh COMMAND_FAILED`,
      `${name} test`,
      `${name} test COMMAND_FAILED`,
    ]);
  });
});
