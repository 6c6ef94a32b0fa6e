import type { InferenceReply } from "../../coordination/protocol/inference-messages.ts";
import { readReply } from "./reply.ts";

/**
 * How much the replies to one question may vary; 0 would bring the same one each time. Self-consistency (Wang et al. 2022) was measured with it.
 */
export const samplingTemperature = 0.7;

/**
 * Several replies to one closed question as one: the option that was said most, and how often each was said. One reply more is added, shared out evenly
 * over the options, so that few replies never make certainty. Of equal options the first wins. Without a usable reply it is the last one as it came.
 */
export const sampledReply = (
  replies: readonly InferenceReply[],
  options: readonly string[],
): InferenceReply | undefined => {
  const said = replies.flatMap((reply) => {
    const read = readReply(reply, options);
    return read.type === "usable" && read.choice !== undefined ? [{ reply, choice: read.choice }] : [];
  });
  const shares = options.map((option) => {
    const count = said.filter(({ choice }) => choice === option).length;
    return (count + 1 / options.length) / (said.length + 1);
  });
  const confidence = Math.max(...shares);
  const choice = options[shares.indexOf(confidence)];
  const spoken = said.find((each) => each.choice === choice)?.reply;
  if (choice === undefined || spoken === undefined) return replies.at(-1);
  const probabilities = Object.fromEntries(options.map((option, place) => [option, shares[place] ?? 0]));
  return { ...spoken, choice, confidence, probabilities };
};
