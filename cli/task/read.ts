import { createReadStream, readFileSync, statSync } from "node:fs";
import { reasonOf } from "./inputs.ts";
import { MAX_TASK_BYTES } from "./limits.ts";
import { decodeText } from "./text.ts";

/** A task file as it was read; the run keeps name, path and text. */
export type TaskSource = { readonly name: string; readonly path: string; readonly text: string };

/** The text of a task file, or why there is none. */
export type TaskText = { readonly text: string } | { readonly message: string };

export const readTaskFile = async (path: string): Promise<TaskText> => {
  try {
    const facts = statSync(path);
    if (facts.isDirectory()) return { message: "this is a folder; name the task file in it" };
    if (facts.size > MAX_TASK_BYTES) return tooLarge;
    return textOf(facts.isFile() ? readFileSync(path) : await readStream(path));
  } catch (cause) {
    return { message: `cannot read the task file: ${reasonOf(cause)}` };
  }
};

/** Pipes and devices, which may let their reader wait, and may never end. */
const readStream = async (path: string): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of createReadStream(path)) {
    if (!Buffer.isBuffer(chunk)) continue;
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > MAX_TASK_BYTES) break;
  }
  return Buffer.concat(chunks);
};

const tooLarge = { message: `a task file has at most ${MAX_TASK_BYTES / 1024 ** 2} MiB` };

const textOf = (bytes: Uint8Array): TaskText => {
  if (bytes.length > MAX_TASK_BYTES) return tooLarge;
  const decoded = decodeText(bytes);
  if (decoded.type === "binary" || decoded.text.includes("\ufffd")) {
    return { message: `this is no text in UTF-8${decoded.type === "binary" ? `: ${decoded.reason}` : ""}` };
  }
  if (decoded.text.trim() === "")
    return { message: "the task file is empty; `swarm init` writes one to start from" };
  return decoded;
};
