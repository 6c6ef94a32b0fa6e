import { z } from "zod";
import type { RecordedQuestion } from "../../coordination/decision/evaluation/recorded.ts";
import { SwarmError } from "../../coordination/protocol/errors.ts";

/** Problems that are told of one file. */
const MAX_PROBLEMS = 20;

const key = "needs a text or a number";
const texts = "needs a list of 2 to 64 texts";
const part = "needs a number from 0 to 1";
const chances = "needs a list of numbers, one for each option";

const Line = z.object(
  {
    id: z.union([z.string().min(1, key), z.number()], key),
    domain: z.string("needs a text").optional(),
    options: z.array(z.string(texts), texts).min(2, texts).max(64, texts),
    gold: z.string("needs a text"),
    votes: z.record(
      z.string().min(1),
      z.object(
        {
          v: z.string("needs a text"),
          c: z.number(part).min(0, part).max(1, part).nullish(),
          d: z.array(z.number(chances).min(0, part).max(1, part), chances).nullish(),
        },
        'needs an answer such as {"v": "yes", "c": 0.9}',
      ),
      {
        error: ({ code }) =>
          code === "invalid_key" ? "an agent needs a name" : "needs an answer for each agent",
      },
    ),
  },
  "a question is a JSON object",
);

/** Recorded votes, one JSON object a line; empty lines are skipped. Throws `BAD_INPUT` with the place of what is wrong. */
export const readVotes = (text: string, file: string): readonly RecordedQuestion[] => {
  const questions: RecordedQuestion[] = [];
  const problems: string[] = [];
  const lineOf = new Map<string, number>();
  for (const [at, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const read = questionFrom(line);
    const flaw = typeof read === "string" ? read : twin(read, lineOf);
    if (flaw !== undefined) problems.push(`${file}:${at + 1}: ${flaw}`);
    if (typeof read === "string") continue;
    lineOf.set(read.id, lineOf.get(read.id) ?? at + 1);
    questions.push(read);
  }
  if (questions.length === 0 && problems.length === 0) problems.push(`${file}:1: there are no votes in it`);
  if (problems.length > 0) throw new SwarmError("BAD_INPUT", told(problems));
  return questions;
};

const told = (problems: readonly string[]): string => {
  const hidden = problems.length - MAX_PROBLEMS;
  const more = hidden > 0 ? [`and ${hidden} more`] : [];
  return ["these votes cannot be read; mend each line", ...problems.slice(0, MAX_PROBLEMS), ...more].join(
    "\n  ",
  );
};

const twin = ({ id }: RecordedQuestion, lineOf: ReadonlyMap<string, number>): string | undefined => {
  const first = lineOf.get(id);
  return first === undefined ? undefined : `question "${id}" is already in line ${first}`;
};

/** The question of one line, or what is wrong with it. */
const questionFrom = (line: string): RecordedQuestion | string => {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return "this is no JSON";
  }
  const { success, data, error } = Line.safeParse(value);
  if (!success) {
    const [issue] = error.issues;
    const place =
      issue?.path
        .map(String)
        .filter((part) => part !== "")
        .join(".") ?? "";
    return `${place === "" ? "" : `${place}: `}${issue?.message ?? "not a question"}`;
  }
  const { options, gold, votes } = data;
  if (new Set(options).size < options.length) return "options: one is there twice";
  if (!options.includes(gold)) return `gold: "${gold}" is none of the options`;
  const stray = Object.entries(votes).find(([, { v }]) => !options.includes(v));
  if (stray !== undefined) return `votes.${stray[0]}.v: "${stray[1].v}" is none of the options`;
  const short = Object.entries(votes).find(([, { d }]) => (d?.length ?? options.length) !== options.length);
  if (short !== undefined)
    return `votes.${short[0]}.d: needs one number for each of ${options.length} options`;
  return {
    id: String(data.id),
    domain: data.domain ?? "general",
    options,
    gold,
    votes: Object.fromEntries(
      Object.entries(votes).map(([agent, { v, c, d }]) => [
        agent,
        {
          option: v,
          confidencePpm: c === undefined || c === null ? null : Math.round(c * 1e6),
          ...(d === undefined || d === null ? {} : { distribution: d }),
        },
      ]),
    ),
  };
};
