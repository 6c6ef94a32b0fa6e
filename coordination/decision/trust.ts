import { constants } from "./constants.ts";

/** Answers that could be held against a ground truth. Integers; `right` is at most `all`. */
export type Count = { readonly right: number; readonly all: number };

/**
 * What is known of one agent in one domain. `bins`: one count a confidence bin, lowest first. `options`: one for each option
 * that it voted for, at most `constants.optionsKept`; absent in counts that were written before they were kept.
 */
export type DomainCounts = Count & {
  readonly bins: readonly Count[];
  readonly options?: Readonly<Record<string, Count>>;
};

/** What is known of one agent that runs one model. All integers. */
export type AgentCounts = Count & {
  /** Work that helped or hindered the task (benevolence). */
  readonly helped: number;
  readonly hindered: number;
  /** Times that the protocol was kept or broken (integrity): equivocation, a bad signature. */
  readonly kept: number;
  readonly broken: number;
  readonly domains: Readonly<Record<string, DomainCounts>>;
};

/**
 * All that trust is computed from: agent name, then model digest, then counts. Plain JSON; a run's header freezes the
 * counts that it starts from.
 */
export type TrustCounts = {
  readonly agents: Readonly<Record<string, Readonly<Record<string, AgentCounts>>>>;
};

export const BIN_COUNT = constants.binEdges.length + 1;

const emptyCount: Count = { right: 0, all: 0 };

export const emptyDomain: DomainCounts = {
  ...emptyCount,
  bins: Array.from({ length: BIN_COUNT }, () => emptyCount),
};

/** A newcomer. */
export const emptyAgent: AgentCounts = {
  ...emptyCount,
  helped: 0,
  hindered: 0,
  kept: 0,
  broken: 0,
  domains: {},
};

export const emptyTrust: TrustCounts = { agents: {} };

/** Own members only: an agent may be called `constructor`. */
const own = <Value>(record: Readonly<Record<string, Value>> | undefined, key: string): Value | undefined =>
  record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined;

export const countsOf = (trust: TrustCounts, agent: string, model: string): AgentCounts =>
  own(own(trust.agents, agent), model) ?? emptyAgent;

export const domainOf = (agent: AgentCounts, domain: string): DomainCounts =>
  own(agent.domains, domain) ?? emptyDomain;

/** Answers of this agent that were votes for one option. */
export const optionOf = ({ options }: DomainCounts, option: string): Count =>
  own(options, option) ?? emptyCount;

export const withCounts = (
  trust: TrustCounts,
  agent: string,
  model: string,
  counts: AgentCounts,
): TrustCounts => ({
  agents: { ...trust.agents, [agent]: { ...own(trust.agents, agent), [model]: counts } },
});

/** Chance of a right answer in any domain, shrunk to that of a stranger. */
export const ability = (agent: AgentCounts): number =>
  shrunk(agent, constants.shrink.prior, constants.shrink.agent);

/** Chance of a right answer in this domain, shrunk to the ability overall. */
export const domainAbility = (agent: AgentCounts, domain: string): number =>
  shrunk(domainOf(agent, domain), ability(agent), constants.shrink.domain);

/** Chance of a right answer when it votes for this option, shrunk to the ability in the domain. */
export const optionPrecision = (
  agent: AgentCounts,
  domain: string,
  option: string,
  known = domainAbility(agent, domain),
): number => {
  const count = optionOf(domainOf(agent, domain), option);
  // Exactly what is known, where a division could leave a last digit.
  return count.all === 0 ? known : shrunk(count, known, constants.shrink.option);
};

/** The chance `right / all`, as if `pseudo` more answers had come out at the rate `towards`. */
export const shrunk = (count: Count, towards: number, pseudo: number): number =>
  (count.right + pseudo * towards) / (count.all + pseudo);

/** How far an agent's word moves us at all, 0 to 1. Ability is not in it: the calibration already is. */
export const trustIn = (agent: AgentCounts): number => trustParts(agent).trust;

/** What trust is made of: work that helps, promises kept, and how long we know the agent. */
export const trustParts = (agent: AgentCounts) => {
  const { benevolence, integrity, newcomer } = constants;
  const b = (agent.helped + benevolence.good) / (agent.helped + agent.hindered + benevolence.all);
  const i =
    (agent.kept + integrity.good) / (agent.kept + integrity.weightOfBreak * agent.broken + integrity.all);
  const n = (agent.all + newcomer.good) / (agent.all + newcomer.all);
  const trust = Math.min(1, (b / benevolence.neutral) * (i / integrity.neutral)) * n;
  return { benevolence: b, integrity: i, newcomer: n, trust };
};
