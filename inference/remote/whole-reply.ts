import { brokenReply } from "./fault.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** A reply that a server sent in one piece, though a stream was asked for, as the one event of a stream. */
export const eventsOfWhole = (body: ReadableStream<Bytes>): ReadableStream<Bytes> => {
  const pieces: Bytes[] = [];
  return body.pipeThrough(
    new TransformStream<Bytes, Bytes>({
      transform: (piece) => void pieces.push(piece),
      flush: (controller) => {
        const event = eventOf(new TextDecoder().decode(Buffer.concat(pieces)));
        controller.enqueue(new TextEncoder().encode(`data: ${event}\n\ndata: [DONE]\n\n`));
      },
    }),
  );
};

const eventOf = (text: string): string => {
  let reply: unknown;
  try {
    reply = JSON.parse(text);
  } catch {
    throw brokenReply("the reply is no JSON");
  }
  if (!isMap(reply) || !Array.isArray(reply["choices"])) return JSON.stringify(reply);
  return JSON.stringify({ ...reply, choices: reply["choices"].map(choiceOf) });
};

const choiceOf = (choice: unknown): unknown => {
  if (!isMap(choice) || !isMap(choice["message"])) return choice;
  const { message, ...rest } = choice;
  const calls = message["tool_calls"];
  // In a stream the pieces of a call are put together by their index, which a whole reply does not have.
  const indexed = Array.isArray(calls)
    ? { tool_calls: calls.map((call: unknown, index) => (isMap(call) ? { index, ...call } : call)) }
    : {};
  return { ...rest, delta: { ...message, ...indexed } };
};

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
