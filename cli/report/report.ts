import type { TrustLedger } from "../../coordination/ledger/ledger.ts";
import { truthIn } from "../../coordination/ledger/ledger.ts";
import type { EventLog } from "../../coordination/log/log.ts";
import type { HeaderRow } from "../../coordination/protocol/row.ts";
import type { RecordedDecision } from "../../observability/decisions.ts";
import { withoutQuotes, type Redact } from "../../observability/redact.ts";
import { recordOf, type RunRecord } from "../../observability/report/record.ts";
import { timelineOf } from "../../observability/report/timeline.ts";
import type { SpanReaderDeps } from "../../observability/spans/reader.ts";
import { approveCommand } from "../decisions/waiting.ts";
import { explanationOf, type Explanation } from "../explain/explanation.ts";
import { basisOf, type RunBasis } from "../wire/basis.ts";
import { conversationMap } from "./conversation-map.ts";
import { decisionSection } from "./decision-section.ts";
import { headSection, type RunStatus } from "./head-section.ts";
import { messageSection } from "./message-section.ts";
import { modelSection } from "./model-section.ts";
import { pageOf } from "./page.ts";
import { resumeCommand } from "../wire/resume-command.ts";
import { conversationSection, failureSection, outputSection, replaySection } from "./result-sections.ts";
import { withoutReplies, withTexts } from "./safe-texts.ts";
import { timelineSection } from "./timeline-section.ts";

const conversationsAtMost = 40;
/** Commands that rule on decisions which wait; each of them stands with its decision, too. */
const approvalsAtMost = 5;

export type ReportSources = {
  readonly log: EventLog;
  readonly ledger: TrustLedger;
  readonly header: HeaderRow;
  readonly status: RunStatus;
  /** How spans are read, whether prompts and replies are told, and what makes a text safe to show. */
  readonly reading: SpanReaderDeps;
  /** The sha256 of a text in base64. */
  readonly digest: (text: string) => string;
};

/** The report of a run as one HTML page, at most two megabytes whatever the run. Reads the rows once. */
export const reportPage = ({ log, ledger, header, status, reading, digest }: ReportSources): string => {
  const { run } = header;
  const safe = remembered(reading.redact);
  // An error may quote the reply that it is about.
  const sentence: Redact = reading.content === true ? safe : (text) => safe(withoutQuotes(text));
  const record = readRecord(log, header, { reading, sentence });
  const timeline = timelineOf(record.bars, record.pauses);
  const recordedBasis = basisOf(header);
  const basis = { ...recordedBasis, ...withTexts({ plan: recordedBasis.plan }, safe) };
  const isOver = record.finished !== undefined;
  const ruled = ({ opened: { decision }, outcome }: RecordedDecision): string | undefined =>
    outcome === undefined ? record.rulings.find((ruling) => ruling.decision === decision)?.option : undefined;
  const approve = (decision: RecordedDecision): string | undefined => {
    const { opened, round, outcome } = decision;
    return !isOver && outcome === undefined && round?.kind === "person" && ruled(decision) === undefined
      ? approveCommand(run, { decision: opened.decision, recommendation: round.outcome.option })
      : undefined;
  };
  const approvals = record.decisions.flatMap((decision) => approve(decision) ?? []).slice(0, approvalsAtMost);
  const told = safeRecord(record, safe, sentence);
  return pageOf({
    title: `${told.header.task.name} · ${run}`,
    head: headSection(told, basis, timeline, status),
    sections: [
      { id: "failures", name: "Failures", body: failureSection(told) },
      { id: "timeline", name: "Timeline", body: timelineSection(timeline) },
      {
        id: "decisions",
        name: "Decisions",
        body: decisionSection({
          decisions: record.decisions,
          explain: (decision) => {
            const explanation = explain(decision, recordedBasis, ledger);
            return reading.content === true ? explanation : withoutReplies(explanation);
          },
          approve,
          ruled,
          isOver,
          safe,
        }),
      },
      { id: "messages", name: "Messages", body: messageSection(conversationMap(record.exchanges)) },
      { id: "models", name: "Models", body: modelSection(record, basis, timeline) },
      { id: "conversations", name: "Prompts", body: conversationSection(told) },
      { id: "outputs", name: "Outputs", body: outputSection(told) },
      {
        id: "replay",
        name: "Replay",
        body: replaySection({
          run,
          status: status.status,
          resume: resumeCommand(log, run),
          approvals,
          decisions: record.decisions.length,
        }),
      },
    ],
    digest,
  });
};

const readRecord = (
  log: EventLog,
  { run }: HeaderRow,
  { reading, sentence }: { readonly reading: SpanReaderDeps; readonly sentence: Redact },
): RunRecord =>
  // The spans themselves need no prompts: those that are told are kept apart, and bounded.
  recordOf(log.read(run), {
    spans: { ...reading, content: false },
    sentence,
    conversations: reading.content === true ? conversationsAtMost : 0,
  });

/** The texts of a record that are shown as they are. */
const safeRecord = (record: RunRecord, safe: Redact, sentence: Redact): RunRecord => {
  const { header, finished, conversations } = record;
  const { message } = finished ?? {};
  return {
    ...record,
    header: { ...header, task: withTexts(header.task, safe) },
    finished:
      finished === undefined
        ? undefined
        : {
            ...finished,
            outputs: withTexts(finished.outputs, safe),
            ...(message === undefined ? {} : { message: sentence(message) }),
          },
    conversations: withTexts(conversations, safe),
  };
};

/** By its outcome, or, of one that is open, by how its last round stands. */
const explain = (
  decision: RecordedDecision,
  basis: RunBasis,
  ledger: TrustLedger,
): Explanation | undefined => {
  const outcome = decision.outcome ?? decision.round?.outcome;
  if (outcome === undefined) return undefined;
  const voters = decision.opened.electorate.map(({ agent }) => agent);
  return explanationOf(
    decision,
    outcome,
    basis,
    truthIn(ledger, basis.run, decision.opened.decision, voters),
  );
};

/** Names and options come again and again. */
const remembered = (redact: Redact): Redact => {
  const known = new Map<string, string>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const safe = redact(text);
    if (known.size < 10_000 && text.length < 1_000) known.set(text, safe);
    return safe;
  };
};
