import { useOf } from "./corpus.ts";
import type { Corpus, Frame, Noun, Template, Use } from "./corpus.ts";
import { LABELS } from "./prompt.ts";
import type { Area, Severity } from "./prompt.ts";
import { createRandom, hashOf } from "./random.ts";
import type { Random } from "./random.ts";
import { createSlots } from "./slots.ts";
import type { Slots } from "./slots.ts";
import { wrap } from "./wrap.ts";

export type Example = {
  readonly line: string;
  readonly severity: Severity;
  readonly area: Area;
  readonly system: string;
};

export type Recipe = {
  readonly seed: number;
  readonly use: Use;
  /** How much of each area; the rest of a specialist's diet is what makes it answer anything at all. */
  readonly areas: Readonly<Record<Area, number>>;
  /** The share of templates outside its main area that this model never sees, so that voters err apart. */
  readonly unseen: number;
};

/** Roughly what systems write, with the rare and costly kinds raised so that they can be learned. */
const SEVERITIES: Readonly<Record<Severity, number>> = {
  info: 0.42,
  warning: 0.2,
  error: 0.23,
  critical: 0.15,
};
const FROM_TEMPLATES = 0.6;
const SUFFIXES = [
  "on {host}",
  "for {user}",
  "(pid {pid})",
  "in {ms}",
  "at {path}:{num}",
  "[{word}={num}]",
  "from {ip}",
  "to {ip}:{port}",
  "id {uuid}",
  "on node {num}",
  "{word}={word}",
  "by {class}",
  "({path})",
  "for {class} {num}",
  "during {word}",
] as const;
const PREFIXES = [
  "{class}:",
  "[{class}]",
  "{word}:",
  "{word} {word}:",
  "[{word}-{num}]",
  "{class}",
  "thread {num}:",
  "{class} {class}:",
  "({word})",
  "id={num}",
] as const;
const SYNONYMS: readonly (readonly [string, readonly [string, string, ...string[]]])[] = [
  ["failed to", ["could not", "unable to", "cannot", "was unable to", "failure to", "can't"]],
  ["unable to", ["could not", "failed to", "cannot", "couldn't"]],
  ["could not", ["unable to", "failed to", "cannot"]],
  ["error", ["failure", "fault", "problem"]],
  ["timed out", ["timeout", "time out", "deadline exceeded"]],
  ["not found", ["missing", "does not exist", "no such entry"]],
  ["refused", ["rejected", "denied"]],
  ["starting", ["launching", "booting", "bringing up"]],
  ["started", ["launched", "running", "up"]],
  ["finished", ["completed", "done", "ended"]],
  ["retrying", ["will retry", "trying again", "attempting again"]],
  ["lost", ["dropped", "gone", "disappeared"]],
  ["fatal", ["unrecoverable", "critical", "severe"]],
  ["closing", ["shutting", "ending", "tearing down"]],
  ["deleting", ["removing", "dropping", "purging"]],
];

/** Makes `count` labelled lines; the same recipe gives the same lines. */
export const generate = (corpus: Corpus, recipe: Recipe, count: number): readonly Example[] => {
  const random = createRandom(recipe.seed);
  const slots = createSlots(random, corpus);
  const shelves = shelve(corpus, recipe);
  return Array.from({ length: count }, () => {
    const severity = weighted(SEVERITIES, LABELS.severity, random);
    const area = weighted(recipe.areas, LABELS.area, random);
    const templates = shelves.templates.get(`${severity} ${area}`) ?? [];
    return templates.length > 0 && random.chance(FROM_TEMPLATES)
      ? fromTemplate(itemOf(templates, random), random, slots)
      : compose(severity, area, { shelves, corpus, random, slots });
  });
};

type Shelves = {
  readonly templates: ReadonlyMap<string, readonly Template[]>;
  readonly frames: ReadonlyMap<Severity, readonly Frame[]>;
  readonly nouns: ReadonlyMap<Area, readonly Noun[]>;
};

const shelve = (corpus: Corpus, { seed, use, areas, unseen }: Recipe): Shelves => {
  const main = Math.max(...Object.values(areas));
  const known = (text: string, area?: Area): boolean =>
    useOf(text) === use &&
    ((area && areas[area] === main) || hashOf(`${seed}${text}`) % 1000 >= unseen * 1000);
  return {
    templates: groupBy(
      corpus.templates.filter(({ text, area }) => known(text, area)),
      ({ severity, area }) => `${severity} ${area}`,
    ),
    frames: groupBy(
      corpus.frames.filter(({ text }) => known(text)),
      ({ severity }) => severity,
    ),
    nouns: groupBy(corpus.nouns, ({ area }) => area),
  };
};

const groupBy = <T, Key>(items: readonly T[], keyOf: (item: T) => Key): ReadonlyMap<Key, readonly T[]> => {
  const groups = new Map<Key, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
};

const fromTemplate = (template: Template, random: Random, slots: Slots): Example => {
  const message = slots.fill(decorate(template.text, random, 0.15));
  // A template of no system in particular must not teach the name of its own file.
  const program = template.system.startsWith("general") ? slots.madeUpWord() : template.system;
  return {
    ...labelsOf(template),
    line: wrap({ severity: template.severity, program, message }, random, slots),
  };
};

const labelsOf = ({ severity, area, system }: Template) => ({ severity, area, system });

type Kit = {
  readonly shelves: Shelves;
  readonly corpus: Corpus;
  readonly random: Random;
  readonly slots: Slots;
};

const compose = (severity: Severity, area: Area, { shelves, corpus, random, slots }: Kit): Example => {
  const noun = (of: Area): string => itemOf(shelves.nouns.get(of) ?? [], random).text;
  const other = noun(random.chance(0.6) ? area : random.pick(LABELS.area));
  const frame = itemOf(shelves.frames.get(severity) ?? [], random).text;
  const qualified = random.chance(0.2) ? `${slots.className()} ${noun(area)}` : noun(area);
  const text = frame
    .replace("{S}", () => qualified)
    .replace("{O}", () => other)
    .replace("{why}", () => `${random.chance(0.5) ? "because of " : ""}${itemOf(corpus.reasons, random)}`);
  const message = slots.fill(decorate(text, random, 0.3));
  return {
    severity,
    area,
    system: "composed",
    line: wrap({ severity, program: slots.madeUpWord(), message }, random, slots),
  };
};

/** Neutral words around a message, other words for the same, and now and then a word lost. */
const decorate = (text: string, random: Random, probability: number): string => {
  const reworded = random.chance(0.3) ? reword(text, random) : text;
  const thinned = random.chance(0.2)
    ? reworded
        .split(" ")
        .filter(() => !random.chance(0.08))
        .join(" ")
    : reworded;
  const front = random.chance(probability) ? `${random.pick(PREFIXES)} ` : "";
  const back = random.chance(probability) ? ` ${random.pick(SUFFIXES)}` : "";
  return `${front}${thinned}${back}`;
};

const reword = (text: string, random: Random): string =>
  SYNONYMS.reduce((current, [from, to]) => {
    const at = current.toLowerCase().indexOf(from);
    return at < 0 ? current : `${current.slice(0, at)}${random.pick(to)}${current.slice(at + from.length)}`;
  }, text);

const itemOf = <T>(items: readonly T[], random: Random): T => {
  const item = items[random.below(items.length)];
  if (item === undefined)
    throw new RangeError("no template of this kind: the corpus lacks a severity or an area");
  return item;
};

const weighted = <Key extends string>(
  weights: Readonly<Record<Key, number>>,
  keys: readonly Key[],
  random: Random,
): Key => {
  const total = keys.reduce((sum, key) => sum + weights[key], 0);
  let left = random.next() * total;
  for (const key of keys) {
    left -= weights[key];
    if (left < 0) return key;
  }
  return itemOf(keys, random);
};
