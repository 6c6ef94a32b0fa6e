import type { Attributes, AttributeValue } from "../span.ts";
import type { ProtobufWriter } from "./protobuf-writer.ts";

/** The bytes of what a name was said to be, by value; or that its values never come again, like those of an id. */
type Known = Map<AttributeValue, Uint8Array> | "ever-new";

/** A name with more values than so many has ever new ones. */
const valuesAtMost = 32;
const namesAtMost = 512;
const lengthAtMost = 128;

/** Writes attributes as `KeyValue` messages. Most say what others have said before: then their bytes are copied. */
export const attributeBytes = (writer: ProtobufWriter) => {
  const names = new Map<string, Known>();

  /** Returns where the message begins, with its length. */
  const write = (field: number, name: string, value: AttributeValue): number => {
    const start = writer.open(field);
    writer.name(1, name);
    writeValue(writer, 2, value);
    writer.close(start);
    return start;
  };

  const remember = (name: string, known: Known | undefined, value: AttributeValue, start: number): void => {
    if (known === "ever-new" || typeof value === "object") return;
    if (typeof value === "string" && value.length > lengthAtMost) return;
    if (known === undefined) {
      if (names.size < namesAtMost) names.set(name, new Map([[value, writer.since(start)]]));
    } else if (known.size < valuesAtMost) known.set(value, writer.since(start));
    else names.set(name, "ever-new");
  };

  return (field: number, attributes: Attributes): void => {
    for (const name in attributes) {
      const value = attributes[name];
      if (value === undefined) continue;
      const known = names.get(name);
      const bytes = known === "ever-new" ? undefined : known?.get(value);
      if (bytes === undefined) remember(name, known, value, write(field, name, value));
      else writer.again(field, bytes);
    }
  };
};

const writeValue = (writer: ProtobufWriter, field: number, value: AttributeValue): void => {
  const start = writer.open(field);
  if (typeof value === "string") writer.text(1, value);
  else if (typeof value === "boolean") writer.number(2, value ? 1 : 0);
  else if (typeof value === "object") writeValues(writer, value);
  else if (isInt64(value)) writer.signed(3, value);
  else writer.double(4, value);
  writer.close(start);
};

const writeValues = (writer: ProtobufWriter, values: readonly string[]): void => {
  const start = writer.open(5);
  for (const value of values) writeValue(writer, 1, value);
  writer.close(start);
};

const isInt64 = (value: number): boolean => Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 63;
