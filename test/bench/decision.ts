import { settle } from "../../coordination/decision/settle.ts";
import { domainOf, emptyTrust, withCounts } from "../../coordination/decision/trust.ts";
import type { RuleName } from "../../coordination/protocol/decision-messages.ts";
import {
  agentWith,
  cast,
  closedWith,
  domain,
  model,
  openedWith,
} from "../unit/coordination/decision/builders.ts";

/**
 * What it costs to settle one decision of ten ballots, each from an agent with a history, by the default rule and the one
 * that it grew from, in microseconds of processor time: on a shared machine the clock on the wall tells more of the neighbours.
 */
const agents = Array.from({ length: 10 }, (_, at) => `agent-${at}`);
const trust = agents.reduce((known, agent, at) => {
  const counts = agentWith([
    [0.6, 5 + at, 20],
    [0.9, 20 + at, 40],
    [0.95, 12, 20 + at],
  ]);
  const options = { A: { right: 20 + at, all: 40 }, B: { right: 15, all: 20 + at } };
  const domains = { [domain]: { ...domainOf(counts, domain), options } };
  return withCounts(known, agent, model, { ...counts, domains });
}, emptyTrust);
const closedBy = (rule: RuleName) =>
  closedWith(
    openedWith(agents, { options: ["A", "B", "C"], rule }),
    agents.map((agent, at) => cast(agent, ["A", "A", "B", "C"][at % 4] ?? "A", 0.5 + at / 20)),
  );

const ROUNDS = 15;
const SETTLES = 5_000;

for (const rule of ["classwise", "logodds"] as const) {
  const closed = closedBy(rule);
  const rounds = Array.from({ length: ROUNDS }, () => {
    const started = process.cpuUsage();
    for (let at = 0; at < SETTLES; at += 1) settle(closed, trust);
    return process.cpuUsage(started).user / SETTLES;
  });
  // The first rounds warm up.
  const [least, median] = [0, 0.5].map(
    (part) => rounds.slice(3).sort((a, b) => a - b)[Math.floor((ROUNDS - 3) * part)] ?? 0,
  );
  console.log(`${rule}, ten ballots   median ${median?.toFixed(1)} us   least ${least?.toFixed(1)} us`);
}
