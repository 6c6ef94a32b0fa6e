import type { RemoteSpec, RunPlan } from "../../actors/workflow/plan.ts";
import { SwarmError } from "../../coordination/protocol/errors.ts";
import { redactor } from "../../inference/remote/redact.ts";
import { secretHeaders, type Environment } from "../wire/secrets.ts";
import { fail, failure, ok, warn, type Finding } from "./finding.ts";

/** A list of models is short work for any server that is there. */
const patienceMs = 10_000;
const longestListBytes = 4 * 1024 * 1024;

/** Whether the endpoints of a task's remote models are there, take the key, and have the model. Nothing is asked of a model. */
export const remoteFindings = (plan: RunPlan, environment: Environment): Promise<readonly Finding[]> =>
  Promise.all(
    Object.entries(plan.models).flatMap(([name, spec]) =>
      spec.provider === "openai-compatible" ? [remoteFinding(name, spec, environment)] : [],
    ),
  );

const remoteFinding = async (name: string, spec: RemoteSpec, environment: Environment): Promise<Finding> => {
  const check = `model ${name}`;
  const startMs = performance.now();
  let redact = (text: string) => text;
  try {
    const { headers, secrets } = secretHeaders(name, spec, environment);
    redact = redactor(secrets);
    const response = await fetch(`${spec.baseUrl}/models`, {
      headers,
      redirect: "manual",
      signal: AbortSignal.timeout(patienceMs),
    });
    const place = `${spec.baseUrl} answers`;
    if (response.status === 401 || response.status === 403)
      return fail(check, `${place}, and refuses the key (${response.status})`, keyTodo(spec));
    if (response.status >= 300 && response.status < 400)
      return fail(check, `${place} by pointing elsewhere (${response.status})`, "correct baseUrl");
    if (!response.ok)
      return warn(check, `${place} with ${response.status}, and lists no models`, "try a run");
    const known = modelsIn(await boundedText(response));
    if (known.length > 0 && !known.includes(spec.model))
      return warn(check, `${place}, and does not list ${spec.model}`, redact(`it has ${listed(known)}`));
    return ok(check, `${place} in ${(performance.now() - startMs).toFixed(0)} ms, and takes the key`);
  } catch (cause) {
    if (cause instanceof SwarmError) return failure(check, cause.message, keyTodo(spec));
    return fail(
      check,
      redact(`${spec.baseUrl} does not answer: ${reasonOf(cause)}`),
      "start the server, or correct baseUrl",
    );
  }
};

const keyTodo = ({ apiKey }: RemoteSpec): string =>
  apiKey === undefined
    ? "name the key in the task, as apiKey: ${env:NAME}"
    : `set ${apiKey.slice(6, -1)} to a key that it takes`;

const boundedText = async (response: Response): Promise<string> => {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of response.body ?? []) {
    pieces.push(piece);
    bytes += piece.byteLength;
    if (bytes > longestListBytes) return "";
  }
  return Buffer.concat(pieces).toString("utf8");
};

/** The ids in a list of models; none where there is no such list. */
const modelsIn = (text: string): readonly string[] => {
  try {
    const list: unknown = JSON.parse(text);
    const data: unknown = typeof list === "object" && list !== null ? Reflect.get(list, "data") : undefined;
    if (!Array.isArray(data)) return [];
    return data.flatMap((one: unknown) => {
      const id: unknown = typeof one === "object" && one !== null ? Reflect.get(one, "id") : undefined;
      return typeof id === "string" ? [id] : [];
    });
  } catch {
    return [];
  }
};

const listed = (names: readonly string[]): string =>
  names.length > 8 ? `${names.slice(0, 8).join(", ")} and ${names.length - 8} more` : names.join(", ");

const reasonOf = (cause: unknown): string => {
  if (!(cause instanceof Error)) return String(cause);
  const inner: unknown = cause.cause;
  const code: unknown = typeof inner === "object" && inner !== null ? Reflect.get(inner, "code") : undefined;
  return typeof code === "string" ? code : cause.message;
};
