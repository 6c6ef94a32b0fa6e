import { withoutQuotes } from "../../observability/redact.ts";

/** The same data with every text in it made safe; names of members are not texts. */
export const withTexts = <Data>(data: Data, safe: (text: string) => string): Data =>
  mapped(data, (value) => (typeof value === "string" ? safe(value) : value)) as Data;

/** The same data where no reason for an abstention quotes the reply that could not be used. */
export const withoutReplies = <Data>(data: Data): Data =>
  mapped(data, (value) => {
    if (typeof value !== "object" || value === null || !("option" in value) || !("reason" in value))
      return value;
    return value.option === null && typeof value.reason === "string"
      ? { ...value, reason: withoutQuotes(value.reason) }
      : value;
  }) as Data;

const mapped = (data: unknown, change: (value: unknown) => unknown): unknown => {
  const changed = change(data);
  if (Array.isArray(changed)) return changed.map((member: unknown) => mapped(member, change));
  if (typeof changed !== "object" || changed === null) return changed;
  return Object.fromEntries(Object.entries(changed).map(([key, member]) => [key, mapped(member, change)]));
};
