import { invariant } from "../../coordination/protocol/invariant.ts";
import type { FinishedRow, HeaderRow, Row, RuledRow } from "../../coordination/protocol/row.ts";
import { accountReader, type Account } from "../spending.ts";
import { decisionReader, type RecordedDecision } from "../decisions.ts";
import type { Redact } from "../redact.ts";
import { spanReader, type SpanReaderDeps } from "../spans/reader.ts";
import type { Span } from "../span.ts";
import { barOf, type Bar } from "./bar.ts";
import { callOf, waitOf, type Call, type Wait } from "./calls.ts";
import { conversationReader, type Conversation } from "./conversations.ts";
import { failureReader, type Failure } from "./failures.ts";
import { memoryHistory, type MemoryHistory } from "./memory.ts";
import { sequenceReader, type Exchange } from "./sequence.ts";
import { tokenHistory, type TokenStretch } from "./tokens.ts";
import type { Pause } from "../pauses.ts";

/** What a report tells of a run, read in one pass over its rows. */
export type RunRecord = {
  readonly header: HeaderRow;
  readonly finished: FinishedRow | undefined;
  readonly rows: number;
  readonly lastUs: number;
  readonly pauses: readonly Pause[];
  /** How often a process has taken the run up again. */
  readonly resumes: number;
  readonly bars: readonly Bar[];
  readonly calls: readonly Call[];
  readonly waits: readonly Wait[];
  readonly tokens: readonly TokenStretch[];
  readonly account: Account;
  readonly memory: MemoryHistory;
  readonly decisions: readonly RecordedDecision[];
  readonly rulings: readonly RuledRow[];
  readonly exchanges: readonly Exchange[];
  readonly failures: readonly Failure[];
  /** Failures of further kinds, of which only the number is known. */
  readonly otherFailures: number;
  /** Empty unless they were asked for. */
  readonly conversations: readonly Conversation[];
  readonly otherConversations: number;
};

export type RecordOptions = {
  readonly spans: SpanReaderDeps;
  /** What is shown of the message of a failure. */
  readonly sentence: Redact;
  /** How many conversations with models to keep; 0: none. */
  readonly conversations: number;
};

/** Reads a run from its rows; The first row must be the header. The run may be at any point. */
export const recordOf = (
  rows: Iterable<{ readonly row: Row }>,
  { spans, sentence, conversations: conversationsAtMost }: RecordOptions,
): RunRecord => {
  const traced = spanReader(spans);
  const decisions = decisionReader();
  const sequence = sequenceReader();
  const failures = failureReader(sentence);
  const account = accountReader();
  const memory = memoryHistory();
  const tokens = tokenHistory();
  const conversations = conversationsAtMost > 0 ? conversationReader(conversationsAtMost) : undefined;
  const bars: Bar[] = [];
  const calls: Call[] = [];
  const waits: Wait[] = [];
  const pauses: Pause[] = [];
  const rulings: RuledRow[] = [];
  let header: HeaderRow | undefined;
  let finished: FinishedRow | undefined;
  let count = 0;
  let lastUs = 0;

  const keep = (span: Span): void => {
    const bar = barOf(span);
    // Most calls get their turn at once.
    if (bar !== undefined && (bar.unit !== "wait" || bar.endUs > bar.startUs)) bars.push(bar);
    const call = callOf(span);
    if (call !== undefined) calls.push(call);
    const wait = waitOf(span);
    if (wait !== undefined) waits.push(wait);
  };

  for (const { row } of rows) {
    count += 1;
    if (row.type === "header") header = row;
    if (row.type === "finished") finished = row;
    if (row.type === "ruled") rulings.push(row);
    if (row.type === "resumed") pauses.push({ fromUs: lastUs, untilUs: row.atUs });
    // What a person says while nothing drives the run is no work of the run.
    if (row.type !== "ruled") lastUs = Math.max(lastUs, row.atUs);
    for (const span of traced.read(row)) keep(span);
    for (const reader of [decisions, sequence, failures, account, memory, tokens, conversations])
      reader?.read(row);
  }
  for (const span of traced.end()) keep(span);
  invariant(header !== undefined, "a run begins with its header");
  // Nobody has gone on by the newest word of a person yet.
  const ruledUs = rulings.at(-1)?.atUs ?? lastUs;
  const resumes = pauses.length;
  if (ruledUs > lastUs) pauses.push({ fromUs: lastUs, untilUs: ruledUs });
  const { failures: told, others: otherFailures } = failures.take();
  return {
    header,
    finished,
    rows: count,
    lastUs,
    pauses,
    resumes,
    bars,
    calls,
    waits,
    tokens: tokens.take(),
    account: account.take(),
    memory: memory.take(),
    decisions: [...decisions.take().values()],
    rulings,
    exchanges: sequence.take(),
    failures: told,
    otherFailures,
    conversations: conversations?.take().conversations ?? [],
    otherConversations: conversations?.take().others ?? 0,
  };
};
