import { functions } from "../../../../actors/workflow/expression/functions.ts";
import { resultKeys } from "../../../../cli/task/check/names.ts";
import { taskJsonSchema } from "./json-schema.ts";
import type { JsonSchema } from "./json-schema.ts";
import { MAX_INPUT_BYTES, MAX_TASK_BYTES } from "../../../../cli/task/limits.ts";

/** `docs/task-reference.md`: what a task file may say, from the schema itself; a test compares them. */
export const taskReference = (): string => {
  const root = taskJsonSchema();
  return [
    "# Task file reference",
    "",
    "Generated from `cli/task/schema.ts`; `npx vitest run test/unit/cli/task/generated.test.ts -u` writes it again.",
    "",
    `A task file is YAML or JSON, at most ${MAX_TASK_BYTES / 1024 ** 2} MiB, and strict: an unknown key is an error at its place. Anchors and aliases of YAML may be used, its merge keys (\`<<\`) and tags not. ` +
      `Put \`# yaml-language-server: $schema=…/task.schema.json\` on its first line for help in the editor; \`swarm check FILE\` shows all that is wrong with a file. ` +
      `Paths in it resolve from its folder, those of flags from the current one. An input file has at most ${MAX_INPUT_BYTES / 1024 ** 2} MiB.`,
    "",
    "Spans of time are written `500ms`, `90s`, `10m`, `24h` or `7d`, sizes of memory `512MB` or `8GB` (powers of 1024, as with `MiB` and `GiB`), counts `500`, `200k` or `1M`. Names have letters, digits, `_` and `-`, at most 64, and start with no digit.",
    "",
    ...sections(root, "The file", root, new Set()),
    ...results,
    ...expressions,
    ...markdown,
  ].join("\n");
};

/** A table for an object, then sections for the objects inside it. */
const sections = (
  schema: JsonSchema,
  title: string,
  root: JsonSchema,
  seen: Set<string>,
): readonly string[] => {
  if (seen.has(title)) return [];
  seen.add(title);
  const members = Object.entries(schema.properties ?? {}).map(
    ([key, member]) => [key, asSchema(member)] as const,
  );
  const rows = members.map(([key, member]) => {
    const needed = schema.required?.includes(key) === true ? "yes" : "";
    return `| \`${key}\` | ${typeOf(member, root)} | ${needed} | ${cell(follow(member, root).description ?? member.description ?? "")} |`;
  });
  const inner = members.flatMap(([key, member]) =>
    objectsIn(member, root).flatMap((found) => sections(found, titleOf(key, found), root, seen)),
  );
  const says = schema.description === undefined ? [] : [schema.description, ""];
  return [
    `## ${title}`,
    "",
    ...says,
    "| key | type | required | meaning |",
    "| --- | --- | --- | --- |",
    ...rows,
    "",
    ...inner,
  ];
};

const titleOf = (key: string, schema: JsonSchema): string => {
  const provider = schema.properties?.["provider"];
  const name = provider === undefined ? undefined : asSchema(provider).const;
  if (name !== undefined) return `models: provider ${String(name)}`;
  return schema.properties?.["ask"] === undefined ? key : "workflow steps";
};

/** Objects with keys of their own that a value holds, itself, as items or as members. */
const objectsIn = (schema: JsonSchema, root: JsonSchema): readonly JsonSchema[] => {
  const plain = follow(schema, root);
  if (plain.properties !== undefined) return [plain];
  const parts = [...(plain.anyOf ?? []), ...(plain.oneOf ?? []), plain.items, plain.additionalProperties];
  // What may be any JSON leads to itself.
  if (plain.anyOf?.some((part) => asSchema(part).type === "null") === true && plain.description === undefined)
    return [];
  return parts.flatMap((part) =>
    isSchema(part) && part.$ref !== "#/$defs/__schema0" ? objectsIn(part, root) : [],
  );
};

const typeOf = (schema: JsonSchema, root: JsonSchema): string => {
  const plain = follow(schema, root);
  if (plain.const !== undefined) return `\`${String(plain.const)}\``;
  if (plain.enum !== undefined) return plain.enum.map((value) => `\`${String(value)}\``).join(", ");
  if (plain.type === "array")
    return plain.maxItems === undefined ? "list" : `list, ${plain.minItems ?? 0} to ${plain.maxItems}`;
  if (plain.type === "object") return plain.properties === undefined ? "map of names" : "map";
  const parts = plain.anyOf ?? plain.oneOf;
  if (parts !== undefined)
    return [...new Set(parts.map((part) => typeOf(asSchema(part), root)))].join(" or ");
  return `${plain.type === "string" ? "text" : String(plain.type ?? "any")}${rangeOf(plain)}`;
};

/** What a number may be. Bounds that only keep it whole say nothing. */
const rangeOf = ({ minimum, exclusiveMinimum, maximum }: JsonSchema): string => {
  const most = maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
  const isNoBound = minimum === Number.MIN_SAFE_INTEGER || (minimum === 0 && most === undefined);
  const least = isNoBound ? undefined : minimum;
  const from = exclusiveMinimum === undefined ? least?.toLocaleString("en") : `above ${exclusiveMinimum}`;
  const to = most?.toLocaleString("en");
  if (from === undefined) return to === undefined ? "" : `, at most ${to}`;
  if (to !== undefined)
    return exclusiveMinimum === undefined ? `, ${from} to ${to}` : `, ${from}, at most ${to}`;
  return exclusiveMinimum === undefined ? `, from ${from}` : `, ${from}`;
};

const follow = (schema: JsonSchema, root: JsonSchema): JsonSchema => {
  const name = schema.$ref?.replace("#/$defs/", "");
  return name === undefined ? schema : asSchema(root.$defs?.[name] ?? {});
};

const isSchema = (value: unknown): value is JsonSchema =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const asSchema = (value: unknown): JsonSchema => (isSchema(value) ? value : {});

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");

const results: readonly string[] = [
  "## Results of steps",
  "",
  "After a step `x`, expressions see `steps.x`. The branches of a `parallel` step can be named like steps of their own; steps inside a `map` are seen by those after them in the same item only. The result of a skipped step is null.",
  "",
  "| step | members |",
  "| --- | --- |",
  ...Object.entries(resultKeys).map(
    ([kind, keys]) => `| \`${kind}\` | ${keys.map((key) => `\`${key}\``).join(", ")} |`,
  ),
  "",
  "- `decide`: `winner` is null unless `settled`; then `recommendation` and `reason` say where it leans and why it is open. `share`, `confidence` and `calibrated` (null until a truth has taught it) go from 0 to 1; `rounds` counts the rounds of votes, and `ruling` (`by`, `option`, `reason`) is null unless a judge or a person was asked. A ballot has `voter`, `option`, `confidence`, `weight`, `status` and `reason`; `dissent` are those of the ballots that are not for `winner` or, where there is none, `recommendation`; of a tie there are none. `truth` is the right option where the task knows it, and `right` whether the winner is it.",
  "- `map`: `items` are `{index, item, steps}`; `output` has the output of the last step for each item.",
  "- `group`: `groups` are `{rank, key, count, items, first, last}`; `total` counts the groups before `take`.",
  "",
];

const expressions: readonly string[] = [
  "## Expressions",
  "",
  "`${{ … }}` in any text. If it is the whole text, its value is of any type; otherwise it is written into the text, null as nothing. There are numbers, `'text'` and `\"text\"`, `true`, `false`, `null`, lists `[a, b]`, paths `steps.verdict.winner`, `items[0]`, `a['key']`, the operators `== != < <= > >= in && || ! + - * /`, `test ? then : else` and the functions below. `+` also joins text. What is not there is null, and null runs through arithmetic. Null, false, 0, the empty text and the empty list count as false. A name may hold `-`, so a minus needs spaces around it. Nothing in an expression is run as code.",
  "",
  "Names: `inputs.NAME` (of a file: `.path`, `.text`, `.lines`, each with `number` and `text`), `steps.ID`, the item of a `map` and its `index` (from 0); in `outputs` also `run.id` and `task.name`.",
  "",
  "| function | gives |",
  "| --- | --- |",
  ...[...functions.values()]
    .toSorted((a, b) => (a.usage < b.usage ? -1 : 1))
    .map(({ usage, says }) => `| \`${usage}\` | ${cell(says)} |`),
  "",
];

const markdown: readonly string[] = [
  "## Markdown outputs",
  "",
  "`{markdown: …}` also knows `{% for x in list %}…{% endfor %}` and `{% if a %}…{% elif b %}…{% else %}…{% endif %}`. In a loop, `loop` has `index` (from 1), `first`, `last` and `length`. A line that holds one tag only leaves no line behind. `md()` makes text from outside safe in a table.",
  "",
];
