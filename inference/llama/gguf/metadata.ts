import { GgufFlaw, type GgufReader } from "./reader.ts";

/** A value of the header that matters here. Long ones are gone past: of an array only its kind and length are kept. */
export type GgufValue =
  | { readonly type: "number"; readonly value: number }
  | { readonly type: "string"; readonly value: string }
  | {
      readonly type: "array";
      readonly of: string;
      readonly length: number;
      /** The numbers of an array that has few. */
      readonly values?: readonly number[];
    };

export type Metadata = ReadonlyMap<string, GgufValue>;

const MAX_KEY_BYTES = 1024;
/** Chat templates are the longest strings in real files, a hundred kilobytes at most. */
const MAX_STRING_BYTES = 16 * 1024 * 1024;
const KEPT_STRING_BYTES = 1024;
const MAX_ARRAY_ITEMS = 1 << 24;
/** One number a layer is what is read from arrays. */
const KEPT_ITEMS = 1024;
const MAX_SHOWN_CHARS = 60;

type Scalar = { readonly name: string; readonly bytes: number; readonly read: (bytes: Buffer) => number };

const SCALARS: ReadonlyMap<number, Scalar> = new Map([
  [0, { name: "u8", bytes: 1, read: (bytes) => bytes.readUInt8() }],
  [1, { name: "i8", bytes: 1, read: (bytes) => bytes.readInt8() }],
  [2, { name: "u16", bytes: 2, read: (bytes) => bytes.readUInt16LE() }],
  [3, { name: "i16", bytes: 2, read: (bytes) => bytes.readInt16LE() }],
  [4, { name: "u32", bytes: 4, read: (bytes) => bytes.readUInt32LE() }],
  [5, { name: "i32", bytes: 4, read: (bytes) => bytes.readInt32LE() }],
  [6, { name: "f32", bytes: 4, read: (bytes) => bytes.readFloatLE() }],
  [7, { name: "bool", bytes: 1, read: (bytes) => bytes.readUInt8() }],
  [10, { name: "u64", bytes: 8, read: (bytes) => Number(bytes.readBigUInt64LE()) }],
  [11, { name: "i64", bytes: 8, read: (bytes) => Number(bytes.readBigInt64LE()) }],
  [12, { name: "f64", bytes: 8, read: (bytes) => bytes.readDoubleLE() }],
]);
const STRING = 8;
const ARRAY = 9;

/** Reads the keys and values, which begin where the reader stands. Throws `GgufFlaw`. */
export const readMetadata = (reader: GgufReader, count: number): Metadata => {
  const values = new Map<string, GgufValue>();
  for (let index = 0; index < count; index++) {
    const key = reader.string(`key ${index}`, MAX_KEY_BYTES);
    const field = shown(key);
    if (values.has(key)) throw new GgufFlaw(field, "stands there twice");
    values.set(key, readValue(reader, field));
  }
  return values;
};

const readValue = (reader: GgufReader, field: string): GgufValue => {
  const kind = reader.u32(field);
  if (kind === STRING) return readString(reader, field);
  if (kind === ARRAY) return readArray(reader, field);
  const scalar = SCALARS.get(kind);
  if (scalar === undefined) throw new GgufFlaw(field, `is of type ${kind}, which GGUF does not have`);
  return { type: "number", value: readScalar(reader, scalar, field) };
};

const readScalar = (reader: GgufReader, { name, bytes, read }: Scalar, field: string): number => {
  const value = read(reader.bytes(bytes, field));
  if (name === "bool" && value > 1) throw new GgufFlaw(field, `is ${value}, which is neither true nor false`);
  return value;
};

const readString = (reader: GgufReader, field: string): GgufValue => {
  const length = stringLength(reader, field);
  if (length > KEPT_STRING_BYTES) {
    reader.skip(length, field);
    return { type: "string", value: "" };
  }
  return { type: "string", value: reader.bytes(length, field).toString("utf8") };
};

const stringLength = (reader: GgufReader, field: string): number => {
  const length = reader.u64(field);
  if (length > MAX_STRING_BYTES)
    throw new GgufFlaw(field, `has a text of ${length} bytes, and ${MAX_STRING_BYTES} are the most`);
  return length;
};

const readArray = (reader: GgufReader, field: string): GgufValue => {
  const kind = reader.u32(field);
  const length = reader.u64(field);
  if (length > MAX_ARRAY_ITEMS)
    throw new GgufFlaw(field, `has ${length} items, and ${MAX_ARRAY_ITEMS} are the most`);
  if (kind === ARRAY) throw new GgufFlaw(field, "is an array of arrays, which the engine does not read");
  if (kind === STRING) {
    for (let item = 0; item < length; item++) reader.skip(stringLength(reader, field), field);
    return { type: "array", of: "string", length };
  }
  const scalar = SCALARS.get(kind);
  if (scalar === undefined)
    throw new GgufFlaw(field, `is an array of type ${kind}, which GGUF does not have`);
  if (length > KEPT_ITEMS) {
    reader.skip(length * scalar.bytes, field);
    return { type: "array", of: scalar.name, length };
  }
  const values = Array.from({ length }, () => readScalar(reader, scalar, field));
  return { type: "array", of: scalar.name, length, values };
};

/** A name out of the file, in quotes and printable characters where it has others than names have. */
export const shown = (name: string): string => {
  const clipped = name.length > MAX_SHOWN_CHARS ? `${name.slice(0, MAX_SHOWN_CHARS)}...` : name;
  return /^[\w.\-/]+$/.test(clipped)
    ? clipped
    : JSON.stringify(clipped).replace(
        /[^\x20-\x7e]/g,
        (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
      );
};
