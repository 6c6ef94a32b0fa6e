import { isDeepStrictEqual } from "node:util";

/** How often each word is there. */
export const tally = (words: Iterable<string>): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
};

/** That two readings of one thing are not the same, if so. */
export const differs = (what: string, one: unknown, other: unknown): readonly string[] =>
  isDeepStrictEqual(one, other) ? [] : [`${what}: ${shown(one)} is not ${shown(other)}`];

const shown = (value: unknown): string =>
  JSON.stringify(value, (_, member: unknown) =>
    typeof member === "bigint" ? String(member) : member,
  )?.slice(0, 600) ?? "nothing";

type Sample = {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
};

/** The metrics of a page in the text format of Prometheus. */
export const metricsIn = (page: string) => {
  const samples = page.split("\n").flatMap((line): readonly Sample[] => {
    const [, name = "", labels = "", value = ""] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (name === "") return [];
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)];
    return [
      {
        name,
        labels: Object.fromEntries(pairs.map(([, key = "", word = ""]) => [key, word])),
        value: Number(value),
      },
    ];
  });
  /** The sums of a metric by the words of some labels; nothing is no sum. */
  const by = (name: string, ...labels: readonly string[]): Readonly<Record<string, number>> => {
    const sums: Record<string, number> = {};
    for (const sample of samples) {
      const key = labels.map((label) => sample.labels[label] ?? "").join(" ");
      if (sample.name === name && sample.value !== 0) sums[key] = (sums[key] ?? 0) + sample.value;
    }
    return sums;
  };
  return { by, sum: (name: string): number => by(name)[""] ?? 0 };
};
