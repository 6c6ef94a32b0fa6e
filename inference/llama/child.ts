import { childModels } from "./child-models.ts";
import { decodeToChild, type FromChild, type ToChild } from "./wire.ts";

// The entry of the engine's own process. All it knows comes over the channel, and it ends with its parent.

const post = (message: FromChild): void => {
  process.send?.(message);
};

const models = childModels({ post });
const open = new Map<number, AbortController>();

const answer = async ({ id, model, question }: Extract<ToChild, { type: "ask" }>): Promise<void> => {
  const controller = new AbortController();
  open.set(id, controller);
  try {
    post({ type: "answer", id, answer: await models.answer(model, question, controller.signal) });
  } catch (cause) {
    post({ type: "refusal", id, ...models.explain(cause) });
  } finally {
    open.delete(id);
  }
};

const load = async ({ id, model }: Extract<ToChild, { type: "load" }>): Promise<void> => {
  try {
    post({ type: "ready", id, bytes: await models.load(model) });
  } catch (cause) {
    post({ type: "refusal", id, ...models.explain(cause) });
  }
};

const forget = async (model: number): Promise<void> => {
  await models.forget(model);
  post({ type: "forgotten", model });
};

process.on("message", (raw) => {
  const message = decodeToChild(raw);
  switch (message.type) {
    case "start":
      return models.start(message.threads);
    case "define":
      return models.define(message.model, message.config);
    case "ask":
      return void answer(message);
    case "abort":
      return open.get(message.id)?.abort();
    case "load":
      return void load(message);
    case "forget":
      return void forget(message.model);
  }
});

// The engine may be computing in threads of its own, where an orderly exit would pull its memory away from under it.
process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));
