import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What the mock does with one request. */
export type MockReply =
  | {
      readonly type: "text";
      readonly text: string;
      readonly usage?: { readonly prompt_tokens: number; readonly completion_tokens: number } | null;
      readonly finish?: string;
      /** What the server calls the model that answered; absent: it does not say. */
      readonly model?: string;
      /** One list a token: the token, then what could have stood there, with probabilities. */
      readonly tokens?: readonly (readonly (readonly [string, number])[])[];
    }
  /** As `text`, in one piece, although a stream was asked for. */
  | { readonly type: "whole"; readonly text: string }
  | {
      readonly type: "status";
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** Answers once `after` is settled. */
  | { readonly type: "later"; readonly after: Promise<unknown>; readonly reply: MockReply }
  /** Accepts the request and says nothing. */
  | { readonly type: "silence" }
  /** Sends headers and no byte of a body. */
  | { readonly type: "headers" }
  /** Sends the beginning of a stream and then nothing more. */
  | { readonly type: "stall"; readonly text: string }
  /** Sends the beginning of a stream and ends it in good order, without a finish. */
  | { readonly type: "half"; readonly text: string }
  /** Sends the beginning of a stream and breaks the connection. */
  | { readonly type: "drop"; readonly text: string }
  /** Breaks the connection before a byte. */
  | { readonly type: "reset" }
  | { readonly type: "garbage" }
  /** A stream whose second event is no JSON. */
  | { readonly type: "badJson" }
  /** An error within a stream, after a piece of a reply unless told otherwise. */
  | { readonly type: "streamError"; readonly error: unknown; readonly text?: string }
  /** A space each so many milliseconds, for ever. */
  | { readonly type: "slow"; readonly everyMs: number }
  | { readonly type: "huge"; readonly bytes: number }
  | { readonly type: "tool"; readonly name: string; readonly input: string }
  | { readonly type: "redirect"; readonly to: string }
  /** Says the headers that it got: a provider that leaks. */
  | { readonly type: "echo"; readonly status: number };

export type MockRequest = {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readonly<Record<string, unknown>>;
  readonly atMs: number;
  /** Whether the client went away before the reply was over. */
  aborted: boolean;
};

export type MockProvider = {
  readonly baseUrl: string;
  readonly requests: readonly MockRequest[];
  /** Requests whose connection is open. */
  open(): number;
  /** Requests whose connection is open, and on which nothing more will come. */
  silent(): number;
  /** Says what to do from now on, one reply a request; the last is repeated. */
  script(...replies: readonly (MockReply | ((request: MockRequest) => MockReply))[]): void;
  /** Ends it, connections and all; it refuses from then on. Again: does nothing. */
  close(): Promise<void>;
};

/** An OpenAI-compatible server on a real socket of this machine, which misbehaves as it is told. */
export const mockProvider = async (port = 0): Promise<MockProvider> => {
  const requests: MockRequest[] = [];
  let replies: readonly (MockReply | ((request: MockRequest) => MockReply))[] = [
    { type: "text", text: "ok" },
  ];
  let next = 0;
  let open = 0;
  let silent = 0;
  const timers = new Set<NodeJS.Timeout>();
  const server = createServer((incoming, response) => {
    const pieces: Buffer[] = [];
    open += 1;
    incoming.on("data", (piece: Buffer) => pieces.push(piece));
    incoming.on("end", () => {
      const text = Buffer.concat(pieces).toString();
      const request: MockRequest = {
        path: incoming.url ?? "",
        headers: incoming.headers,
        body: text === "" ? {} : JSON.parse(text),
        atMs: performance.now(),
        aborted: false,
      };
      let isSilent = false;
      response.on("close", () => {
        open -= 1;
        if (isSilent) silent -= 1;
        request.aborted = !response.writableFinished;
      });
      requests.push(request);
      if (request.path.endsWith("/models")) {
        response.setHeader("content-type", "application/json").end('{"data":[{"id":"big"}]}');
        return;
      }
      const reply = replies[Math.min(next, replies.length - 1)] ?? { type: "silence" };
      next += 1;
      const said = typeof reply === "function" ? reply(request) : reply;
      answer(said, request, response, timers);
      isSilent = said.type === "silence" || said.type === "headers" || said.type === "stall";
      if (isSilent) silent += 1;
    });
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const { port: bound } = server.address() as AddressInfo;
  let closed: Promise<void> | undefined;
  return {
    baseUrl: `http://127.0.0.1:${bound}/v1`,
    requests,
    open: () => open,
    silent: () => silent,
    script: (...said) => {
      replies = said;
      next = 0;
    },
    close: () =>
      (closed ??= new Promise((resolve) => {
        for (const timer of timers) clearInterval(timer);
        server.close(() => resolve());
        server.closeAllConnections();
      })),
  };
};

const answer = (
  reply: MockReply,
  request: MockRequest,
  response: ServerResponse,
  timers: Set<NodeJS.Timeout>,
): void => {
  const stream = () => response.writeHead(200, { "content-type": "text/event-stream" });
  switch (reply.type) {
    case "text": {
      stream();
      for (const tokens of tokensOf(reply))
        response.write(
          event(
            { delta: { content: tokens[0]?.[0] ?? "" }, ...probabilities(reply, tokens) },
            reply.model === undefined ? {} : { model: reply.model },
          ),
        );
      response.write(event({ delta: {}, finish_reason: reply.finish ?? "stop" }));
      if (reply.usage !== null)
        response.write(
          `data: ${JSON.stringify({ choices: [], usage: reply.usage ?? { prompt_tokens: 10, completion_tokens: 2 } })}\n\n`,
        );
      response.end("data: [DONE]\n\n");
      return;
    }
    case "whole":
      response.writeHead(200, { "content-type": "application/json" }).end(
        JSON.stringify({
          id: "1",
          choices: [{ index: 0, message: { role: "assistant", content: reply.text }, finish_reason: "stop" }],
          usage: { prompt_tokens: 10, completion_tokens: 2 },
        }),
      );
      return;
    case "status":
      response
        .writeHead(reply.status, { "content-type": "application/json", ...reply.headers })
        .end(reply.body ?? JSON.stringify({ error: { message: "as told" } }));
      return;
    case "later":
      void Promise.allSettled([reply.after]).then(() => answer(reply.reply, request, response, timers));
      return;
    case "silence":
      return;
    case "headers":
      stream().flushHeaders();
      return;
    case "stall":
      stream().write(event({ delta: { content: reply.text } }));
      return;
    case "half":
      stream().end(event({ delta: { content: reply.text } }));
      return;
    case "drop":
      stream().write(event({ delta: { content: reply.text } }), () => response.destroy());
      return;
    case "reset":
      response.destroy();
      return;
    case "garbage":
      response.writeHead(200, { "content-type": "application/json" }).end("<html>Bad gateway</html>");
      return;
    case "badJson":
      stream().write(event({ delta: { content: "a" } }));
      response.end("data: {not json\n\n");
      return;
    case "streamError":
      if (reply.text === "") stream();
      else stream().write(event({ delta: { content: reply.text ?? "a" } }));
      response.end(`data: ${JSON.stringify({ error: reply.error })}\n\n`);
      return;
    case "slow":
      stream().flushHeaders();
      timers.add(setInterval(() => response.write(": \n"), reply.everyMs));
      return;
    case "huge":
      stream();
      writeMuch(response, reply.bytes);
      return;
    case "tool":
      stream().write(
        event({
          delta: {
            tool_calls: [
              {
                index: 0,
                id: "call_1",
                type: "function",
                function: { name: reply.name, arguments: reply.input },
              },
            ],
          },
        }),
      );
      response.end(`${event({ delta: {}, finish_reason: "tool_calls" })}data: [DONE]\n\n`);
      return;
    case "redirect":
      response.writeHead(307, { location: reply.to }).end();
      return;
    case "echo": {
      const leak = JSON.stringify(request.headers);
      if (reply.status !== 200)
        response.writeHead(reply.status).end(JSON.stringify({ error: { message: leak } }));
      else answer({ type: "text", text: leak }, request, response, timers);
    }
  }
};

const tokensOf = ({
  text,
  tokens,
}: Extract<MockReply, { type: "text" }>): readonly (readonly (readonly [string, number])[])[] =>
  tokens ?? text.split(/(?<= )/).map((piece) => [[piece, 1] as const]);

const probabilities = (
  { tokens }: Extract<MockReply, { type: "text" }>,
  ofToken: readonly (readonly [string, number])[],
): object => {
  const [said] = ofToken;
  if (tokens === undefined || said === undefined) return {};
  const list = ofToken.map(([token, probability]) => ({ token, logprob: Math.log(probability) }));
  return { logprobs: { content: [{ ...list[0], top_logprobs: list }] } };
};

const event = (choice: object, more: object = {}): string =>
  `data: ${JSON.stringify({ id: "1", object: "chat.completion.chunk", ...more, choices: [{ index: 0, ...choice }] })}\n\n`;

const writeMuch = (response: ServerResponse, bytes: number): void => {
  const piece = event({ delta: { content: "x".repeat(60_000) } });
  let left = bytes;
  const write = () => {
    while (left > 0 && !response.destroyed) {
      left -= piece.length;
      if (!response.write(piece)) return response.once("drain", write);
    }
    return response.end();
  };
  write();
};
