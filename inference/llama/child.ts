import { rmSync } from "node:fs";
import { childModels } from "./child-models.ts";
import { decodeToChild, type FromChild, type ToChild } from "./wire.ts";

// The entry of the engine's own process. All it knows comes over the channel, and it ends with its parent.

const post = (message: FromChild): void => {
  // A parent that is gone is heard of by `disconnect`, and what fails here must not end the process before that.
  process.send?.(message, undefined, undefined, () => undefined);
};

const models = childModels({ post });
type Stops = { readonly abort: AbortController; readonly pause: AbortController };
const open = new Map<number, Stops>();
let stateFolder: string | undefined;

/** Does one thing that the parent waits for, and tells it what came of it. */
const perform = async (id: number, work: (stops: Stops) => Promise<FromChild>): Promise<void> => {
  const stops = { abort: new AbortController(), pause: new AbortController() };
  open.set(id, stops);
  try {
    post(await work(stops));
  } catch (cause) {
    post({ type: "refusal", id, ...models.explain(cause) });
  } finally {
    open.delete(id);
  }
};

const answer = (message: Extract<ToChild, { type: "ask" }>): Promise<void> => {
  const { id, model, question, call, stream } = message;
  return perform(id, async ({ abort, pause }) => {
    const produced = await models.answer(model, {
      question,
      signal: abort.signal,
      pause: pause.signal,
      onBegun: () => post({ type: "begun", id }),
      ...(call === undefined ? {} : { call }),
      ...(stream === true ? { onText: (text: string) => post({ type: "text", id, text }) } : {}),
    });
    return produced.type === "answer"
      ? { type: "answer", id, answer: produced.answer }
      : { type: "paused", id };
  });
};

process.on("message", (raw) => {
  const message = decodeToChild(raw);
  switch (message.type) {
    case "start":
      stateFolder = message.stateFolder;
      return models.start(message);
    case "define":
      return models.define(message.model, message.config);
    case "load":
      return void perform(message.id, async () => ({
        type: "resident",
        id: message.id,
        bytes: await models.load(message.model),
      }));
    case "unload":
      return void perform(message.id, async () => {
        await models.unload(message.model);
        return { type: "unloaded", id: message.id };
      });
    case "ask":
      return void answer(message);
    case "embed":
      return void perform(message.id, async ({ abort }) => ({
        type: "vectors",
        id: message.id,
        vectors: await models.embed(message.model, message.texts, abort.signal),
      }));
    case "abort":
      return open.get(message.id)?.abort.abort();
    case "pause":
      return open.get(message.id)?.pause.abort();
    case "discard":
      return models.discard(message.call);
    case "forget":
      return models.forget(message.model);
  }
});

// The engine may be computing in threads of its own, where an orderly exit would pull its memory away from under it.
process.on("disconnect", () => {
  if (stateFolder !== undefined) rmSync(stateFolder, { recursive: true, force: true });
  process.kill(process.pid, "SIGKILL");
});
