import type { ModelShape } from "../../footprint.ts";
import { shown, type GgufValue, type Metadata } from "./metadata.ts";
import { GgufFlaw } from "./reader.ts";
import { FILE_TYPES } from "./tensor-types.ts";
import type { TensorInfo } from "./tensors.ts";

/** The engine keeps one row of settings a layer in a table of this length. */
const MAX_LAYERS = 512;
const MAX_DIMENSION = 1 << 24;
/** What an architecture is called: the longest in use has some twenty characters. */
const NAME = /^[\w.-]{1,60}$/;

/** The dimensions that memory follows from. Throws `GgufFlaw` for what the engine would stumble over. */
export const shapeOf = (metadata: Metadata, tensors: readonly TensorInfo[]): ModelShape => {
  const architecture = textOf(metadata, "general.architecture");
  if (architecture === undefined || architecture === "")
    throw new GgufFlaw("general.architecture", "is absent");
  // It begins the name of every key below, in messages too.
  if (!NAME.test(architecture))
    throw new GgufFlaw("general.architecture", `is ${shown(architecture)}, which is no name`);
  const number = (name: string) => wholeOf(metadata, `${architecture}.${name}`);
  const needed = (name: string): number => {
    const value = number(name);
    if (value === undefined || value < 1)
      throw new GgufFlaw(`${architecture}.${name}`, value === undefined ? "is absent" : "is 0");
    return value;
  };
  const layers = needed("block_count");
  if (layers > MAX_LAYERS)
    throw new GgufFlaw(`${architecture}.block_count`, `is ${layers}, and ${MAX_LAYERS} are the most`);
  const embedding = needed("embedding_length");
  const each = (name: string) => perLayer(metadata, `${architecture}.${name}`, layers);
  const heads = each("attention.head_count") ?? Array.from({ length: layers }, () => 0);
  const kvHeads = each("attention.head_count_kv") ?? heads;
  for (const [layer, count] of kvHeads.entries()) {
    const queries = heads[layer] ?? 0;
    if (count > queries || (count > 0 && queries % count !== 0))
      throw new GgufFlaw(
        `${architecture}.attention.head_count_kv`,
        `is ${count}, which does not divide head_count ${queries}`,
      );
  }
  const mostHeads = Math.max(...heads);
  const usualWidth = mostHeads === 0 ? 0 : Math.floor(embedding / mostHeads);
  const keyWidth = number("attention.key_length") ?? usualWidth;
  const valueWidth = number("attention.value_length") ?? usualWidth;
  const vocabulary = checkVocabulary(metadata, number("vocab_size"));
  return {
    architecture,
    name: textOf(metadata, "general.name") ?? null,
    quantization: quantizationOf(metadata, tensors),
    parameters: sum(tensors.map(({ items }) => items)),
    weightBytes: sum(tensors.map(({ bytes }) => bytes)),
    layers,
    embedding,
    feedForward: Math.max(0, ...(each("feed_forward_length") ?? [])),
    heads: mostHeads,
    kvHeads: Math.max(...kvHeads),
    headDim: keyWidth,
    kvItemsPerToken: sum(kvHeads) * (keyWidth + valueWidth),
    vocabulary,
    trainedContext: number("context_length") ?? null,
    parts: wholeOf(metadata, "split.count") ?? 1,
  };
};

/** The engine reads the scores and kinds of words by the words' number, without a look at how many there are. */
const checkVocabulary = (metadata: Metadata, said: number | undefined): number => {
  const words = metadata.get("tokenizer.ggml.tokens");
  if (words === undefined) return said ?? 0;
  const list = (name: string, value: GgufValue, of: readonly string[]): number => {
    if (value.type === "array" && of.includes(value.of)) return value.length;
    throw new GgufFlaw(`tokenizer.ggml.${name}`, `is no array of ${of.join(" or ")}`);
  };
  const length = list("tokens", words, ["string"]);
  if (length === 0) throw new GgufFlaw("tokenizer.ggml.tokens", "is empty");
  for (const [name, of] of [
    ["scores", ["f32"]],
    ["token_type", ["i32", "u32"]],
  ] as const) {
    const value = metadata.get(`tokenizer.ggml.${name}`);
    if (value === undefined) continue;
    const items = list(name, value, of);
    if (items !== length)
      throw new GgufFlaw(`tokenizer.ggml.${name}`, `has ${items} items for ${length} tokens`);
  }
  return length;
};

const quantizationOf = (metadata: Metadata, tensors: readonly TensorInfo[]): string => {
  const said = wholeOf(metadata, "general.file_type");
  const known = said === undefined ? undefined : FILE_TYPES.get(said);
  if (known !== undefined) return known;
  const bytesBy = new Map<string, number>();
  for (const { type, bytes } of tensors) bytesBy.set(type, (bytesBy.get(type) ?? 0) + bytes);
  const [most = ["?"]] = [...bytesBy].sort(([, one], [, other]) => other - one);
  return most[0];
};

const textOf = (metadata: Metadata, key: string): string | undefined => {
  const value = metadata.get(key);
  if (value === undefined || value.type === "string") return value?.value;
  throw new GgufFlaw(key, "is no text");
};

const wholeOf = (metadata: Metadata, key: string): number | undefined => {
  const value = metadata.get(key);
  if (value === undefined) return undefined;
  if (value.type !== "number") throw new GgufFlaw(key, "is no number");
  return checked(key, value.value);
};

/** A number for each layer; one number stands for all. */
const perLayer = (metadata: Metadata, key: string, layers: number): readonly number[] | undefined => {
  const value = metadata.get(key);
  if (value?.type !== "array") {
    const one = wholeOf(metadata, key);
    return one === undefined ? undefined : Array.from({ length: layers }, () => one);
  }
  const { values } = value;
  if (values === undefined || values.length < layers)
    throw new GgufFlaw(key, `has ${value.length} items for ${layers} layers`);
  return values.slice(0, layers).map((each) => checked(key, each));
};

const checked = (key: string, value: number): number => {
  if (Number.isInteger(value) && value >= 0 && value <= MAX_DIMENSION) return value;
  throw new GgufFlaw(key, `is ${value}, which cannot be`);
};

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);
