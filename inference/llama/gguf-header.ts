import { statSync } from "node:fs";
import type { ModelShape } from "../footprint.ts";
import { readMetadata, type Metadata } from "./gguf/metadata.ts";
import { GgufFlaw, openGguf, type GgufReader } from "./gguf/reader.ts";
import { shapeOf } from "./gguf/shape.ts";
import { readTensors } from "./gguf/tensors.ts";

/** What the header of a model file says. `message` names the file and the field, and tells what to do. */
export type GgufHeader =
  | {
      readonly type: "gguf";
      readonly version: number;
      readonly tensors: number;
      readonly keys: number;
      readonly shape: ModelShape;
    }
  | { readonly type: "missing"; readonly message: string }
  | { readonly type: "unusable"; readonly message: string };

const HEADER_BYTES = 24;
const MAGIC = "GGUF";
const VERSIONS: ReadonlySet<number> = new Set([2, 3]);
// Far above any real model. The engine reserves memory by these counts before it reads what they count.
const MAX_TENSORS = 100_000;
const MAX_KEYS = 10_000;
const USUAL_ALIGNMENT = 32;
const MAX_ALIGNMENT = 1 << 20;

/**
 * Reads the whole header of a file before the engine does, which may crash on what is not a model. Takes a few milliseconds and one
 * small window of memory, whatever the file claims. Never throws.
 */
export const readGgufHeader = (file: string): GgufHeader => {
  let reader: GgufReader | undefined;
  try {
    // What is no plain file, such as a pipe, could keep us waiting for ever.
    const found = statSync(file);
    if (!found.isFile()) return unreadable(file, found.isDirectory() ? "EISDIR" : "no plain file");
    reader = openGguf(file);
    return readHeader(reader, file);
  } catch (cause) {
    if (cause instanceof GgufFlaw)
      return {
        type: "unusable",
        message: `cannot load ${file}: ${cause.message}; the file is damaged, download or convert it again`,
      };
    return unreadable(file, cause instanceof Error && "code" in cause ? String(cause.code) : String(cause));
  } finally {
    reader?.close();
  }
};

const readHeader = (reader: GgufReader, file: string): GgufHeader => {
  if (reader.size < HEADER_BYTES || reader.bytes(4, "magic").toString("latin1") !== MAGIC)
    return unusable(file, "is not a GGUF model; download the .gguf file of the model again");
  const version = reader.u32("version");
  if (!VERSIONS.has(version)) {
    return unusable(
      file,
      `is GGUF version ${version}, and this engine reads 2 and 3; convert the model again`,
    );
  }
  const tensors = reader.bytes(8, "tensor count").readBigUInt64LE();
  const keys = reader.bytes(8, "key count").readBigUInt64LE();
  if (tensors === 0n || tensors > MAX_TENSORS || keys > MAX_KEYS)
    return unusable(file, `claims ${tensors} tensors and ${keys} keys, so it is damaged; download it again`);
  const metadata = readMetadata(reader, Number(keys));
  const list = readTensors(reader, Number(tensors), alignmentOf(metadata));
  return {
    type: "gguf",
    version,
    tensors: list.length,
    keys: metadata.size,
    shape: shapeOf(metadata, list),
  };
};

const alignmentOf = (metadata: Metadata): number => {
  const key = "general.alignment";
  const said = metadata.get(key);
  if (said === undefined) return USUAL_ALIGNMENT;
  if (said.type !== "number") throw new GgufFlaw(key, "is no number");
  const { value } = said;
  if (Number.isInteger(value) && value >= 1 && value <= MAX_ALIGNMENT && Number.isInteger(Math.log2(value)))
    return value;
  throw new GgufFlaw(key, `is ${value}, and a power of two is needed, ${MAX_ALIGNMENT} at most`);
};

const unreadable = (file: string, code: string): GgufHeader =>
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
