import { isReference, referenceFlaw } from "../../../inference/llama/model-reference.ts";
import { LABELS } from "../../../inference/voters/prompt.ts";
import type { Draft, TaskDraft } from "../draft.ts";
import { finding } from "../finding.ts";
import type { Finding, TaskPath } from "../finding.ts";
import type { Flaws } from "../flaws.ts";
import { suggest } from "../nearest.ts";
import type { TaskAgent, TaskInput, TaskModel } from "../schema.ts";
import { shippedVoters, voterShorthand } from "../voters.ts";
import { checkRemote } from "./remote.ts";

/** Checks inputs, models and agents by themselves. */
export const checkTeam = (task: TaskDraft, flaws: Flaws): readonly Finding[] => [
  ...Object.entries(task.inputs ?? {}).flatMap(([name, input]) => checkInput(name, input ?? {})),
  ...Object.entries(task.models ?? {}).flatMap(([name, model]) => checkModel(name, model ?? {}, task, flaws)),
  ...Object.entries(task.agents ?? {}).flatMap(([name, agent]) =>
    agent?.model === undefined || flaws.isBroken(["models"])
      ? []
      : modelNames(agent.model).flatMap(({ model, place }) =>
          checkModelName(model, ["agents", name, "model", ...place], task),
        ),
  ),
];

/** The names in a value that is one name or a list of them, and where in it each stands. */
const modelNames = (
  model: Draft<TaskAgent["model"]>,
): readonly { readonly model: string; readonly place: readonly number[] }[] =>
  typeof model === "string"
    ? [{ model, place: [] }]
    : model.flatMap((one, place) => (one === undefined ? [] : [{ model: one, place: [place] }]));

/** Whether a task lacks an agent. Without a list of agents nobody can say. */
export const lacksAgent = (task: TaskDraft, name: string): boolean =>
  task.agents !== undefined && !Object.hasOwn(task.agents, name);

export const unknownAgent = (name: string, path: TaskPath, task: TaskDraft): Finding =>
  finding(path, `there is no agent "${name}"`, suggest(name, Object.keys(task.agents ?? {})));

const checkInput = (name: string, input: Draft<TaskInput>): readonly Finding[] => {
  if (input.type === undefined) return [];
  const path = ["inputs", name];
  if (input.path !== undefined && input.type !== "file")
    return [
      finding(
        [...path, "path"],
        `only a file has a "path"; input "${name}" is a ${input.type}`,
        undefined,
        "key",
      ),
    ];
  if (input.path !== undefined && input.default !== undefined)
    return [
      finding(
        [...path, "default"],
        `"path" and "default" say the same of a file; keep one`,
        undefined,
        "key",
      ),
    ];
  for (const key of ["path", "default"] as const) {
    if (input.type === "file" && input[key] === "")
      return [finding([...path, key], `the path of input "${name}" is empty; name a file, or leave it out`)];
  }
  if (input.default === undefined) return [];
  const wanted = input.type === "file" || input.type === "text" ? "string" : input.type;
  if (wanted === "json" || typeof input.default === wanted) return [];
  return [
    finding(
      [...path, "default"],
      `the default of input "${name}" is no ${input.type === "file" ? "path" : input.type}`,
    ),
  ];
};

const checkModel = (
  name: string,
  model: Draft<TaskModel>,
  task: TaskDraft,
  flaws: Flaws,
): readonly Finding[] => [
  ...(model.provider === "openai-compatible"
    ? checkRemote(name, model, task, flaws)
    : checkLocal(name, model, task)),
  ...modelNames(model.fallback ?? []).flatMap((one) =>
    checkModelName(one.model, ["models", name, "fallback", ...one.place], task),
  ),
];

const checkLocal = (name: string, model: Draft<TaskModel>, task: TaskDraft): readonly Finding[] => {
  if (model.provider === "voter" && model.voter !== undefined && !shippedVoters.includes(model.voter)) {
    return [
      finding(
        ["models", name, "voter"],
        `no voter called "${model.voter}" ships`,
        suggest(model.voter, shippedVoters),
      ),
    ];
  }
  if (model.provider === "llama" && model.file !== undefined && isReference(model.file)) {
    const flaw = referenceFlaw(model.file);
    return flaw === undefined ? [] : [finding(["models", name, "file"], flaw)];
  }
  if (model.provider !== "scripted") return [];
  return (model.replies ?? []).flatMap((reply, place) =>
    reply?.agent === undefined || !lacksAgent(task, reply.agent)
      ? []
      : [unknownAgent(reply.agent, ["models", name, "replies", place, "agent"], task)],
  );
};

const checkModelName = (model: string, path: TaskPath, task: TaskDraft): readonly Finding[] => {
  const voter = voterShorthand(model);
  if (voter !== undefined)
    return shippedVoters.includes(voter)
      ? []
      : [finding(path, `no voter called "${voter}" ships`, suggest(voter, shippedVoters))];
  const known = Object.keys(task.models ?? {});
  return known.includes(model)
    ? []
    : [
        finding(
          path,
          `there is no model "${model}"`,
          suggest(model, [...known, ...shippedVoters.map((name) => `voter:${name}`)]) ??
            "name one under `models`, or write voter:NAME",
        ),
      ];
};

/** The voter among the models that an agent may come to ask; `undefined` if all of them can write. */
export const voterOf = (agent: string, task: TaskDraft): string | undefined => {
  const model = Object.hasOwn(task.agents ?? {}, agent) ? task.agents?.[agent]?.model : undefined;
  const models = task.models ?? {};
  const seen = new Set<string>();
  const waiting = modelNames(model ?? []).map((one) => one.model);
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    if (seen.has(name)) continue;
    seen.add(name);
    const shorthand = voterShorthand(name);
    if (shorthand !== undefined) return shorthand;
    const spec = Object.hasOwn(models, name) ? models[name] : undefined;
    if (spec?.provider === "voter") return spec.voter;
    waiting.push(...modelNames(spec?.fallback ?? []).map((one) => one.model));
  }
  return undefined;
};

/** A voter knows two sets of labels and no other words. */
export const labelFlaw = (
  agent: string,
  voter: string,
  options: readonly string[] | undefined,
): { readonly message: string; readonly hint: string } | undefined => {
  const hint = Object.entries(LABELS)
    .map(([question, labels]) => `${question}: [${labels.join(", ")}]`)
    .join("; ");
  if (options === undefined)
    return {
      message: `agent "${agent}" runs on a labels-only model (voter ${voter}) and cannot write prose; give it options`,
      hint,
    };
  const wanted = [...options].toSorted().join("\n");
  const known = Object.values(LABELS).some((labels) => [...labels].toSorted().join("\n") === wanted);
  return known
    ? undefined
    : {
        message: `agent "${agent}" runs on a labels-only model (voter ${voter}), which knows only these options`,
        hint,
      };
};
