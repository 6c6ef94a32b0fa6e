import { isUtf8 } from "node:buffer";
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
  if (decoded.type === "binary") return noText(decoded.reason);
  if (bytes.includes(0)) return noText("it holds NUL bytes");
  if (!isUtf8(bytes)) return noText(`line ${brokenLine(bytes)} is not`);
  if (decoded.text.trim() === "")
    return { message: "the task file is empty; `swarm init` writes one to start from" };
  return decoded;
};

const noText = (why: string): TaskText => ({
  message: `this is no text in UTF-8: ${why}; save it as UTF-8`,
});

/** The first line, from 1, with a byte that is no UTF-8. */
const brokenLine = (bytes: Uint8Array): number => {
  let line = 1;
  let start = 0;
  for (let end = bytes.indexOf(0x0a); end !== -1; end = bytes.indexOf(0x0a, start)) {
    if (!isUtf8(bytes.subarray(start, end))) break;
    line += 1;
    start = end + 1;
  }
  return line;
};
