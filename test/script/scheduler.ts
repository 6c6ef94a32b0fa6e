import type { Effect } from "../../coordination/protocol/effect.ts";
import { actorId } from "../../coordination/protocol/ids.ts";
import type { Message } from "../../coordination/protocol/message.ts";
import { schedulerStep } from "../../inference/scheduler.ts";
import type { ModelConfig, PolicyConfig, SchedulerConfig } from "../../inference/scheduling/config.ts";
import { holdingOf, usedBytes } from "../../inference/scheduling/memory.ts";
import { emptyScheduler, type SchedulerState } from "../../inference/scheduling/state.ts";

type Words = readonly string[];
type Play = { config: SchedulerConfig; state: SchedulerState | undefined; due: string[] };

/**
 * Plays a transcript on a scheduler: a line is setup, a deed, `> EFFECT` or `= used BYTES`. All effects of a deed must be named, in
 * their order, before the next one. A failure names its line.
 */
export const runSchedulerScript = (text: string): readonly string[] => {
  const failures: string[] = [];
  const play: Play = { config: { models: {}, budget: {} }, state: undefined, due: [] };
  const lines = [...text.split("\n").entries(), [-1, "end"] as const];
  for (const [at, line] of lines) {
    const words = line.replace(/#.*/, "").split(/\s+/).filter(Boolean);
    if (words.length === 0) continue;
    const problem = playLine(play, words);
    if (problem !== undefined) failures.push(`line ${at + 1}: ${line.trim()}: ${problem}`);
  }
  return failures;
};

const playLine = (play: Play, words: Words): string | undefined => {
  const [verb = "", ...rest] = words;
  if (verb === ">") {
    const effect = play.due.shift() ?? "nothing more";
    return effect === rest.join(" ") ? undefined : `it did: ${effect}`;
  }
  if (verb === "=") {
    const used = usedBytes((play.state ?? emptyScheduler(play.config)).memory);
    return rest.join(" ") === `used ${used}` ? undefined : `used ${used}`;
  }
  const missed = play.due.splice(0);
  if (missed.length > 0) return `before it came: ${missed.join(" | ")}`;
  if (verb === "end") return undefined;
  const setup = setupOf(play.config, verb, rest);
  if (setup !== undefined) {
    play.config = setup;
    return undefined;
  }
  const before = play.state ?? emptyScheduler(play.config);
  const message = messageOf(before, verb, rest);
  if (message === undefined) return "nobody knows this word";
  const turn = schedulerStep(play.config)(before, message);
  play.state = turn.state;
  play.due = turn.effects.map(describe);
  return undefined;
};

/** The number after a word. */
const numberAfter = (words: Words, word: string): number | undefined => {
  const at = words.indexOf(word);
  return at < 0 ? undefined : Number(words[at + 1]);
};

const setupOf = (config: SchedulerConfig, verb: string, words: Words): SchedulerConfig | undefined => {
  const [first = ""] = words;
  switch (verb) {
    case "memory":
      return { ...config, memoryBytes: Number(first) };
    case "tokens":
      return { ...config, budget: { tokens: Number(first) } };
    case "queue":
      return { ...config, maxQueued: Number(first) };
    case "weight":
      return { ...config, weights: { ...config.weights, [first]: Number(words[1]) } };
    case "policy":
      return { ...config, policy: { type: first } as PolicyConfig };
    case "model": {
      const base = numberAfter(words, "base");
      const model: ModelConfig = {
        concurrency: numberAfter(words, "sequences") ?? 1,
        agents: numberAfter(words, "agents") ?? 1,
        pausable: words.includes("pausable"),
        ...(base === undefined
          ? {}
          : { footprint: { baseBytes: base, sequenceBytes: numberAfter(words, "sequence") ?? 0 } }),
      };
      return { ...config, models: { ...config.models, [first]: model } };
    }
    default:
      return undefined;
  }
};

const messageOf = (state: SchedulerState, verb: string, words: Words): Message | undefined => {
  const [first = ""] = words;
  const failure = {
    code: "ENGINE_CRASHED",
    message: "gone",
    retryable: words.includes("retryable"),
  } as const;
  switch (verb) {
    case "ask": {
      // ask REQUEST by AGENT of MODEL [priority N] [deadline MS]
      const [request = "", , agent = "", , model = ""] = words;
      const priority = numberAfter(words, "priority");
      const deadlineMs = numberAfter(words, "deadline");
      return {
        type: "inference.requested",
        request,
        replyTo: actorId(`agent/${agent}/s`),
        body: { model, agent, lines: [{ role: "user", content: "hello" }], maxTokens: 10, temperature: 0 },
        ...(priority === undefined ? {} : { priority }),
        ...(deadlineMs === undefined ? {} : { deadlineMs }),
      };
    }
    case "withdraw":
      return { type: "inference.cancelled", request: first };
    case "done": {
      const usage = { promptTokens: 2, outputTokens: 5 };
      const reply = { text: "", usage, model: "m", startedAtUs: 0, finishedAtUs: 1000 };
      return { type: "inference.completed", request: first, reply };
    }
    case "broke":
      return { type: "inference.failed", request: first, failure };
    case "paused":
      return { type: "inference.paused", request: first };
    case "loaded": {
      const bytes = words[1] === undefined ? (holdingOf(state.memory, first)?.bytes ?? 0) : Number(words[1]);
      return { type: "model.loaded", model: first, bytes };
    }
    case "failed":
      return { type: "model.failed", model: first, failure };
    case "evicted":
      return { type: "model.evicted", model: first };
    case "fire":
      return { type: "timer.fired", timer: first };
    default:
      return undefined;
  }
};

const describe = (effect: Effect): string => {
  switch (effect.type) {
    case "loadModel":
      return `load ${effect.model} ${effect.sequences} sequences ${effect.bytes} bytes`;
    case "evictModel":
      return `evict ${effect.model}`;
    case "generate":
      return `grant ${effect.request} ${effect.grant.model}/${effect.grant.sequence}`;
    case "restoreSequence":
      return `restore ${effect.request} ${effect.grant.model}/${effect.grant.sequence}`;
    case "saveSequence":
      return `save ${effect.request}`;
    case "abortGeneration":
      return `abort ${effect.request}`;
    case "startTimer":
      return `timer ${effect.timer} ${effect.ms} ms`;
    case "cancelTimer":
      return `cancel ${effect.timer}`;
    case "send":
      return effect.body.type === "inference.failed"
        ? `refuse ${effect.body.request} ${effect.body.failure.code}`
        : `answer ${"request" in effect.body ? effect.body.request : ""}`;
    default:
      return effect.type;
  }
};
