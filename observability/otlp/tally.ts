import type { Delivery } from "./exporter.ts";

/** What a collector made of the spans of a trace so far. */
export type Tally = {
  readonly sent: number;
  /** Turned down for good. */
  readonly rejected: number;
  /** What it said last of those that it rejected, or warned of; empty: nothing. */
  readonly says: string;
};

export const nothingSent: Tally = { sent: 0, rejected: 0, says: "" };

export const withDelivery = (
  { sent, rejected, says }: Tally,
  delivery: Extract<Delivery, { readonly type: "taken" }>,
): Tally => ({
  sent: sent + delivery.spans - delivery.rejected,
  rejected: rejected + delivery.rejected,
  says: delivery.says === "" ? says : delivery.says,
});
