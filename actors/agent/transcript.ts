import type { ChatLine } from "../../coordination/protocol/inference-messages.ts";

/** How many lines an agent remembers of its own unusable replies and the complaints about them. */
export const transcriptLines = 8;
/** Longest line that is remembered, in characters. */
export const transcriptLineLength = 2_000;

/** The transcript with two lines more, the oldest forgotten where it would grow beyond its bound. */
export const rememberComplaint = (
  transcript: readonly ChatLine[],
  reply: string,
  complaint: string,
): readonly ChatLine[] =>
  [
    ...transcript,
    { role: "assistant", content: reply.slice(0, transcriptLineLength) } as const,
    { role: "user", content: complaint.slice(0, transcriptLineLength) } as const,
  ].slice(-transcriptLines);
