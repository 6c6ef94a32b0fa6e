import { shown } from "./metadata.ts";
import { GgufFlaw, type GgufReader } from "./reader.ts";
import { TENSOR_TYPES } from "./tensor-types.ts";

export type TensorInfo = {
  readonly name: string;
  readonly type: string;
  readonly items: number;
  readonly bytes: number;
  /** From the beginning of the data, which follows the header. */
  readonly offset: number;
};

// The engine keeps names in 64 bytes, the closing zero included.
const MAX_NAME_BYTES = 63;
const MAX_DIMENSIONS = 4;

/** Reads the list of tensors, which begins where the reader stands, and holds each against the file. Throws `GgufFlaw`. */
export const readTensors = (reader: GgufReader, count: number, alignment: number): readonly TensorInfo[] => {
  const names = new Set<string>();
  const tensors: TensorInfo[] = [];
  for (let index = 0; index < count; index++) {
    const name = reader.string(`name of tensor ${index}`, MAX_NAME_BYTES);
    const field = `tensor ${shown(name)}`;
    if (names.has(name)) throw new GgufFlaw(field, "stands there twice");
    names.add(name);
    const tensor = { name, ...readTensor(reader, field) };
    if (tensor.offset % alignment !== 0)
      throw new GgufFlaw(field, `begins at ${tensor.offset}, which is no multiple of ${alignment}`);
    tensors.push(tensor);
  }
  const dataAt = Math.ceil(reader.position() / alignment) * alignment;
  checkPlaces(tensors, reader.size - dataAt);
  return tensors;
};

const readTensor = (reader: GgufReader, field: string): Omit<TensorInfo, "name"> => {
  const dimensions = reader.u32(field);
  if (dimensions < 1 || dimensions > MAX_DIMENSIONS)
    throw new GgufFlaw(field, `has ${dimensions} dimensions, and 1 to ${MAX_DIMENSIONS} can be`);
  const sizes = Array.from({ length: dimensions }, () => reader.u64(field));
  const kind = reader.u32(field);
  const type = TENSOR_TYPES.get(kind);
  if (type === undefined)
    throw new GgufFlaw(field, `is packed as type ${kind}, which this version does not know`);
  const items = sizes.reduce((product, size) => product * size, 1);
  if (items < 1 || !Number.isSafeInteger(items))
    throw new GgufFlaw(field, `has the sizes ${sizes.join(" x ")}, which cannot be`);
  if ((sizes[0] ?? 0) % type.block !== 0)
    throw new GgufFlaw(
      field,
      `has rows of ${sizes[0]}, and ${type.name} packs them in blocks of ${type.block}`,
    );
  return { type: type.name, items, bytes: (items / type.block) * type.bytes, offset: reader.u64(field) };
};

/** Each within the data, and no two in one place. */
const checkPlaces = (tensors: readonly TensorInfo[], dataBytes: number): void => {
  let end = 0;
  let before = "";
  for (const { name, offset, bytes } of tensors.toSorted((one, other) => one.offset - other.offset)) {
    const field = `tensor ${shown(name)}`;
    if (offset < end) throw new GgufFlaw(field, `lies over tensor ${shown(before)}`);
    end = offset + bytes;
    before = name;
    if (end > dataBytes)
      throw new GgufFlaw(field, `ends at ${end} of the data, and the file has ${Math.max(0, dataBytes)}`);
  }
};
