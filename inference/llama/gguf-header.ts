import { open } from "node:fs/promises";

/** What the first bytes of a model file say. `message` tells what to do. */
export type GgufHeader =
  | { readonly type: "gguf"; readonly version: number; readonly tensors: number; readonly keys: number }
  | { readonly type: "missing"; readonly message: string }
  | { readonly type: "unusable"; readonly message: string };

const HEADER_BYTES = 24;
const MAGIC = "GGUF";
const VERSIONS: ReadonlySet<number> = new Set([2, 3]);
// Far above any real model. The engine reserves memory by these counts before it reads what they count.
const MAX_TENSORS = 100_000n;
const MAX_KEYS = 100_000n;

/** Looks at a file before the engine does, which may crash on what is not a model. Never throws. */
export const readGgufHeader = async (file: string): Promise<GgufHeader> => {
  const head = await firstBytes(file);
  if (head.type === "unreadable") return describeUnreadable(file, head.code);
  const { bytes } = head;
  if (bytes.length < HEADER_BYTES || bytes.toString("latin1", 0, 4) !== MAGIC) {
    return unusable(file, "is not a GGUF model; download the .gguf file of the model again");
  }
  const version = bytes.readUInt32LE(4);
  if (!VERSIONS.has(version)) {
    return unusable(
      file,
      `is GGUF version ${version}, and this engine reads 2 and 3; convert the model again`,
    );
  }
  const tensors = bytes.readBigUInt64LE(8);
  const keys = bytes.readBigUInt64LE(16);
  if (tensors === 0n || tensors > MAX_TENSORS || keys > MAX_KEYS) {
    return unusable(file, `claims ${tensors} tensors and ${keys} keys, so it is damaged; download it again`);
  }
  return { type: "gguf", version, tensors: Number(tensors), keys: Number(keys) };
};

type Head =
  | { readonly type: "bytes"; readonly bytes: Buffer }
  | { readonly type: "unreadable"; readonly code: string };

const firstBytes = async (file: string): Promise<Head> => {
  try {
    const handle = await open(file, "r");
    try {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
      return { type: "bytes", bytes: buffer.subarray(0, bytesRead) };
    } finally {
      await handle.close();
    }
  } catch (cause) {
    return {
      type: "unreadable",
      code: cause instanceof Error && "code" in cause ? String(cause.code) : String(cause),
    };
  }
};

const describeUnreadable = (file: string, code: string): GgufHeader =>
  code === "ENOENT" || code === "ENOTDIR"
    ? {
        type: "missing",
        message: `there is no model file ${file}; put it there or correct the path under models`,
      }
    : unusable(file, `cannot be read (${code}); check that it is a file and its permissions`);

const unusable = (file: string, what: string): GgufHeader => ({
  type: "unusable",
  message: `${file} ${what}`,
});
