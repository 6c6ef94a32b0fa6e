import type { Json } from "../../coordination/protocol/json.ts";
import type { HeaderRow } from "../../coordination/protocol/row.ts";
import { redactor, type Redact } from "../../observability/redact.ts";
import type { SpanReaderDeps } from "../../observability/spans/reader.ts";
import { sha256 } from "../wire/digest.ts";
import type { Settings } from "../wire/settings.ts";

/** How the rows of a run are read into spans that may be shown: every sink of this program reads by this. */
export const readingOf = (
  header: HeaderRow,
  { environment }: Pick<Settings, "environment">,
  content: boolean,
): SpanReaderDeps => ({ sha256, redact: redactFor(header, environment), content });

/** Knows the secrets of the environment that the task of a run names. */
const redactFor = ({ plan }: HeaderRow, environment: Settings["environment"]): Redact =>
  redactor([...namedVariables(plan)].flatMap((name) => environment(name) ?? []));

/** Variables that a plan names: `${env:NAME}` in any text, and members such as `apiKeyEnv`. */
function* namedVariables(value: Json, key = ""): Generator<string> {
  if (typeof value === "string") {
    if (/env$/i.test(key)) yield value;
    for (const [, name = ""] of value.matchAll(/\$\{env:(\w+)/g)) yield name;
  } else if (typeof value === "object" && value !== null) {
    for (const [name, member] of Object.entries(value)) yield* namedVariables(member, name);
  }
}

/** Whether prompts and replies may be told: a flag, or the variable that OpenTelemetry has for it, says so. */
export const tellsContent = (
  flag: boolean | undefined,
  { environment }: Pick<Settings, "environment">,
): boolean =>
  flag === true ||
  environment("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT")?.toLowerCase() === "true";
