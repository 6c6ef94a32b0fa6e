import { finding } from "../finding.ts";
import type { Finding, TaskPath } from "../finding.ts";
import { mayHoldSecret, mustNameSecret, secretNames } from "../secrets.ts";

const SECRETS = /\$\{env:[^}]*\}?/g;

/**
 * A secret from the environment may be named where it is used and not recorded, and nowhere else; and what is a secret must not be
 * written there itself.
 */
export const checkSecrets = (value: unknown, path: TaskPath): readonly Finding[] => {
  if (typeof value === "string") return checkText(value, path);
  if (typeof value !== "object" || value === null) return [];
  return membersOf(value).flatMap(([key, member]) => checkSecrets(member, [...path, key]));
};

const checkText = (value: string, path: TaskPath): readonly Finding[] => {
  const found = [...value.matchAll(SECRETS)];
  const [first] = found;
  if (first !== undefined && !mayHoldSecret(path))
    return [
      finding(
        path,
        "a secret can stand in `apiKey` and `headers` of a model only: what stands here is recorded",
        undefined,
        spanOf(first),
      ),
    ];
  // The schema says what an `apiKey` looks like.
  if (path.at(-1) === "apiKey") return [];
  const hollow = found.filter(([words]) => secretNames(words).length === 0);
  if (hollow.length > 0)
    return hollow.map((one) =>
      finding(path, `"${one[0]}" names no environment variable`, "write ${env:NAME}", spanOf(one)),
    );
  if (first === undefined && mustNameSecret(path))
    return [
      finding(
        path,
        `"${path.at(-1)}" is a secret: a value that is written here would be recorded`,
        "name an environment variable, as ${env:NAME}",
      ),
    ];
  return [];
};

const spanOf = ({ index, 0: { length } }: RegExpExecArray) => ({ offset: index, length });

/** The secrets that a task has in it instead of naming them: nobody may be shown the lines that they stand in. */
export const secretsWritten = (value: unknown, path: TaskPath = []): readonly string[] => {
  if (typeof value === "string") return writtenHere(value, path);
  if (typeof value !== "object" || value === null || path.length > 3) return [];
  return membersOf(value).flatMap(([key, member]) => secretsWritten(member, [...path, key]));
};

const writtenHere = (value: string, path: TaskPath): readonly string[] => {
  if (mustNameSecret(path)) return value.search(SECRETS) >= 0 || value === "" ? [] : [value];
  if (path[0] !== "models" || path.at(-1) !== "baseUrl") return [];
  // A name and password, a query or a fragment: the schema refuses them.
  return [/\/\/([^/@]+)@/, /[?#](.+)$/s].flatMap((part) => part.exec(value)?.[1] ?? []);
};

const membersOf = (value: object): readonly (readonly [string | number, unknown])[] =>
  Array.isArray(value) ? [...value.entries()] : Object.entries(value);
