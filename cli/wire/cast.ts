import { agentMachine } from "../../actors/agent/machine.ts";
import { chartBehaviour, stepBehaviour, type Behaviour } from "../../actors/runtime/cell.ts";
import type { Cast } from "../../actors/runtime/roster.ts";
import { workflowMachine } from "../../actors/workflow/machine.ts";
import { decisionsStep, initialDecisions } from "../../coordination/decisions.ts";
import { agentName, decisionsActor, schedulerActor, workflowActor } from "../../coordination/protocol/ids.ts";
import { schedulerStep } from "../../inference/scheduler.ts";
import { emptyScheduler } from "../../inference/scheduling/state.ts";
import type { RunBasis } from "./basis.ts";
import { schedulingOf } from "./scheduling.ts";

/**
 * Who plays which part in a run. Everything follows from the run's header, so that a resume, a replay and the first
 * process have the same actors.
 */
export const castOf = ({ run, plan, models, trust }: RunBasis): Cast => {
  const agents = new Map<string, Behaviour>();
  const modelKeys = Object.fromEntries(Object.entries(models).map(([name, { digest }]) => [name, digest]));
  const workflow = chartBehaviour(workflowMachine({ run, plan, modelKeys }));
  const scheduling = schedulingOf(plan, models);
  const scheduler = stepBehaviour(schedulerStep(scheduling), emptyScheduler(scheduling));
  const decisions = stepBehaviour(decisionsStep(trust), initialDecisions);
  return (actor) => {
    if (actor === workflowActor) return workflow;
    if (actor === schedulerActor) return scheduler;
    if (actor === decisionsActor) return decisions;
    const name = agentName(actor);
    if (name === undefined || !Object.hasOwn(plan.agents, name)) return undefined;
    let behaviour = agents.get(name);
    const persona = plan.agents[name];
    if (behaviour === undefined && persona !== undefined)
      agents.set(name, (behaviour = chartBehaviour(agentMachine(persona))));
    return behaviour;
  };
};
