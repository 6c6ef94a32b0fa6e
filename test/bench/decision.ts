import { settle } from "../../coordination/decision/settle.ts";
import { cast, closedWith, openedWith, trustWith } from "../unit/coordination/decision/builders.ts";

/**
 * What it costs to settle one decision of ten ballots, each from an agent with a history, in microseconds of processor
 * time: on a shared machine the clock on the wall tells more of the neighbours.
 */
const agents = Array.from({ length: 10 }, (_, at) => `agent-${at}`);
const trust = trustWith(
  Object.fromEntries(
    agents.map((agent, at) => [
      agent,
      [
        [0.6, 5 + at, 20],
        [0.9, 20 + at, 40],
        [0.95, 12, 20 + at],
      ] as const,
    ]),
  ),
);
const closed = closedWith(
  openedWith(agents, { options: ["A", "B", "C"] }),
  agents.map((agent, at) => cast(agent, ["A", "A", "B", "C"][at % 4] ?? "A", 0.5 + at / 20)),
);

const ROUNDS = 15;
const SETTLES = 5_000;

const rounds = Array.from({ length: ROUNDS }, () => {
  const started = process.cpuUsage();
  for (let at = 0; at < SETTLES; at += 1) settle(closed, trust);
  return process.cpuUsage(started).user / SETTLES;
});
// The first rounds warm up.
const [least, median] = [0, 0.5].map(
  (part) => rounds.slice(3).sort((a, b) => a - b)[Math.floor((ROUNDS - 3) * part)] ?? 0,
);
console.log(`settle of ten ballots   median ${median?.toFixed(1)} us   least ${least?.toFixed(1)} us`);
