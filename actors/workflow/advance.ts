import type { Effect, EndRun } from "../../coordination/protocol/effect.ts";
import { exitCodes } from "../../coordination/protocol/errors.ts";
import { invariant, unreachable } from "../../coordination/protocol/invariant.ts";
import type { Json } from "../../coordination/protocol/json.ts";
import { copyOf } from "../../coordination/protocol/record.ts";
import { isTrue } from "./expression/values.ts";
import { groupResult } from "./group.ts";
import { listOf } from "./list.ts";
import { addressOf, innerSteps, type Outline } from "./outline.ts";
import type { MapStep, PlanStep, RunPlan } from "./plan.ts";
import { idOf, parentOf } from "./paths.ts";
import { branchResults, mapValues, outputOf } from "./results.ts";
import { itemIndex, scopeAt, type Renderer, type ScopeDeps } from "./scope.ts";
import {
  allResults,
  itemAt,
  withItem,
  withResults,
  type Frame,
  type ItemResults,
  type Results,
  type WorkflowState,
} from "./state.ts";
import { openDecision } from "./decide.ts";
import { assignAsk, saidBy } from "./steps.ts";

export type AdvanceDeps = {
  readonly plan: RunPlan;
  readonly outline: Outline;
  readonly render: Renderer;
  /** Names that every expression sees: inputs, run, task. */
  readonly base: Readonly<Record<string, Json>>;
  readonly modelKeys: Readonly<Record<string, string>>;
};

/** A copy of the state that one turn works on, and what the turn wants done. Nobody else sees it before it is whole. */
export class Advance {
  readonly frames: Record<string, Frame>;
  readonly effects: Effect[] = [];
  unsettled: boolean;
  waiting: readonly string[];
  ended: EndRun | null;
  readonly deps: AdvanceDeps;
  readonly #scopes: ScopeDeps;

  constructor(state: WorkflowState, deps: AdvanceDeps) {
    this.frames = copyOf(state.frames);
    this.unsettled = state.unsettled;
    this.waiting = state.waiting ?? [];
    this.ended = state.ended;
    this.deps = deps;
    this.#scopes = { base: deps.base, outline: deps.outline, render: deps.render };
  }

  state(): WorkflowState {
    // Also where it is empty: what is left out stays as it was.
    const { frames, unsettled, waiting, ended } = this;
    return { frames, unsettled, waiting, ended };
  }

  /** Enters the workflow at its first step. Returns the results of all steps if nothing had to be waited for. */
  begin(): Results | undefined {
    this.frames[""] = { type: "sequence", next: 0, results: [] };
    return this.#runSequence("");
  }

  /** The step at `path` has its result; goes on from there. Returns the results of all steps when the last one is done. */
  complete(path: string, result: Json): Results | undefined {
    delete this.frames[path];
    const parent = parentOf(path);
    const frame = this.frames[parent];
    invariant(frame !== undefined, `${path} ended, but nothing waits for it`);
    if (frame.type === "parallel") {
      const branched = this.#branchDone(parent, frame, path, result);
      return branched === undefined ? undefined : this.complete(parent, branched);
    }
    invariant(frame.type === "sequence", `${parent} is no sequence`);
    this.#stepDone(parent, frame, path, result);
    const results = this.#runSequence(parent);
    if (results === undefined || parent === "") return results;
    const mapPath = parent.slice(0, parent.lastIndexOf("["));
    this.#itemDone(mapPath, parent, results);
    const mapped = this.fillWindow(mapPath);
    return mapped === undefined ? undefined : this.complete(mapPath, mapped);
  }

  end(ended: Omit<EndRun, "type">): void {
    this.ended = { type: "endRun", ...ended };
    this.effects.push(this.ended);
  }

  fail(message: string): void {
    this.end({ outcome: "failed", exit: exitCodes.failed, outputs: {}, message });
  }

  scope(path: string): Readonly<Record<string, Json>> {
    return scopeAt(path, this.frames, this.#scopes);
  }

  // Runs steps until one has to be waited for; the results of the whole sequence if none has.
  #runSequence(path: string): Results | undefined {
    for (;;) {
      const frame = this.frames[path];
      invariant(frame?.type === "sequence", `${path} is no sequence`);
      const step = this.#stepsAt(path)[frame.next];
      if (step === undefined) return allResults(frame.results);
      const stepPath = path === "" ? step.id : `${path}/${step.id}`;
      const result = this.#start(stepPath, step);
      if (result === undefined) return undefined;
      delete this.frames[stepPath];
      this.#stepDone(path, frame, stepPath, result);
    }
  }

  #stepsAt(path: string): readonly PlanStep[] {
    if (path === "") return this.deps.plan.steps;
    const place = this.deps.outline.get(addressOf(path));
    return place === undefined ? [] : innerSteps(place.step);
  }

  // The result of a step that is done at once; `undefined` if it has to be waited for.
  #start(path: string, step: PlanStep): Json | undefined {
    return saidBy(`step ${path}`, () => this.#begin(path, step));
  }

  #begin(path: string, step: PlanStep): Json | undefined {
    const { plan, render } = this.deps;
    const scope = this.scope(path);
    if (step.if !== undefined && !isTrue(render.value(step.if, scope))) return null;
    switch (step.type) {
      case "ask":
        this.effects.push(...assignAsk(step, path, scope, render, plan.agents));
        this.frames[path] = { type: "ask" };
        return undefined;
      case "decide":
        this.effects.push(...openDecision(step, path, scope, this.deps));
        this.frames[path] = { type: "decide" };
        return undefined;
      case "group":
        return groupResult(step, path, scope, render);
      case "parallel":
        return this.#startParallel(path, step.steps);
      case "map": {
        const size = listOf(step, path, scope, render).length;
        this.frames[path] = { type: "map", size, started: 0, finished: 0, results: [] };
        return this.fillWindow(path);
      }
      default:
        return unreachable(step);
    }
  }

  #startParallel(path: string, steps: readonly PlanStep[]): Json | undefined {
    this.frames[path] = { type: "parallel", waiting: steps.length, results: {} };
    let done: Json | undefined;
    for (const step of steps) {
      const stepPath = `${path}/${step.id}`;
      const result = this.#start(stepPath, step);
      if (result === undefined) continue;
      delete this.frames[stepPath];
      const frame = this.frames[path];
      invariant(frame?.type === "parallel", `${path} is not parallel`);
      done = this.#branchDone(path, frame, stepPath, result);
    }
    return done;
  }

  #branchDone(
    path: string,
    frame: Extract<Frame, { type: "parallel" }>,
    branch: string,
    result: Json,
  ): Json | undefined {
    const results = { ...frame.results, [idOf(branch)]: result };
    this.frames[path] = { ...frame, waiting: frame.waiting - 1, results };
    return frame.waiting > 1 ? undefined : { output: mapValues(results, outputOf), steps: results };
  }

  #stepDone(path: string, frame: Extract<Frame, { type: "sequence" }>, stepPath: string, result: Json): void {
    const place = this.deps.outline.get(addressOf(stepPath));
    const inner = place === undefined ? {} : branchResults(place.step, result);
    this.frames[path] = {
      ...frame,
      next: frame.next + 1,
      results: withResults(frame.results, { ...inner, [idOf(stepPath)]: result }),
    };
  }

  #itemDone(mapPath: string, itemPath: string, results: Results): void {
    delete this.frames[itemPath];
    const map = this.#map(mapPath);
    this.frames[mapPath] = {
      ...map,
      finished: map.finished + 1,
      results: withItem(map.results, itemIndex(itemPath), results),
    };
  }

  // Starts items until the window is full; the result of the map when the last one is done.
  fillWindow(path: string): Json | undefined {
    const step = this.deps.outline.get(addressOf(path))?.step;
    invariant(step?.type === "map", `${path} is no map`);
    for (;;) {
      const map = this.#map(path);
      if (map.finished === map.size) return this.#mapResult(path, step, map.results);
      if (map.started === map.size || this.#working(path, map) >= step.concurrency) return undefined;
      const itemPath = `${path}[${map.started}]`;
      this.frames[path] = { ...map, started: map.started + 1 };
      this.frames[itemPath] = { type: "sequence", next: 0, results: [] };
      const results = this.#runSequence(itemPath);
      if (results !== undefined) this.#itemDone(path, itemPath, results);
    }
  }

  /** Items that take up a place in the window. */
  #working(path: string, { started, finished }: { started: number; finished: number }): number {
    const waiting = this.waiting.filter((decision) => decision.startsWith(`${path}[`));
    const items = new Set(waiting.map((decision) => decision.slice(0, decision.indexOf("]", path.length))));
    return started - finished - items.size;
  }

  #map(path: string): Extract<Frame, { type: "map" }> {
    const frame = this.frames[path];
    invariant(frame?.type === "map", `${path} is no map`);
    return frame;
  }

  #mapResult(path: string, step: MapStep, results: ItemResults): Json {
    const last = step.steps.at(-1)?.id ?? "";
    const items = listOf(step, path, this.scope(path), this.deps.render).map((item, index) => ({
      index,
      item,
      steps: itemAt(results, index) ?? {},
    }));
    return { output: items.map((item) => outputOf(item.steps[last] ?? null)), items, count: items.length };
  }
}
