import type { EventLog } from "../../coordination/log/log.ts";
import type { Diagnostics } from "../../coordination/protocol/diagnostics.ts";
import type { HeaderRow } from "../../coordination/protocol/row.ts";
import { liveExport, requestMs } from "../../observability/otlp/live.ts";
import { shownUrl, type OtlpSettings } from "../../observability/otlp/settings.ts";
import { spanReader } from "../../observability/spans/reader.ts";
import { printable, type Output } from "../output.ts";
import type { RowSink } from "../view/follow.ts";
import type { Settings } from "../wire/settings.ts";
import { readingOf } from "./reading.ts";
import { resendCommand } from "./resend.ts";
import { verdictOn } from "./verdict.ts";

export type LiveTraceOptions = {
  readonly log: EventLog;
  readonly header: HeaderRow;
  readonly otlp: OtlpSettings;
  readonly settings: Settings;
  readonly content: boolean;
  readonly output: Pick<Output, "note">;
  /** Is told what becomes of the spans; absent: nobody is. */
  readonly diagnostics?: Diagnostics | undefined;
};

export type LiveTrace = { readonly row: RowSink; close(): Promise<void> };

/** Sends the trace of a run while it goes on, and says at the end if not all of it got there. */
export const liveTrace = ({
  log,
  header,
  otlp,
  settings,
  content,
  output,
  diagnostics,
}: LiveTraceOptions): LiveTrace => {
  const { run, swarm: version } = header;
  const { environment } = settings;
  const exporting = liveExport({
    log,
    run,
    diagnostics,
    reader: spanReader({ ...readingOf(header, settings, content), messages: "crossing" }),
    open: async () => {
      const { openExporter } = await import("../../observability/otlp/exporter.ts");
      return openExporter({ settings: otlp, environment, version, timeoutMs: requestMs });
    },
  });
  return {
    row: exporting.row,
    close: async () => {
      const exported = await exporting.close();
      const again = `send it again with: ${resendCommand(run, otlp, content)}`;
      if (exported.type === "incomplete") {
        const { sent, reason } = exported;
        output.note(
          `the trace is incomplete, ${sent} spans reached ${shownUrl(otlp)}: ${printable(reason)}\n  ${again}`,
        );
      }
      if (exported.rejected > 0)
        output.note(`${verdictOn(exported, otlp)}\n  once it would take them, ${again}`);
      else if (exported.says !== "") output.note(verdictOn(exported, otlp));
    },
  };
};
