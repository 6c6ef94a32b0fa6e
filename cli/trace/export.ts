import { SwarmError } from "../../coordination/protocol/errors.ts";
import type { HeaderRow } from "../../coordination/protocol/row.ts";
import { openExporter } from "../../observability/otlp/exporter.ts";
import { nothingSent, withDelivery, type Tally } from "../../observability/otlp/tally.ts";
import { shownUrl, spansPerRequest, type OtlpSettings } from "../../observability/otlp/settings.ts";
import type { Span } from "../../observability/span.ts";
import { printable } from "../output.ts";
import type { Settings } from "../wire/settings.ts";

export type PastExport = {
  readonly header: HeaderRow;
  readonly spans: Iterable<Span>;
  readonly otlp: OtlpSettings;
  readonly settings: Settings;
};

/** Sends the trace of a recorded run, one request after the other, and returns what the collector made of it. Throws `NO_COLLECTOR`. */
export const exportTrace = async ({ header, spans, otlp, settings }: PastExport): Promise<Tally> => {
  const { environment } = settings;
  const exporter = await openExporter({ settings: otlp, environment, version: header.swarm });
  let tally = nothingSent;
  const send = async (): Promise<void> => {
    const delivery = await exporter.sendNext();
    if (delivery.type === "failed") {
      throw new SwarmError(
        "NO_COLLECTOR",
        `${shownUrl(otlp)} did not take the trace: ${printable(delivery.reason)}; ${tally.sent} spans are there, and sending all again does no harm`,
      );
    }
    tally = withDelivery(tally, delivery);
  };
  try {
    let batch: Span[] = [];
    for (const span of spans) {
      batch.push(span);
      if (batch.length < spansPerRequest) continue;
      exporter.add(batch);
      batch = [];
      await send();
    }
    exporter.add(batch);
    while (exporter.waiting() > 0) await send();
    return tally;
  } finally {
    exporter.close();
  }
};
