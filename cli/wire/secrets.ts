import type { RemoteSpec, RunPlan } from "../../actors/workflow/plan.ts";
import { SwarmError } from "../../coordination/protocol/errors.ts";
import { secretNames, withSecrets } from "../task/secrets.ts";

/** The value of an environment variable. */
export type Environment = (name: string) => string | undefined;

/** The models that the agents of a plan may come to ask. */
export const askedModels = (plan: Pick<RunPlan, "agents">): ReadonlySet<string> =>
  new Set(Object.values(plan.agents).flatMap(({ model, fallback = [] }) => [model, ...fallback]));

/** Throws `NO_SECRET` unless the environment has what the models that agents may ask need. */
export const requireSecrets = (plan: RunPlan, environment: Environment): void => {
  for (const name of askedModels(plan)) {
    const spec = plan.models[name];
    if (spec?.provider === "openai-compatible") secretHeaders(name, spec, environment);
  }
};

/** The headers of a model with their secrets in them, and the secrets by themselves. Throws `NO_SECRET`. */
export const secretHeaders = (
  model: string,
  { apiKey, headers }: Pick<RemoteSpec, "apiKey" | "headers">,
  environment: Environment,
): { readonly headers: Readonly<Record<string, string>>; readonly secrets: readonly string[] } => {
  const read = (name: string) => secretOf(name, model, environment);
  const written = Object.entries({
    ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
    ...headers,
  });
  return {
    // In small letters, so that one of the task replaces ours of the same name.
    headers: Object.fromEntries(
      written.map(([name, value]) => [name.toLowerCase(), withSecrets(value, read)]),
    ),
    secrets: written.flatMap(([, value]) => secretNames(value)).map(read),
  };
};

const secretOf = (name: string, model: string, environment: Environment): string => {
  const value = environment(name)?.trim();
  if (value === undefined || value === "")
    throw new SwarmError(
      "NO_SECRET",
      `model ${model} needs the environment variable ${name}, which is not set; set it to the key of the endpoint`,
    );
  if (!/^[\x21-\x7e]+$/.test(value))
    throw new SwarmError(
      "NO_SECRET",
      `the environment variable ${name} of model ${model} holds what no header may have, such as a line break; set it to the key alone`,
    );
  return value;
};
