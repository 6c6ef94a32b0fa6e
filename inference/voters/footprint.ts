import { footprintOf, type SizedShape } from "../footprint.ts";
import { SHAPE, VOCABULARY_SIZE } from "./voters.ts";

/**
 * What the engine makes for each voter. A prompt has at most 26 words of 18 characters; in the worst case each character is a
 * token.
 */
export const VOTER_CONTEXT = { context: 512, sequences: 16, batch: 1024 } as const;

/** The shape of a voter, without a look into its file. */
export const voterShape = (fileBytes: number): SizedShape => ({
  weightBytes: fileBytes,
  vocabulary: VOCABULARY_SIZE,
  embedding: SHAPE.dim,
  feedForward: SHAPE.ffn,
  kvItemsPerToken: 2 * SHAPE.layers * SHAPE.kvHeads * (SHAPE.dim / SHAPE.heads),
});

/** Bytes of one copy of a voter in memory; within 3 % of what the engine reports. */
export const voterBytes = (fileBytes: number): number => {
  const { baseBytes, sequenceBytes } = footprintOf(voterShape(fileBytes), VOTER_CONTEXT);
  return baseBytes + VOTER_CONTEXT.sequences * sequenceBytes;
};
