import type { RuleName } from "../../protocol/decision-messages.ts";
import type { WeightParts } from "../weight.ts";
import { logodds } from "./logodds.ts";
import { majority } from "./majority.ts";

/** A way to count. It turns one ballot into an integer that is never negative; ranking, share and gates are common to all. */
export type Rule = { readonly name: RuleName; weigh(parts: WeightParts): number };

export const rules: Readonly<Record<RuleName, Rule>> = { logodds, majority };
