import { type ChildProcess, fork } from "node:child_process";
import { failureOf } from "../model.ts";
import { abortListeners } from "./abort-listeners.ts";
import type { InferenceFailure } from "../../coordination/protocol/inference-messages.ts";
import {
  type Answer,
  decodeFromChild,
  type FromChild,
  type LlamaModelConfig,
  type Question,
  type ToChild,
} from "./wire.ts";

export type EngineProcessConfig = {
  /** The compiled `child.ts`. */
  readonly childEntry: string | URL;
  readonly threads: number;
};

export type EngineAnswer =
  | { readonly type: "answer"; readonly answer: Answer }
  | { readonly type: "ready"; readonly bytes: number }
  | { readonly type: "failure"; readonly failure: InferenceFailure };

export type Load = {
  /** A number of the caller's that stands for the model. */
  readonly model: number;
  readonly config: LlamaModelConfig;
  readonly signal: AbortSignal;
};
export type Ask = Load & { readonly question: Question };

/** One engine in a process of its own, started when it is first asked and again after a crash. */
export type EngineProcess = {
  /** Never rejects. */
  ask(ask: Ask): Promise<EngineAnswer>;
  /** Loads the model, with this config from now on. Never rejects. */
  loadModel(load: Load): Promise<EngineAnswer>;
  /** Frees the model's memory; resolves when that is done, or the process is gone. */
  forget(model: number): Promise<void>;
  /** How many questions are open. */
  load(): number;
  /** The process, while there is one. For tests that kill it. */
  pid(): number | undefined;
  /** Resolves when the process is gone. Open questions fail with ABORTED. */
  close(): Promise<void>;
};

/** Crashes without a single answer in between, after which the engine is not started again. */
export const MAX_CRASHES_IN_A_ROW = 4;
/** Crashes during the loading of one model, after which that model is not loaded again. */
export const MAX_LOAD_CRASHES = 2;
/** Open questions of one process. */
export const MAX_OPEN_QUESTIONS = 4096;
const MAX_STDERR_CHARS = 400;

type Open = { readonly model: number; readonly settle: (answer: EngineAnswer) => void };

export const engineProcess = ({ childEntry, threads }: EngineProcessConfig): EngineProcess => {
  const open = new Map<number, Open>();
  const aborts = abortListeners();
  const forgetting = new Map<number, () => void>();
  const loadCrashes = new Map<number, number>();
  let loading = new Set<number>();
  let defined = new Set<number>();
  let child: ChildProcess | undefined;
  let crashesInARow = 0;
  let lastId = 0;
  let isClosed = false;

  const start = (): ChildProcess => {
    const started = fork(childEntry, [], { execArgv: [], stdio: ["ignore", "ignore", "pipe", "ipc"] });
    let complaint = "";
    started.stderr?.setEncoding("utf8").on("data", (text: string) => {
      complaint = (complaint + text).slice(-MAX_STDERR_CHARS);
    });
    started.on("message", (raw) => {
      const message = decodeFromChild(raw);
      if (message !== undefined) return receive(message);
      complaint = "it sent a message that this build does not know";
      started.kill("SIGKILL");
    });
    // `error` without `exit` means that it never ran.
    started.on("error", (cause) => crashed(started, cause.message));
    started.on("exit", (code, signal) =>
      crashed(started, `${signal ?? `exit code ${code}`} ${complaint}`.trim()),
    );
    started.send({ type: "start", threads } satisfies ToChild, ignoreSendError);
    return started;
  };

  const post = (message: ToChild): void => {
    child?.send(message, ignoreSendError);
  };

  const receive = (message: FromChild): void => {
    switch (message.type) {
      case "loading":
        loading.add(message.model);
        return;
      case "loaded":
        loading.delete(message.model);
        return;
      case "answer":
        crashesInARow = 0;
        finish(message.id, { type: "answer", answer: message.answer });
        return;
      case "ready":
        finish(message.id, message);
        return;
      case "forgotten":
        forgotten(message.model);
        return;
      case "refusal":
        finish(message.id, failure(message.code, message.message));
    }
  };

  const finish = (id: number, answer: EngineAnswer): void => {
    const asked = open.get(id);
    open.delete(id);
    asked?.settle(answer);
  };

  const forgotten = (model: number): void => {
    forgetting.get(model)?.();
    forgetting.delete(model);
  };

  const crashed = (which: ChildProcess, why: string): void => {
    if (which !== child) return;
    child = undefined;
    crashesInARow += 1;
    for (const model of loading) loadCrashes.set(model, (loadCrashes.get(model) ?? 0) + 1);
    loading = new Set();
    defined = new Set();
    for (const model of forgetting.keys()) forgotten(model);
    for (const [id] of open) {
      finish(
        id,
        isClosed ? closed() : failure("ENGINE_CRASHED", `the engine process stopped (${why}); ask again`),
      );
    }
  };

  const refuse = ({ model, config, signal }: Load): EngineAnswer | undefined => {
    if (isClosed) return closed();
    if (signal.aborted) return aborted();
    if (open.size >= MAX_OPEN_QUESTIONS) {
      return failure("OVERLOADED", `the engine has ${open.size} open questions; ask again later`);
    }
    if ((loadCrashes.get(model) ?? 0) >= MAX_LOAD_CRASHES) {
      const times = `${MAX_LOAD_CRASHES} times`;
      return failure(
        "MODEL_UNAVAILABLE",
        `loading ${config.file} crashed the engine ${times}; use another file of this model`,
      );
    }
    if (crashesInARow >= MAX_CRASHES_IN_A_ROW) {
      const times = `${MAX_CRASHES_IN_A_ROW} times in a row`;
      return failure("MODEL_UNAVAILABLE", `the engine crashed ${times}; check free memory, then start again`);
    }
    return undefined;
  };

  const define = ({ model, config }: Load): void => {
    child ??= start();
    post({ type: "define", model, config });
    defined.add(model);
  };

  /** Posts a message that the child will answer. */
  const exchange = ({ model, signal }: Load, message: (id: number) => ToChild): Promise<EngineAnswer> =>
    new Promise((resolve) => {
      const id = ++lastId;
      const stop = (): void => {
        post({ type: "abort", id });
        finish(id, aborted());
      };
      const stopListening = aborts.listen(signal, stop);
      const settle = (answer: EngineAnswer): void => {
        stopListening();
        resolve(answer);
      };
      open.set(id, { model, settle });
      post(message(id));
    });

  return {
    ask(ask) {
      const refusal = refuse(ask);
      if (refusal !== undefined) return Promise.resolve(refusal);
      const { model, question } = ask;
      if (!defined.has(model)) define(ask);
      return exchange(ask, (id) => ({ type: "ask", id, model, question }));
    },
    loadModel(load) {
      const refusal = refuse(load);
      if (refusal !== undefined) return Promise.resolve(refusal);
      define(load);
      return exchange(load, (id) => ({ type: "load", id, model: load.model }));
    },
    forget(model) {
      for (const [id, asked] of open) {
        if (asked.model !== model) continue;
        post({ type: "abort", id });
        finish(id, closed());
      }
      if (!defined.delete(model)) return Promise.resolve();
      return new Promise((resolve) => {
        forgetting.set(model, resolve);
        post({ type: "forget", model });
      });
    },
    load: () => open.size,
    pid: () => child?.pid,
    async close() {
      isClosed = true;
      const running = child;
      if (running === undefined) return;
      const gone = new Promise<void>((resolve) => {
        running.once("exit", () => resolve());
        running.once("error", () => resolve());
      });
      // Nothing in it is worth saving, and an orderly end could hang in the middle of a computation.
      running.kill("SIGKILL");
      await gone;
    },
  };
};

const failure = (code: InferenceFailure["code"], message: string): EngineAnswer => ({
  type: "failure",
  failure: failureOf(code, message),
});

const aborted = (): EngineAnswer => failure("ABORTED", "the request was aborted before it was answered");
const closed = (): EngineAnswer => failure("ABORTED", "the model is closed; open it again");

// A message that cannot be sent went to a process that is gone: its `exit` tells everyone who waits.
const ignoreSendError = (): void => {};
