import type { ChatLine } from "../../coordination/protocol/inference-messages.ts";

/** A conversation in which facts are stated and changed among much else, and what can be asked about it. */
export type Conversation = { readonly lines: readonly ChatLine[]; readonly questions: readonly Question[] };

/** `stale`: values that held before; to answer one of them is worse than to answer nothing. */
export type Question = {
  readonly entity: string;
  readonly attribute: Attribute;
  readonly answer: string;
  readonly stale: readonly string[];
};

const ENTITIES =
  "billing search checkout ledger gateway inventory mailer profile reporting scheduler session shipping".split(
    " ",
  );
const ATTRIBUTES = {
  port: Array.from({ length: 40 }, (_, index) => String(7001 + 13 * index)),
  owner: "Ada Boris Chen Dana Elif Farid Greta Hugo Ines Jonas Kira Luis Mara Nils Olga Pavel".split(" "),
  region: "eu-west eu-north us-east us-west ap-south ap-east sa-east af-south".split(" "),
  version: Array.from({ length: 30 }, (_, index) => `${1 + (index % 4)}.${index}.${(index * 7) % 10}`),
  timeout: Array.from({ length: 30 }, (_, index) => `${150 + 35 * index}ms`),
} as const;
export type Attribute = keyof typeof ATTRIBUTES;

const VALUES: Readonly<Record<Attribute, readonly string[]>> = ATTRIBUTES;

type Statement = (entity: string, attribute: string, value: string) => string;
const USUAL: readonly Statement[] = [
  (entity, attribute, value) => `The ${attribute} of ${entity} is ${value}.`,
  (entity, attribute, value) => `The ${entity} ${attribute} is now ${value}.`,
  (entity, attribute, value) => `Please note that ${entity}'s ${attribute} is ${value}.`,
  (entity, attribute, value) => `We changed the ${attribute} of ${entity} to ${value}.`,
  (entity, attribute, value) => `${entity} ${attribute}: ${value}`,
  (entity, attribute, value) => `The ${entity} ${attribute} was moved to ${value}.`,
];
/** As people also say it; no pattern is made for these. */
const UNUSUAL: readonly Statement[] = [
  (entity, attribute, value) => `For ${entity} we went with ${value} as the ${attribute} in the end.`,
  (entity, attribute, value) =>
    `After the call, ${value} it shall be for the ${attribute} over at ${entity}.`,
];
const UNUSUAL_PART = 0.1;

const FILLER = [
  "I looked at the dashboards again and nothing stood out to me this time.",
  "Thanks, that makes sense, let us keep going with what we had in mind.",
  "Could you check the notes from the last meeting before we decide?",
  "The build was slow this morning, but it recovered without anyone doing something.",
  "I think we should write this down somewhere so that newcomers find it.",
  "Let me know when you have had a chance to go over the draft.",
  "We talked about the rollout for a while and agreed to wait one more day.",
  "There were some complaints about the colours in the new design.",
  "Nobody could say why the tests were flaky, so we ran them once more.",
  "It would be good to clean this up when there is time for it.",
  "The customer was happy with the demo and asked for a second one.",
  "I will be away on Thursday, so somebody else has to take the meeting.",
];

/** The same conversation for the same seed. `sentences`: how long it is; `changes`: how often a fact changes at most. */
export const conversationOf = (seed: number, sentences = 1200, changes = 2): Conversation => {
  const random = mulberry(seed);
  const pick = <Item>(items: readonly Item[]): Item => {
    const item = items[Math.floor(random() * items.length)];
    if (item === undefined) throw new Error("nothing to pick from");
    return item;
  };
  const said: { readonly at: number; readonly text: string }[] = [];
  const questions = ENTITIES.flatMap((entity) =>
    (Object.keys(ATTRIBUTES) as Attribute[]).map((attribute): Question => {
      const times = 1 + Math.floor(random() * (changes + 1));
      const values: string[] = [];
      while (values.length < times) {
        const value = pick(VALUES[attribute]);
        if (!values.includes(value)) values.push(value);
      }
      const places = values.map(() => random()).sort((one, other) => one - other);
      for (const [index, value] of values.entries()) {
        const state = pick(random() < UNUSUAL_PART ? UNUSUAL : USUAL);
        said.push({ at: places[index] ?? 0, text: state(entity, attribute, value) });
      }
      return { entity, attribute, answer: values.at(-1) ?? "", stale: values.slice(0, -1) };
    }),
  );
  while (said.length < sentences) said.push({ at: random(), text: pick(FILLER) });
  const ordered = said.sort((one, other) => one.at - other.at).map(({ text }) => text);
  const lines: ChatLine[] = [{ role: "system", content: "You keep track of a team's services." }];
  for (let at = 0; at < ordered.length; at += 4) {
    const content = ordered.slice(at, at + 4).join("\n");
    lines.push({ role: lines.length % 2 === 1 ? "user" : "assistant", content });
  }
  lines.push({ role: "user", content: "Are you ready for my questions?" });
  return { lines, questions };
};

/**
 * Answers by the last sentence that names both the thing and what is asked of it: the value of that kind which stands last in it. It
 * reads whole conversations and shortened ones alike.
 */
export const readAnswer = (
  lines: readonly ChatLine[],
  { entity, attribute }: Question,
): string | undefined => {
  const values = new Set(VALUES[attribute]);
  let answer: string | undefined;
  for (const { content } of lines)
    for (const sentence of content.split("\n")) {
      const words: readonly string[] = sentence.match(/[\w.-]*\w/g) ?? [];
      if (!words.includes(entity) || !words.includes(attribute)) continue;
      answer = words.findLast((word) => values.has(word)) ?? answer;
    }
  return answer;
};

/** Words and signs: near enough to a tokenizer, and the same everywhere. */
export const countTokens = (text: string): number => text.match(/\w+|[^\s\w]/g)?.length ?? 0;

const mulberry = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};
