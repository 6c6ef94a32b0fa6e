import { agentName, workflowActor } from "../../coordination/protocol/ids.ts";
import type { DecidedRow, Row } from "../../coordination/protocol/row.ts";
import { catalogue, type LabelsOf } from "./catalogue.ts";
import { secondsBetween, type Meter } from "./meter.ts";
import type { RowReading } from "./row-reading.ts";

/** Reads runs, their steps and their rows. */
export const runRows = (meter: Meter): RowReading => {
  let startedUs: number | undefined;
  let workflow = "";
  /** When each `ask` was assigned and each `decide` proposed, by the step's path. */
  const steps = new Map<string, number>();
  /** Those of them that one agent was asked for. */
  const asked = new Set<string>();

  const durationLabels = (outcome: string): LabelsOf<"gen_ai_workflow_duration_seconds"> => ({
    gen_ai_workflow_name: workflow,
    // As in traces a run that did not settle is whole; `swarm_runs_total` has its outcome.
    error_type: outcome === "done" || outcome === "not-settled" ? "" : outcome,
  });

  const endOf = (
    { run, atUs }: DecidedRow,
    step: string,
    labels: Parameters<typeof meter.observe<"swarm_step_duration_seconds">>[1],
  ): void => {
    const fromUs = steps.get(step);
    if (fromUs === undefined) return;
    steps.delete(step);
    asked.delete(step);
    meter.observe("swarm_step_duration_seconds", labels, secondsBetween(fromUs, atUs), run);
  };

  const workflowTurn = (row: DecidedRow): void => {
    const { input, atUs } = row;
    if (input.type === "task.completed") endOf(row, input.step, { kind: "ask", outcome: "done" });
    // What an agent says late of a step that waits for none any more does not fail it.
    if (input.type === "task.failed" && row.effects.some(({ type }) => type === "endRun")) {
      const kind = asked.has(input.step) ? "ask" : "decide";
      endOf(row, input.step, { kind, outcome: "failed" });
    }
    // Without its agent a question has no answer; a decision goes on without one of its voters.
    if (input.type === "delivery.failed") {
      const step = input.to.split("/").slice(2).join("/");
      if (asked.has(step)) endOf(row, step, { kind: "ask", outcome: "failed" });
    }
    if (input.type === "decision.settled") {
      const { decision, settled } = input.outcome;
      endOf(row, decision, { kind: "decide", outcome: settled ? "settled" : "not-settled" });
    }
    for (const effect of row.effects) {
      if (effect.type === "propose" && effect.entry.type === "decision.opened")
        steps.set(effect.entry.decision, atUs);
      if (
        effect.type === "send" &&
        effect.body.type === "task.assigned" &&
        effect.body.decision === undefined &&
        agentName(effect.to) !== undefined
      ) {
        steps.set(effect.body.step, atUs);
        asked.add(effect.body.step);
      }
    }
  };

  return (row, decided) => {
    meter.count("swarm_log_events_total", { type: typeOf(row, decided) });
    switch (row.type) {
      case "header":
        startedUs = row.atUs;
        workflow = row.task.name;
        for (const outcome of outcomes)
          meter.open("gen_ai_workflow_duration_seconds", durationLabels(outcome));
        return;
      case "resumed":
      case "ruled":
        return;
      case "finished": {
        const { outcome, run, atUs } = row;
        meter.count("swarm_runs_total", { outcome });
        if (startedUs !== undefined)
          meter.observe(
            "gen_ai_workflow_duration_seconds",
            durationLabels(outcome),
            secondsBetween(startedUs, atUs),
            run,
          );
        return;
      }
      case "turn":
        if (row.actor === workflowActor && decided !== undefined) workflowTurn(decided);
    }
  };
};

const outcomes = catalogue.swarm_runs_total.labels.outcome;

const typeOf = (row: Row, decided: DecidedRow | undefined): string => {
  if (decided !== undefined) return decided.input.type;
  return row.type === "turn" ? "failed" : row.type;
};
