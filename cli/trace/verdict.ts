import { shownUrl, type OtlpSettings } from "../../observability/otlp/settings.ts";
import type { Tally } from "../../observability/otlp/tally.ts";
import { printable } from "../output.ts";

/** What a collector made of the spans that reached it. */
export const verdictOn = ({ sent, rejected, says }: Tally, otlp: OtlpSettings): string => {
  const where = shownUrl(otlp);
  const why = says === "" ? "" : `: ${printable(says)}`;
  if (rejected > 0) return `${where} rejected ${rejected} of ${sent + rejected} spans${why}`;
  return says === "" ? `${sent} spans sent to ${where}` : `${sent} spans sent to ${where}, which says${why}`;
};
