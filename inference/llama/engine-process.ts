import { type ChildProcess, fork } from "node:child_process";
import { quoted } from "../../coordination/protocol/quoted.ts";
import { abortListeners } from "./abort-listeners.ts";
import {
  aborted,
  closed,
  failure,
  failureIn,
  type About,
  type Ask,
  type EngineAnswer,
  type EngineFailure,
  type Result,
} from "./engine-result.ts";
import { stateFolder } from "./state-folder.ts";
import { decodeFromChild, type FromChild, type LlamaModelConfig, type ToChild } from "./wire.ts";

export type EngineProcessConfig = {
  /** The compiled `child.ts`. */
  readonly childEntry: string | URL;
  readonly threads: number;
  /** Bytes that the models of the process may take together. Default: what the machine has. */
  readonly ramCapBytes?: number;
};

/** One engine in a process of its own, started when it is first asked and again after a crash. */
export type EngineProcess = {
  /** Never rejects. */
  ask(ask: Ask): Promise<EngineAnswer>;
  /** Brings a model into memory; tells what it takes there. Never rejects. */
  bringIn(about: About): Promise<{ readonly type: "resident"; readonly bytes: number } | EngineFailure>;
  /** Takes a model out of memory. Resolves when it is out, whatever happens. */
  takeOut(model: number): Promise<void>;
  /** A vector a text. Never rejects. */
  embed(
    about: About & { readonly texts: readonly string[] },
  ): Promise<{ readonly type: "vectors"; readonly vectors: readonly (readonly number[])[] } | EngineFailure>;
  /** Stops the open question of this name at its next token. */
  pause(call: string): void;
  /** Drops what is kept of a paused question. */
  discard(call: string): void;
  /** Frees the model's memory. */
  forget(model: number): void;
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

type Open = {
  readonly model: number;
  readonly settle: (result: Result) => void;
  readonly ask?: Ask;
};

export const engineProcess = (config: EngineProcessConfig): EngineProcess => {
  const { childEntry, threads, ramCapBytes } = config;
  const open = new Map<number, Open>();
  const states = stateFolder();
  const aborts = abortListeners();
  const loadCrashes = new Map<number, number>();
  let loading = new Set<number>();
  let defined = new Map<number, LlamaModelConfig>();
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
    started.on("error", (cause) => crashed(started, quoted(cause.message)));
    started.on("exit", (code, signal) =>
      crashed(
        started,
        `${signal ?? `exit code ${code}`}${complaint.trim() === "" ? "" : ` ${quoted(complaint, MAX_STDERR_CHARS)}`}`,
      ),
    );
    const cap = ramCapBytes === undefined ? {} : { ramCapBytes };
    started.send(
      { type: "start", threads, stateFolder: states.renew(), ...cap } satisfies ToChild,
      ignoreSendError,
    );
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
      case "begun":
        open.get(message.id)?.ask?.onBegun?.();
        return;
      case "text":
        open.get(message.id)?.ask?.onText?.(message.text);
        return;
      case "answer":
      case "vectors":
        crashesInARow = 0;
        finish(message.id, message);
        return;
      case "paused":
      case "resident":
      case "unloaded":
        finish(message.id, message);
        return;
      case "refusal":
        finish(message.id, failure(message.code, message.message));
    }
  };

  const finish = (id: number, result: Result): void => {
    const asked = open.get(id);
    open.delete(id);
    asked?.settle(result);
  };

  /** Sends a message that is answered, once the process runs and knows the model. */
  const request = (
    { model, config: of, signal }: About,
    message: (id: number) => ToChild,
    ask?: Ask,
  ): Promise<Result> => {
    const id = ++lastId;
    child ??= start();
    if (defined.get(model) !== of) post({ type: "define", model, config: of });
    defined.set(model, of);
    return new Promise((resolve) => {
      const stop = (): void => {
        post({ type: "abort", id });
        finish(id, aborted());
      };
      const stopListening = aborts.listen(signal, stop);
      const settle = (result: Result): void => {
        stopListening();
        resolve(result);
      };
      open.set(id, { model, settle, ...(ask === undefined ? {} : { ask }) });
      post(message(id));
    });
  };

  const crashed = (which: ChildProcess, why: string): void => {
    if (which !== child) return;
    child = undefined;
    crashesInARow += 1;
    for (const model of loading) loadCrashes.set(model, (loadCrashes.get(model) ?? 0) + 1);
    loading = new Set();
    defined = new Map();
    for (const [id] of open) {
      finish(
        id,
        isClosed ? closed() : failure("ENGINE_CRASHED", `the engine process stopped (${why}); ask again`),
      );
    }
  };

  const refuse = ({ model, config: { file }, signal }: About): EngineFailure | undefined => {
    if (isClosed) return closed();
    if (signal.aborted) return aborted();
    if (open.size >= MAX_OPEN_QUESTIONS) {
      return failure("OVERLOADED", `the engine has ${open.size} open questions; ask again later`);
    }
    if ((loadCrashes.get(model) ?? 0) >= MAX_LOAD_CRASHES) {
      const times = `${MAX_LOAD_CRASHES} times`;
      return failure(
        "MODEL_UNAVAILABLE",
        `loading ${file} crashed the engine ${times}; use another file of this model`,
      );
    }
    if (crashesInARow >= MAX_CRASHES_IN_A_ROW) {
      const times = `${MAX_CRASHES_IN_A_ROW} times in a row`;
      return failure("MODEL_UNAVAILABLE", `the engine crashed ${times}; check free memory, then start again`);
    }
    return undefined;
  };

  return {
    async ask(ask) {
      const refusal = refuse(ask);
      if (refusal !== undefined) return refusal;
      const { model, question, call, onText } = ask;
      const name = call === undefined ? {} : { call };
      const stream = onText === undefined ? {} : { stream: true };
      const result = await request(
        ask,
        (id) => ({ type: "ask", id, model, question, ...name, ...stream }),
        ask,
      );
      if (result.type === "paused") return { type: "paused" };
      return result.type === "answer" ? result : failureIn(result);
    },
    async bringIn(about) {
      const refusal = refuse(about);
      if (refusal !== undefined) return refusal;
      const { model } = about;
      const result = await request(about, (id) => ({ type: "load", id, model }));
      // Whoever does not wait for it any more does not want it in memory.
      if (about.signal.aborted && defined.delete(model)) post({ type: "forget", model });
      return result.type === "resident" ? result : failureIn(result);
    },
    async takeOut(model) {
      const of = defined.get(model);
      if (of === undefined || child === undefined) return;
      const about = { model, config: of, signal: new AbortController().signal };
      await request(about, (id) => ({ type: "unload", id, model }));
    },
    async embed(about) {
      const refusal = refuse(about);
      if (refusal !== undefined) return refusal;
      const { model, texts } = about;
      const result = await request(about, (id) => ({ type: "embed", id, model, texts: [...texts] }));
      return result.type === "vectors" ? result : failureIn(result);
    },
    pause(call) {
      for (const [id, { ask }] of open) if (ask?.call === call) post({ type: "pause", id });
    },
    discard: (call) => post({ type: "discard", call }),
    forget(model) {
      for (const [id, asked] of open) {
        if (asked.model !== model) continue;
        post({ type: "abort", id });
        finish(id, closed());
      }
      if (defined.delete(model)) post({ type: "forget", model });
    },
    load: () => open.size,
    pid: () => child?.pid,
    async close() {
      isClosed = true;
      const running = child;
      if (running === undefined) return states.remove();
      const gone = new Promise<void>((resolve) => {
        running.once("exit", () => resolve());
        running.once("error", () => resolve());
      });
      // Nothing in it is worth saving, and an orderly end could hang in the middle of a computation.
      running.kill("SIGKILL");
      await gone;
      states.remove();
    },
  };
};

// A message that cannot be sent went to a process that is gone: its `exit` tells everyone who waits.
const ignoreSendError = (): void => {};
