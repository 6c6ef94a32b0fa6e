import { withMark } from "../decision/marks.ts";
import { canonical } from "../protocol/json.ts";
import { byAgentAndModel, type Marked, type PriorOf, type Standing, type TrustLedger } from "./ledger.ts";

/** A ledger that lives as long as its process: for homes that are kept in memory, and tests. */
export const memoryLedger = (prior: PriorOf): TrustLedger => {
  const marks = new Map<string, Marked>();
  const standings = new Map<string, Standing>();
  return {
    add: (given, source, atUs) =>
      given.filter((mark) => {
        const place = canonical([mark.run, mark.decision, mark.agent]);
        if (marks.has(place)) return false;
        marks.set(place, { mark, source, atUs });
        const { agent, model } = mark;
        const key = canonical([agent, model]);
        const { marks: before, counts } = standings.get(key) ?? { marks: 0, counts: prior(model) };
        standings.set(key, { agent, model, marks: before + 1, counts: withMark(counts, mark) });
        return true;
      }),
    find: (run, decision, agent) => marks.get(canonical([run, decision, agent])),
    standing: (agent, model) => standings.get(canonical([agent, model])),
    standings: () => [...standings.values()].sort(byAgentAndModel),
    history: () => [...marks.values()],
    close: () => Promise.resolve(),
  };
};
