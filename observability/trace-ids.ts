import type { EnvelopeId, RunId } from "../coordination/protocol/ids.ts";

/** The sha256 of a text in UTF-8, in lowercase hexadecimal digits. */
export type Sha256 = (text: string) => string;

/**
 * The ids of a run's trace. All of them derive from the run and its rows, so whoever reads the record, whenever and however
 * often, finds the same; and the receiver of an envelope knows its sender's span from the envelope's id alone.
 */
export type TraceIds = {
  /** 32 hexadecimal digits: the first 16 bytes of sha256(run id). */
  readonly trace: string;
  /** 16 hexadecimal digits. `key` names a unit of work uniquely within the run. */
  readonly span: (key: string) => string;
  /** Four of them for what belongs together: one digest has enough for all. */
  readonly spans: (key: string) => readonly [string, string, string, string];
};

export const traceIds = (run: RunId, sha256: Sha256): TraceIds => ({
  trace: sha256(run).slice(0, 32),
  span: (key) => sha256(`${run}\n${key}`).slice(0, 16),
  spans: (key) => {
    const digits = sha256(`${run}\n${key}`);
    return [digits.slice(0, 16), digits.slice(16, 32), digits.slice(32, 48), digits.slice(48)];
  },
});

/** The key of the span of sending an envelope. A notice of failure belongs to the envelope that it is about. */
export const publishKey = (id: EnvelopeId): string => `publish ${id.endsWith("!") ? id.slice(0, -1) : id}`;

/** The W3C `traceparent` of an envelope: its trace, the span that sent it, and that it is recorded, as every run is. */
export const traceparentOf = ({ trace, span }: TraceIds, id: EnvelopeId): string =>
  `00-${trace}-${span(publishKey(id))}-01`;
