import { domainAbility, trustParts } from "../../coordination/decision/trust.ts";
import { teamAgent } from "../../coordination/decision/team.ts";
import type { Mark } from "../../coordination/decision/marks.ts";
import type { Standing, TrustLedger } from "../../coordination/ledger/ledger.ts";
import { exitCodes, SwarmError, type ExitCode } from "../../coordination/protocol/errors.ts";
import type { CommandContext } from "../context.ts";
import { printable, table } from "../output.ts";
import { suggest } from "../task/nearest.ts";
import { reliabilityOf, reliabilityText } from "../trust/reliability.ts";
import { ledgerIn } from "../wire/ledger.ts";

export type TrustFlags = { readonly json?: boolean; readonly agent?: string };

/** `swarm trust`: what this home has learned about its agents from ground truth. */
export const trustCommand = async (
  flags: TrustFlags,
  { settings, output }: CommandContext,
): Promise<ExitCode> => {
  const ledger = ledgerIn(settings.home);
  try {
    const fields = fieldsOf(ledger, flags.agent);
    if (flags.json === true) output.result(`${JSON.stringify(fields.map(plainField))}\n`);
    else if (fields.length === 0)
      output.note("nothing is graded yet; say what was right with: swarm grade RUN DECISION OPTION");
    else output.result(flags.agent === undefined ? overview(fields) : portrait(fields));
    return exitCodes.done;
  } finally {
    await ledger.close();
  }
};

/** What is known of an agent with one model in one domain. */
type Field = { readonly standing: Standing; readonly domain: string; readonly marks: readonly Mark[] };

const fieldsOf = (ledger: TrustLedger, agent: string | undefined): readonly Field[] => {
  const standings = ledger.standings();
  const names = new Set(standings.map((standing) => standing.agent));
  if (agent !== undefined && !names.has(agent)) {
    const hint = suggest(agent, names) ?? "`swarm trust` lists those there are";
    throw new SwarmError("BAD_USAGE", `nothing is known of an agent "${agent}"; ${hint}`);
  }
  const marks = new Map<string, Mark[]>();
  for (const { mark } of ledger.history()) {
    const key = fieldKey(mark.agent, mark.model, mark.domain);
    const known = marks.get(key);
    if (known === undefined) marks.set(key, [mark]);
    else known.push(mark);
  }
  return standings
    .filter((standing) => (agent === undefined ? standing.agent !== teamAgent : standing.agent === agent))
    .flatMap((standing) => {
      const { agent: name, model } = standing;
      const known = [...marks.values()].filter(([mark]) => mark?.agent === name && mark.model === model);
      return known.map((list) => ({ standing, domain: list[0]?.domain ?? "", marks: list }));
    });
};

const fieldKey = (agent: string, model: string, domain: string): string =>
  JSON.stringify([agent, model, domain]);

const overview = (fields: readonly Field[]): string => {
  const rows = fields.map(({ standing, domain, marks }) => {
    const { right, all } = reliabilityOf(marks);
    const { newcomer, trust } = trustParts(standing.counts);
    return [
      printable(standing.agent),
      shortModel(standing.model),
      printable(domain),
      `${right} of ${all}`,
      domainAbility(standing.counts, domain).toFixed(3),
      trust.toFixed(3),
      newcomer.toFixed(3),
    ];
  });
  const head = ["AGENT", "MODEL", "DOMAIN", "RIGHT", "ABILITY", "TRUST", "NEWCOMER"];
  const all = reliabilityOf(fields.flatMap(({ marks }) => marks));
  return `${table([head, ...rows])}\n\nall together\n${reliabilityText(all)}\n`;
};

/** Of a team only its answers are known: it has no conduct of its own. */
const teamPortrait = ({ standing, domain, marks }: Field): string => {
  const about = [
    ["teams", `all that settled by the rule ${printable(standing.model)}`],
    ["domain", printable(domain)],
  ];
  return `${table(about)}\n\n${reliabilityText(reliabilityOf(marks))}\n`;
};

const portrait = (fields: readonly Field[]): string =>
  fields
    .map((field) => {
      const { standing, domain, marks } = field;
      const { agent, model, counts } = standing;
      if (agent === teamAgent) return teamPortrait(field);
      const parts = trustParts(counts);
      const lines = [
        ["agent", `${printable(agent)}, ${shortModel(model)}`],
        ["domain", printable(domain)],
        ["ability", domainAbility(counts, domain).toFixed(3)],
        ["trust", parts.trust.toFixed(3)],
        [
          "  benevolence",
          `${parts.benevolence.toFixed(3)}  helped ${counts.helped}, hindered ${counts.hindered}`,
        ],
        ["  integrity", `${parts.integrity.toFixed(3)}  kept ${counts.kept}, broke ${counts.broken}`],
        [
          "  newcomer",
          `${parts.newcomer.toFixed(3)}  ${counts.all} ${counts.all === 1 ? "answer counts" : "answers count"}, those it ships with included`,
        ],
      ];
      return `${table(lines)}\n\n${reliabilityText(reliabilityOf(marks))}\n`;
    })
    .join("\n");

const plainField = ({ standing, domain, marks }: Field) => {
  const { agent, model, counts } = standing;
  const { right, all, stated, error, bins } = reliabilityOf(marks);
  return {
    agent,
    model,
    domain,
    answers: all,
    right,
    ability: domainAbility(counts, domain),
    ...trustParts(counts),
    counts,
    reliability: { stated, error, bins },
  };
};

/** Enough of a digest to tell models apart; any other name says all of itself what it is. */
const shortModel = (model: string): string => {
  const [, start] = /^(\w+:[\da-f]{8})[\da-f]{8,}$/.exec(model) ?? [];
  return printable(start ?? model);
};
