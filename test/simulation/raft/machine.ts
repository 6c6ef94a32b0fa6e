import type { Entry, LogIndex } from "../../../coordination/raft/types.ts";

/**
 * A store of strings by key, and what each proposal was answered. One that comes again, under the same id, is answered
 * the same and changes nothing: that is what makes retries safe.
 */
export type Machine = {
  applied: LogIndex;
  /** Tells two machines apart that did not apply the same. */
  digest: number;
  values: Map<string, string>;
  answers: Map<string, string>;
};

export const emptyMachine = (): Machine => ({ applied: 0, digest: 0, values: new Map(), answers: new Map() });

export const applyTo = (machine: Machine, { index, term, payload }: Entry): string => {
  machine.applied = index;
  machine.digest = mixed(mixed(machine.digest, index), term);
  if (payload.type !== "command") return "";
  machine.digest = mixedText(mixedText(machine.digest, payload.id), payload.data);
  const known = machine.answers.get(payload.id);
  if (known !== undefined) return known;
  const answer = execute(machine.values, payload.data);
  machine.answers.set(payload.id, answer);
  return answer;
};

/** Commands are `set key value`, `add key text` and `cas key expected value`; only the last has more to say than that it was done. */
const execute = (values: Map<string, string>, command: string): string => {
  const [verb, key = "", one = "", other = ""] = command.split(" ");
  const value = values.get(key) ?? "";
  switch (verb) {
    case "set":
      values.set(key, one);
      return "done";
    case "add":
      values.set(key, value + one);
      return "done";
    case "cas":
      if (value !== one) return `was ${value}`;
      values.set(key, other);
      return "done";
    default:
      return "nothing";
  }
};

export const dataOf = ({ applied, digest, values, answers }: Machine): string =>
  [applied, digest, pairsOf(values), pairsOf(answers)].join("\n");

export const machineOf = (data: string): Machine => {
  const [applied = "", digest = "", values = "", answers = ""] = data.split("\n");
  return { applied: Number(applied), digest: Number(digest), values: mapOf(values), answers: mapOf(answers) };
};

const pairsOf = (map: ReadonlyMap<string, string>): string =>
  [...map].map(([key, value]) => `${key}=${value}`).join(";");

const mapOf = (pairs: string): Map<string, string> =>
  new Map(
    pairs === ""
      ? []
      : pairs.split(";").map((pair) => {
          const at = pair.indexOf("=");
          return [pair.slice(0, at), pair.slice(at + 1)];
        }),
  );

export const mixed = (digest: number, value: number): number => {
  const hash = Math.imul(digest ^ value, 0x85ebca6b);
  return (hash ^ (hash >>> 15)) >>> 0;
};

const mixedText = (digest: number, text: string): number => {
  let hash = digest;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return mixed(hash, text.length);
};
