import type { Effect } from "../../../coordination/protocol/effect.ts";
import { actorId } from "../../../coordination/protocol/ids.ts";
import type { Message } from "../../../coordination/protocol/message.ts";
import { schedulerStep } from "../../../inference/scheduler.ts";
import type { PolicyConfig, SchedulerConfig } from "../../../inference/scheduling/config.ts";
import { usedBytes } from "../../../inference/scheduling/memory.ts";
import { emptyScheduler } from "../../../inference/scheduling/state.ts";
import {
  type BatchTokens,
  BUDGET_BYTES,
  copyKvS,
  footprintOf,
  loadS,
  type ModelName,
  UNLOAD_S,
} from "./assumptions.ts";
import { Agenda } from "./agenda.ts";
import { Card, type Ended, type Sequence } from "./machine.ts";
import type { SimulatedAgent, SimulatedTurn } from "./workloads.ts";

/** Times of one call, in seconds. */
export type Trip = {
  readonly agent: string;
  readonly askedS: number;
  /** When it was first given a sequence. */
  startedS: number;
  /** Longest time at a stretch without a sequence, and all of them together. */
  longestWaitS: number;
  waitedS: number;
  endedS: number;
};

export type Report = {
  readonly makespanS: number;
  readonly trips: readonly Trip[];
  readonly loads: number;
  readonly saves: number;
  /** The most that was granted at any moment. */
  readonly peakBytes: number;
  /** Calls that were never answered. */
  readonly lost: number;
};

export type Trial = {
  readonly agents: readonly SimulatedAgent[];
  readonly policy: PolicyConfig;
  readonly batch: BatchTokens;
  /** Sequences a model at most. */
  readonly concurrency?: number;
};

const CONCURRENCY = 16;

export const configOf = ({ agents, policy, batch, concurrency = CONCURRENCY }: Trial): SchedulerConfig => {
  const names = [...new Set(agents.map(({ model }) => model))];
  return {
    models: Object.fromEntries(
      names.map((name) => [
        name,
        {
          concurrency,
          agents: agents.filter(({ model }) => model === name).length,
          footprint: footprintOf(name, batch),
          pausable: true,
        },
      ]),
    ),
    budget: {},
    memoryBytes: BUDGET_BYTES,
    policy,
  };
};

type Open = { readonly agent: SimulatedAgent; readonly turn: SimulatedTurn; readonly trip: Trip };

/**
 * Drives the scheduler that the product runs on a simulated card, until all calls are answered. Times follow from
 * `assumptions.ts` alone.
 */
export const simulate = (trial: Trial): Report => {
  const config = configOf(trial);
  const step = schedulerStep(config);
  const agenda = new Agenda();
  const card = new Card(trial.batch);
  const open = new Map<string, Open>();
  const saved = new Map<string, Sequence>();
  const waitingSince = new Map<string, number>();
  const timers = new Map<string, () => void>();
  const asked = new Map<string, number>();
  const trips: Trip[] = [];
  let state = emptyScheduler(config);
  let isComputing = false;
  let copyFreeS = 0;
  let loads = 0;
  let saves = 0;
  let peakBytes = 0;
  let makespanS = 0;

  const tell = (message: Message): void => {
    const turn = step(state, message);
    state = turn.state;
    peakBytes = Math.max(peakBytes, usedBytes(state.memory));
    turn.effects.forEach(perform);
    compute();
  };

  /** The bus to the card is used by one copy at a time, while the card computes for the models that are there. */
  const copy = (seconds: number, then: () => void): void => {
    copyFreeS = Math.max(copyFreeS, agenda.nowS) + seconds;
    agenda.at(copyFreeS, then);
  };

  const perform = (effect: Effect): void => {
    switch (effect.type) {
      case "startTimer":
        timers.set(
          effect.timer,
          agenda.at(agenda.nowS + effect.ms / 1000, () => tell({ type: "timer.fired", timer: effect.timer })),
        );
        return;
      case "cancelTimer":
        timers.get(effect.timer)?.();
        return;
      case "loadModel": {
        loads += 1;
        const { model, bytes } = effect;
        return copy(loadS(model as ModelName), () => tell({ type: "model.loaded", model, bytes }));
      }
      case "evictModel": {
        const { model } = effect;
        return void agenda.at(agenda.nowS + UNLOAD_S, () => tell({ type: "model.evicted", model }));
      }
      case "generate":
      case "restoreSequence": {
        const call = open.get(effect.request);
        if (call === undefined) throw new Error(`${effect.request} was granted and is not open`);
        noteGrant(effect.request, call.trip);
        const from = saved.get(effect.request);
        saved.delete(effect.request);
        const { model } = call.agent;
        const begin = (): void => card.begin(effect, model, call.turn, from);
        if (from === undefined) return begin();
        return copy(copyKvS(model, from.read + from.written), () => {
          begin();
          compute();
        });
      }
      case "saveSequence":
        saves += 1;
        card.save(effect.request);
        return;
      case "send":
        if (effect.body.type === "inference.failed") throw new Error(effect.body.failure.message);
        if (effect.body.type === "inference.completed") answered(effect.body.request);
        return;
      default:
        throw new Error(`nothing here does ${effect.type}`);
    }
  };

  const noteGrant = (request: string, trip: Trip): void => {
    const waitedS = agenda.nowS - (waitingSince.get(request) ?? agenda.nowS);
    trip.waitedS += waitedS;
    trip.longestWaitS = Math.max(trip.longestWaitS, waitedS);
    if (trip.startedS < 0) trip.startedS = agenda.nowS;
  };

  const compute = (): void => {
    if (isComputing) return;
    const evaluation = card.evaluate();
    if (evaluation === undefined) return;
    isComputing = true;
    agenda.at(agenda.nowS + evaluation.seconds, () => {
      isComputing = false;
      for (const each of evaluation.ended) left(each);
      compute();
    });
  };

  const left = ({ type, sequence }: Ended): void => {
    const { request, turn, model } = sequence;
    if (type === "saved") {
      saved.set(request, sequence);
      waitingSince.set(request, agenda.nowS);
      return tell({ type: "inference.paused", request });
    }
    const usage = { promptTokens: turn.promptTokens, outputTokens: turn.outputTokens };
    const times = { startedAtUs: 0, finishedAtUs: 0 };
    tell({ type: "inference.completed", request, reply: { text: "", usage, model, ...times } });
  };

  const ask = (agent: SimulatedAgent): void => {
    const index = asked.get(agent.name) ?? 0;
    const turn = agent.turns[index];
    if (turn === undefined) return;
    asked.set(agent.name, index + 1);
    const request = `${agent.name}:${index}`;
    const askedS = agenda.nowS;
    const trip: Trip = {
      agent: agent.name,
      askedS,
      startedS: -1,
      longestWaitS: 0,
      waitedS: 0,
      endedS: -1,
    };
    trips.push(trip);
    open.set(request, { agent, turn, trip });
    waitingSince.set(request, askedS);
    tell({
      type: "inference.requested",
      request,
      replyTo: actorId(`agent/${agent.name}/s`),
      body: bodyOf(agent, turn),
    });
  };

  const answered = (request: string): void => {
    const call = open.get(request);
    if (call === undefined) throw new Error(`${request} was answered twice`);
    open.delete(request);
    call.trip.endedS = agenda.nowS;
    makespanS = agenda.nowS;
    agenda.at(agenda.nowS + call.turn.pauseMs / 1000, () => ask(call.agent));
  };

  for (const agent of trial.agents)
    for (let slot = 0; slot < agent.window; slot++) agenda.at(0, () => ask(agent));
  agenda.run();
  const all = trial.agents.reduce((sum, { turns }) => sum + turns.length, 0);
  const lost = all - trips.filter(({ endedS }) => endedS >= 0).length;
  return { makespanS, trips, loads, saves, peakBytes, lost };
};

const BYTES_PER_TOKEN = 4;
const texts = new Map<number, string>();

const bodyOf = ({ name, model }: SimulatedAgent, { promptTokens }: SimulatedTurn) => {
  const content = texts.get(promptTokens) ?? "x".repeat(promptTokens * BYTES_PER_TOKEN);
  texts.set(promptTokens, content);
  return { model, agent: name, lines: [{ role: "user" as const, content }], maxTokens: 80, temperature: 0 };
};
