import { countText } from "../count-text.ts";
import type {
  BallotAccount,
  ConfidenceAccount,
  EvidenceAccount,
  OptionAccount,
} from "../../coordination/decision/account.ts";
import { constants } from "../../coordination/decision/constants.ts";
import type { AgentCounts } from "../../coordination/decision/trust.ts";
import { printable, table } from "../output.ts";
import type { ExplainedBallot } from "./explanation.ts";

/** The way from the counts to the weight of one elector, line by line, in the words of `docs/decisions.md`. */
export const weightText = (ballot: ExplainedBallot, domain: string): string =>
  `${weightHead(ballot)}\n${table(weightLines(ballot, domain).map(([name = "", words = ""]) => [`  ${name}`, words]))}`;

/** The name of each number and how it came about. */
export const weightLines = (ballot: ExplainedBallot, domain: string): readonly (readonly string[])[] => {
  const { account } = ballot;
  const { counts, confidence, forOption, evidence } = account;
  return [
    ["ability", abilityWords(account, domain)],
    ...(confidence === undefined ? [] : [["calibrated", calibratedWords(account, confidence)]]),
    ...(confidence === undefined || forOption === undefined
      ? []
      : optionLines(ballot, account, confidence, forOption)),
    ...trustLines(counts, account.trust),
    ...(evidence === undefined ? [] : evidenceLines(ballot, account, evidence)),
    ...(ballot.status === "counted" ? [["in the share", shareWords(ballot)], ...listLines(ballot)] : []),
  ];
};

/** What the ballot says beside its one option, where its rule counts that. */
const listLines = ({ approved, ranking }: ExplainedBallot): readonly string[][] => [
  ...(approved === undefined ? [] : [["approves of", approved.map(printable).join(", ")]]),
  ...(ranking === undefined ? [] : [["ranks", ranking.map(printable).join(" > ")]]),
];

export const weightHead = ({ voter, status, option, confidencePpm, conduct }: ExplainedBallot): string => {
  if (status !== "counted") return `${printable(voter)} ${conductWords[conduct] ?? status}: no weight`;
  const sure =
    confidencePpm === null ? "without saying how sure" : `${(confidencePpm / 10_000).toFixed(1)} % sure`;
  return `${printable(voter)} votes ${printable(option ?? "")}, ${sure}`;
};

export const conductWords: Readonly<Record<string, string>> = {
  abstained: "abstained",
  missing: "did not answer",
  unoffered: "voted for what was not offered",
  equivocated: "said two different things",
};

const { shrink, benevolence: good, integrity: kept, newcomer } = constants;

const abilityWords = ({ counts, inDomain, ability, domainAbility }: BallotAccount, domain: string): string =>
  [
    `(${counts.right} + ${shrink.agent} × ${shrink.prior}) / (${counts.all} + ${shrink.agent}) = ${round(ability)} overall;`,
    `(${inDomain.right} + ${shrink.domain} × ${round(ability)}) / (${inDomain.all} + ${shrink.domain}) = ${round(domainAbility)} in ${printable(domain)}`,
  ].join(" ");

const calibratedWords = (
  { domainAbility }: BallotAccount,
  { from, to, bin, shrunk, calibrated }: ConfidenceAccount,
): string => {
  const shown = `said ${from} to ${to}: (${bin.right} + ${shrink.bin} × ${round(domainAbility)}) / (${bin.all} + ${shrink.bin}) = ${round(shrunk)}`;
  return round(shrunk) === round(calibrated)
    ? shown
    : `${shown}; pooled with its neighbours, so that it never falls, ${round(calibrated)}`;
};

const optionLines = (
  { option }: ExplainedBallot,
  { domainAbility }: BallotAccount,
  { calibrated }: ConfidenceAccount,
  { count, precision, calibrated: moved }: OptionAccount,
): readonly string[][] => [
  [
    "precision",
    `(${count.right} + ${shrink.option} × ${round(domainAbility)}) / (${count.all} + ${shrink.option}) = ${round(precision)} when it votes ${printable(option ?? "")}`,
  ],
  [
    "for the option",
    `odds(${round(calibrated)}) × odds(${round(precision)}) / odds(${round(domainAbility)}) = odds(${round(moved)})`,
  ],
];

const trustLines = (counts: AgentCounts, trust: BallotAccount["trust"]): readonly string[][] => [
  [
    "benevolence",
    `B = (${counts.helped} + ${good.good}) / (${counts.helped} + ${counts.hindered} + ${good.all}) = ${round(trust.benevolence)}`,
  ],
  [
    "integrity",
    `I = (${counts.kept} + ${kept.good}) / (${counts.kept} + ${kept.weightOfBreak} × ${counts.broken} + ${kept.all}) = ${round(trust.integrity)}`,
  ],
  [
    "newcomer",
    `N = (${counts.all} + ${newcomer.good}) / (${counts.all} + ${newcomer.all}) = ${round(trust.newcomer)}`,
  ],
  ["trust", `T = min(1, B / ${good.neutral} × I / ${kept.neutral}) × N = ${round(trust.trust)}`],
];

const evidenceLines = (
  { weight }: ExplainedBallot,
  { confidence, forOption, trust }: BallotAccount,
  { options, p, isClamped, nats, gap, spread, penalty, weight: computed }: EvidenceAccount,
): readonly string[][] => {
  return [
    [
      "p",
      `1/${options} + ${round(trust.trust)} × (${round((forOption ?? confidence)?.calibrated ?? 0)} - 1/${options}) = ${round(p)}${isClamped ? ", the bound" : ""}`,
    ],
    ["evidence", `max(0, ln(${round(p)} × ${options - 1} / ${round(1 - p)})) = ${round(nats)} nats`],
    ["penalty", penaltyWords(gap, spread, penalty)],
    computed === weight
      ? ["weight", `${round(nats)} × ${round(penalty)} = ${countText(weight)} millionths of a nat`]
      : ["weight", `${countText(weight)}, as recorded; by today's formula ${countText(computed)}`],
  ];
};

const penaltyWords = (gap: number, spread: EvidenceAccount["spread"], penalty: number): string => {
  if (spread === null || gap === 0)
    return `exp(-${constants.penalty} × ${round(gap)} behind the best ability) = ${round(penalty)}`;
  const { part, agents, distance } = spread;
  const real = `max(0, 1 - (${agents} - 1) / ${round(distance)}) = ${round(part)} of such gaps is more than chance`;
  return `exp(-${constants.penalty} × ${round(part)} × ${round(gap)} behind the best ability) = ${round(penalty)}; ${real}`;
};

const shareWords = ({ weight, shareWeight, maxWeightPpm }: ExplainedBallot): string => {
  if (shareWeight === weight) return `${countText(shareWeight)}, uncapped`;
  const cap =
    maxWeightPpm === null ? "all others together" : `its cap, ${maxWeightPpm / 10_000} %, or all others`;
  return `${countText(shareWeight)}: nobody counts for more than ${cap}`;
};

const round = (value: number): string => value.toFixed(4);
