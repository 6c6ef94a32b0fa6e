// How the weighed rules do where there is little to learn from: teams of equals, few questions, made up by a seed.
//   npm run bench -- equals [REPEATS]
import { assess } from "../../coordination/decision/evaluation/assess.ts";
import { chanceFrom, type Chance } from "../../coordination/decision/evaluation/chance.ts";
import type { RecordedQuestion } from "../../coordination/decision/evaluation/recorded.ts";

type World = {
  readonly name: string;
  readonly agents: number;
  readonly options: number;
  readonly domains: number;
  /** How often each agent is right when it says .95, and when it says .6; it says both as often. */
  readonly rates: (agent: number) => readonly [sure: number, unsure: number];
};

const idle = () => [0.73, 0.73] as const;
const worlds: readonly World[] = [
  { name: "four equals, confidence idle", agents: 4, options: 2, domains: 1, rates: idle },
  { name: "five equals, confidence idle", agents: 5, options: 2, domains: 1, rates: idle },
  { name: "four equals, four options", agents: 4, options: 4, domains: 1, rates: idle },
  { name: "five equals, three domains", agents: 5, options: 2, domains: 3, rates: idle },
  { name: "five equals, confidence tells", agents: 5, options: 2, domains: 1, rates: () => [0.88, 0.58] },
  {
    name: "five from 55 % to 91 %",
    agents: 5,
    options: 2,
    domains: 1,
    rates: (agent) => [0.55 + 0.09 * agent, 0.55 + 0.09 * agent],
  },
];

const questionsIn = (world: World, count: number, chance: Chance): readonly RecordedQuestion[] => {
  const options = Array.from({ length: world.options }, (_, at) => `o${at}`);
  return Array.from({ length: count }, (_, at) => {
    const right = chance.below(options.length);
    const answer = (agent: number) => {
      const isSure = chance.below(2) === 0;
      const [sure, unsure] = world.rates(agent);
      const isRight = chance.below(10_000) < 10_000 * (isSure ? sure : unsure);
      const option = isRight ? right : (right + 1 + chance.below(options.length - 1)) % options.length;
      return { option: options[option] ?? "", confidencePpm: isSure ? 950_000 : 600_000 };
    };
    const votes = Array.from({ length: world.agents }, (_, agent) => [`a${agent}`, answer(agent)] as const);
    const domain = `d${at % world.domains}`;
    return { id: `q${at}`, domain, options, gold: options[right] ?? "", votes: Object.fromEntries(votes) };
  });
};

const repeats = Number(process.argv[2] ?? 30);
const shown = ["majority", "classwise", "logodds", "follow-the-best", "oracle"];
const table: Record<string, Record<string, string>> = {};
for (const world of worlds) {
  const chance = chanceFrom(5);
  const sums = new Map<string, number>();
  for (let nth = 0; nth < repeats; nth += 1) {
    const questions = questionsIn(world, 300, chance);
    const teams = [Array.from({ length: world.agents }, (_, agent) => `a${agent}`)];
    const run = assess({
      questions,
      teams,
      thresholdPpm: 670_000,
      seed: nth,
      resamples: 1,
      liars: 0,
      lieFrom: 0,
    });
    let turn = run.next();
    while (turn.done !== true) turn = run.next();
    for (const { name, accuracy } of turn.value) sums.set(name, (sums.get(name) ?? 0) + accuracy);
  }
  table[world.name] = Object.fromEntries(
    shown.map((name) => [name, ((100 * (sums.get(name) ?? 0)) / repeats).toFixed(1)]),
  );
}
console.table(table);
