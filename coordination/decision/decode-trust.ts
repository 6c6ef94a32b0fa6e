import { SwarmError } from "../protocol/errors.ts";
import { BIN_COUNT, type TrustCounts } from "./trust.ts";

/** Trust counts as they stand in a run's header. Throws `LOG_CORRUPT` on anything else. */
export const decodeTrust = (value: unknown): TrustCounts => {
  const flaw = trustFlaw(value);
  if (flaw === undefined) return value as TrustCounts;
  throw new SwarmError("LOG_CORRUPT", `${flaw}; restore the counts from a copy or start without them`);
};

/** The first thing that is wrong with a value, and where; `undefined` if there is none. */
type Check = (value: unknown, place: string) => string | undefined;

const trustFlaw = (value: unknown): string | undefined =>
  isMap(value) ? members(members(agent))(value["agents"], "trust.agents") : "trust: not a map";

const agent: Check = (value, place) =>
  count(value, place) ??
  wholes(value, place, ["helped", "hindered", "kept", "broken"]) ??
  members(domain)(isMap(value) ? value["domains"] : undefined, `${place}.domains`);

const domain: Check = (value, place) => {
  const flaw = count(value, place);
  if (flaw !== undefined) return flaw;
  const bins: unknown = isMap(value) ? value["bins"] : undefined;
  if (!Array.isArray(bins) || bins.length !== BIN_COUNT) return `${place}.bins: not a list of ${BIN_COUNT}`;
  const options: unknown = isMap(value) ? value["options"] : undefined;
  return (
    first(bins.map((bin: unknown, at) => count(bin, `${place}.bins.${at}`))) ??
    (options === undefined ? undefined : members(count)(options, `${place}.options`))
  );
};

const count: Check = (value, place) => {
  const flaw = wholes(value, place, ["right", "all"]);
  if (flaw !== undefined) return flaw;
  return isMap(value) && Number(value["right"]) > Number(value["all"])
    ? `${place}: more right answers than answers`
    : undefined;
};

const wholes = (value: unknown, place: string, names: readonly string[]): string | undefined => {
  if (!isMap(value)) return `${place}: not a map`;
  const wrong = names.find((name) => !Number.isSafeInteger(value[name]) || Number(value[name]) < 0);
  return wrong === undefined ? undefined : `${place}.${wrong}: not a whole number`;
};

const members =
  (check: Check): Check =>
  (value, place) =>
    isMap(value)
      ? first(Object.entries(value).map(([name, member]) => check(member, `${place}.${name}`)))
      : `${place}: not a map`;

const first = (flaws: readonly (string | undefined)[]): string | undefined =>
  flaws.find((flaw) => flaw !== undefined);

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
