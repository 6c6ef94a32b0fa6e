import type {
  ChatLine,
  InferenceReply,
  InferenceRequest,
} from "../../coordination/protocol/inference-messages.ts";
import { estimatedTokens, utf8Bytes } from "../budget.ts";
import { fitContext } from "../context/fit.ts";
import type { SchedulerConfig } from "./config.ts";
import type { Exchange, SchedulerState } from "./state.ts";

/** What is kept of one agent at most; the oldest goes first. */
export const MOST_REMEMBERED_BYTES = 64 * 1024;
/** Tokens that a line takes besides its text, about. */
const LINE_TOKENS = 4;

/**
 * The state after an answer of an agent that recalls. Requests and answers are rows of the scheduler, so that what is remembered is a fold over
 * the record: a replay and a run that is taken up again remember the same.
 */
export const remember = (
  config: SchedulerConfig,
  state: SchedulerState,
  { agent, lines }: InferenceRequest,
  { text, reason }: InferenceReply,
): SchedulerState => {
  const asked = lines.at(-1)?.content;
  if (asked === undefined || recallTokensOf(config, agent) === 0) return state;
  const answered = reason === undefined ? text : `${text}\n${reason}`;
  // Asked again the same, its answer was of no use, or is one of several samples or rounds: the last one counts.
  const others = exchangesOf(state, agent).filter((each) => each.asked !== asked);
  const kept = newest([...others, { asked, answered }]);
  return { ...state, remembered: { ...state.remembered, [agent]: kept } };
};

/**
 * The request with what its agent recalls of its earlier steps, behind the words of the system: all of it where it fits into the tokens that the agent has for
 * it, else shortened like any conversation, with what has to do with the question recalled.
 */
export const withRecalled = (
  config: SchedulerConfig,
  state: SchedulerState,
  body: InferenceRequest,
): InferenceRequest => {
  const budget = recallTokensOf(config, body.agent);
  const question = body.lines.at(-1);
  if (budget === 0 || question === undefined) return body;
  const earlier = exchangesOf(state, body.agent)
    .filter(({ asked }) => asked !== question.content)
    .flatMap(({ asked, answered }): readonly ChatLine[] => [
      { role: "user", content: asked },
      { role: "assistant", content: answered },
    ]);
  if (earlier.length === 0) return body;
  const room = {
    budget: budget + estimatedTokens(question.content) + LINE_TOKENS,
    count: estimatedTokens,
    overhead: LINE_TOKENS,
  };
  const fitted = fitContext([...earlier, question], room);
  if (fitted.type === "too long") return body;
  const first = body.lines.findIndex(({ role }) => role !== "system");
  const lines = body.lines.toSpliced(first, 0, ...fitted.lines.slice(0, -1));
  return { ...body, lines };
};

const recallTokensOf = ({ recallTokens = {} }: SchedulerConfig, agent: string): number =>
  Object.hasOwn(recallTokens, agent) ? (recallTokens[agent] ?? 0) : 0;

const exchangesOf = ({ remembered = {} }: SchedulerState, agent: string): readonly Exchange[] =>
  Object.hasOwn(remembered, agent) ? (remembered[agent] ?? []) : [];

/** The last ones, as many as may be kept. */
const newest = (exchanges: readonly Exchange[]): readonly Exchange[] => {
  let bytes = 0;
  let from = exchanges.length;
  for (; from > 0; from--) {
    const each = exchanges[from - 1];
    bytes += each === undefined ? 0 : utf8Bytes(each.asked) + utf8Bytes(each.answered);
    if (bytes > MOST_REMEMBERED_BYTES) break;
  }
  return exchanges.slice(from);
};
