import type { RuleName } from "../../protocol/decision-messages.ts";
import type { Bar, Demand, Turnout } from "../gates.ts";
import type { Tally, Vote } from "../tally.ts";
import type { WeightParts } from "../weight.ts";
import { approval } from "./approval.ts";
import { classwise } from "./classwise.ts";
import { judge } from "./judge.ts";
import { linear } from "./linear.ts";
import { logodds } from "./logodds.ts";
import { majority } from "./majority.ts";
import { median } from "./median.ts";
import { ranked } from "./ranked.ts";
import { supermajority } from "./supermajority.ts";
import { unanimity } from "./unanimity.ts";

/** A way to count. Caps, quorum and tiers are common to all. */
export type Rule = {
  readonly name: RuleName;
  /** One ballot as an integer that is never negative. */
  readonly weigh: (parts: WeightParts) => number;
  /** How weighed ballots rank the options; without it each counts for its option. */
  readonly tally?: (options: readonly string[], votes: readonly Vote[]) => Tally;
  /** What the winner needs in every tier, beside what the tier asks for. */
  readonly demand?: (bar: Bar, turnout: Turnout) => Demand;
  /** The votes settle nothing by themselves, whatever their share. */
  readonly isAdvice?: true;
};

export const rules: Readonly<Record<RuleName, Rule>> = {
  classwise,
  logodds,
  linear,
  majority,
  supermajority,
  unanimity,
  approval,
  ranked,
  median,
  judge,
};
