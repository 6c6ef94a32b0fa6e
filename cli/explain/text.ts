import { countText } from "../count-text.ts";
import { constants } from "../../coordination/decision/constants.ts";
import type { Outcome } from "../../coordination/protocol/decision-messages.ts";
import { dissentFrom } from "../../coordination/protocol/dissent.ts";
import { printable, table } from "../output.ts";
import type { Explanation, ExplainedBallot } from "./explanation.ts";
import { percent, talliedAgain, type Gate } from "./gates.ts";
import { outcomeWords, roundsText, rulerOf } from "./rounds-text.ts";
import { conductWords, weightText } from "./weight-text.ts";

/** A decision for people, from the outcome down to the counts that each weight is made of. */
export const explanationText = (explanation: Explanation): string => {
  const { opened, outcome, ballots, gates, warnings } = explanation;
  const { option } = outcome;
  const counted = ballots.filter(({ status }) => status === "counted");
  const dissent = dissentFrom(outcome, ballots);
  const inFavour = counted.filter((ballot) => !dissent.includes(ballot) && (ballot.reason ?? "") !== "");
  const uncounted = ballots.filter(({ status }) => status !== "counted");
  return [
    table(headLines(explanation)),
    warnings.map((warning) => `warning: ${printable(warning)}`).join("\n"),
    section("options", optionTable(explanation)),
    section("rounds", roundsText(outcome)),
    section(outcome.earlier === undefined ? "ballots" : "ballots of the last round", ballotTable(ballots)),
    section(
      option === null ? "reasons" : "in favour",
      inFavour.map((ballot) => `${nameOf(ballot)}: ${reasonOf(ballot)}`).join("\n"),
    ),
    section("dissent", dissent.map((ballot) => `${nameOf(ballot)}: ${reasonOf(ballot)}`).join("\n")),
    section("not counted", uncounted.map(uncountedLine).join("\n")),
    section("gates", table(gates.map(gateLine))),
    section(
      "how each weight came about",
      ballots.map((each) => weightText(each, opened.domain)).join("\n\n"),
    ),
  ]
    .filter((part) => part !== "")
    .join("\n\n")
    .concat("\n");
};

/** What the outcome is and how its numbers came about: the name of each and words. */
export const headLines = (explanation: Explanation): string[][] => {
  const { run, opened, outcome, truth, effectiveVoters, ballots, flips } = explanation;
  const cast = ballots.filter(({ status }) => status === "counted").length;
  const gamma = 1 / (1 + constants.correlation * Math.max(0, cast - 1));
  const { calibratedPpm } = outcome;
  const share = opened.tier === "routine" ? "" : `, share at least ${percent(opened.thresholdPpm)}`;
  return [
    ["decision", `${printable(opened.decision)} of run ${run}`],
    ["question", oneLine(opened.question)],
    ["rule", `${opened.rule}, ${opened.tier}${share}, domain ${printable(opened.domain)}`],
    ["outcome", outcomeWords(outcome)],
    ["share", `${percent(outcome.sharePpm)} of the capped weight${whoseNumbers(outcome)}`],
    [
      "confidence",
      `${percent(outcome.confidencePpm)}: softmax of the weights × ${gamma.toFixed(4)}, as ${cast} who vote err alike`,
    ],
    ...(calibratedPpm === undefined
      ? []
      : [
          [
            "calibrated",
            `${percent(calibratedPpm)}: so often teams were right that were as sure under this rule`,
          ],
        ]),
    [
      "voters",
      `${cast} of ${ballots.length} voted; they tell as much as ${effectiveVoters.toFixed(2)} independent ones`,
    ],
    ...(truth === null ? [] : [["truth", truthWords(truth, outcome)]]),
    ...(flips === null
      ? []
      : [
          [
            "debate",
            `${flips.wrongToRight.length} moved from wrong to right, ${flips.rightToWrong.length} from right to wrong`,
          ],
        ]),
    ["place", `term ${outcome.term}, index ${outcome.index}, led by replica ${outcome.leader}`],
  ];
};

/** A ruling may be for another option than the one that share and confidence are of. */
const whoseNumbers = ({ ruling }: Outcome): string =>
  ruling === undefined || ruling.recommended === null ? "" : ` for ${printable(ruling.recommended)}`;

const truthWords = (truth: string, { settled, option, ruling }: Outcome): string => {
  if (!settled || option === null) return printable(truth);
  const who = ruling === undefined || ruling.option === null ? "the team" : rulerOf(ruling);
  return `${printable(truth)}: ${who} was ${option === truth ? "right" : "wrong"}`;
};

const optionTable = ({ opened, outcome }: Explanation): string => {
  const { standings, totalShare: total } = talliedAgain(opened, outcome);
  const shares = new Map(standings.map(({ option, shareWeight }) => [option, shareWeight]));
  const rows = outcome.tally.map(({ option, weight, heads }) => {
    const share = shares.get(option) ?? 0;
    return [
      `  ${printable(option)}`,
      countText(weight),
      String(heads),
      // A duel may leave half a millionth.
      countText(Math.floor(share)),
      total === 0 ? "-" : percent((share * 1e6) / total),
      bar(total === 0 ? 0 : share / total),
    ];
  });
  return table([["  OPTION", "WEIGHT", "HEADS", "CAPPED", "SHARE", ""], ...rows]);
};

const ballotTable = (ballots: readonly ExplainedBallot[]): string =>
  table([
    ["  AGENT", "VOTE", "SAYS", "CALIBRATED", "ABILITY", "TRUST", "PENALTY", "WEIGHT", "CAPPED"],
    ...ballots.map((ballot) => {
      const { voter, status, option, confidencePpm, calibratedPpm, abilityPpm, trustPpm, conduct } = ballot;
      const counts = status === "counted";
      const { evidence } = ballot.account;
      return [
        `  ${printable(voter)}`,
        counts ? printable(option ?? "") : (conductWords[conduct] ?? status),
        counts && confidencePpm !== null ? percent(confidencePpm) : "-",
        counts ? percent(calibratedPpm) : "-",
        percent(abilityPpm),
        percent(trustPpm),
        evidence === undefined ? "-" : `× ${evidence.penalty.toFixed(4)}`,
        counts ? countText(ballot.weight) : "-",
        counts ? countText(ballot.shareWeight) : "-",
      ];
    }),
  ]);

const gateLine = ({ gate, needs, has, passed }: Gate): string[] => [
  passed ? "  open" : "  SHUT",
  gate,
  `has ${has}`,
  `needs ${needs}`,
];

const nameOf = ({ voter, option, approved = [] }: ExplainedBallot): string => {
  const others = approved.filter((one) => one !== option).map(printable);
  const also = others.length === 0 ? "" : `, also approves of ${others.join(", ")}`;
  return `  ${printable(voter)} for ${printable(option ?? "")}${also}`;
};

const uncountedLine = (ballot: ExplainedBallot): string =>
  `  ${printable(ballot.voter)} ${conductWords[ballot.conduct] ?? ballot.status}${ballot.reason === undefined ? "" : `: ${oneLine(ballot.reason)}`}`;

const reasonOf = ({ reason }: ExplainedBallot): string =>
  reason === undefined || reason === "" ? "no reason given" : oneLine(reason);

const section = (title: string, body: string): string => (body === "" ? "" : `${title}\n${body}`);

const bar = (part: number): string => "█".repeat(Math.round(part * 20));

const longest = 300;

const oneLine = (text: string): string => {
  const line = printable(text.replace(/\s+/g, " ").trim());
  return line.length > longest ? `${line.slice(0, longest)}…` : line;
};
