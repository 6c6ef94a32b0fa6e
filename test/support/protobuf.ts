/** One field of a message in protobuf's wire format: a number, or bytes. */
export type Field = { readonly number: number; readonly value: bigint | Buffer };

/** Reads the fields of one message. Knows the wire types that OTLP uses: varint, fixed64, length-delimited, fixed32. */
export function* fieldsOf(bytes: Buffer): Generator<Field> {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes.readUInt8(at);
      at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const number = tag >> 3;
    switch (tag & 7) {
      case 0:
        yield { number, value: varint() };
        break;
      case 1:
        yield { number, value: bytes.readBigUInt64LE(at) };
        at += 8;
        break;
      case 2: {
        const length = Number(varint());
        yield { number, value: bytes.subarray(at, at + length) };
        at += length;
        break;
      }
      case 5:
        yield { number, value: BigInt(bytes.readUInt32LE(at)) };
        at += 4;
        break;
      default:
        throw new TypeError(`wire type ${tag & 7} at ${at}`);
    }
  }
}

export const messagesIn = (bytes: Buffer, number: number): readonly Buffer[] =>
  [...fieldsOf(bytes)].flatMap((field) =>
    field.number === number && Buffer.isBuffer(field.value) ? [field.value] : [],
  );

export const textIn = (bytes: Buffer, number: number): string =>
  messagesIn(bytes, number).at(-1)?.toString() ?? "";

export const hexIn = (bytes: Buffer, number: number): string =>
  messagesIn(bytes, number).at(-1)?.toString("hex") ?? "";

export const numberIn = (bytes: Buffer, number: number): bigint => {
  const value = [...fieldsOf(bytes)].findLast((field) => field.number === number)?.value;
  return typeof value === "bigint" ? value : 0n;
};
