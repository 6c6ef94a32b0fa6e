/**
 * Writes the wire format of protocol buffers (https://protobuf.dev/programming-guides/encoding/) into one buffer that
 * grows. Fields are written in the order of the calls; nothing is measured beforehand: the length of a message is put in
 * front of it when it is closed. One writer makes one message after the other: it keeps its buffer, and the code that V8 compiled
 * for it, which it would compile anew for each further writer.
 */
export const protobufWriter = () => {
  let bytes = Buffer.allocUnsafe(startBytes);
  let at = 0;
  const names = new Map<string, Uint8Array>();

  const reserve = (count: number): void => {
    if (at + count <= bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(at + count, bytes.length * 2));
    bytes.copy(larger, 0, 0, at);
    bytes = larger;
  };

  const tag = (field: number, type: number): void => varint(field * 8 + type);

  const varint = (value: number): void => {
    reserve(varintAtMost);
    let rest = value;
    while (rest > 0x7f) {
      bytes[at] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
      at += 1;
    }
    bytes[at] = rest;
    at += 1;
  };

  /** Closes what `open` began: puts its length where it was left out. */
  const close = (start: number): void => {
    const length = at - start - 1;
    if (length < 0x80) {
      bytes[start] = length;
      return;
    }
    const more = lengthOfVarint(length) - 1;
    reserve(more);
    bytes.copyWithin(start + 1 + more, start + 1, at);
    at = start;
    varint(length);
    at += length;
  };

  /** Begins a message within another one, and returns what `close` needs. Most are so short that one byte says how long. */
  const open = (field: number): number => {
    tag(field, lengthDelimited);
    reserve(1);
    at += 1;
    return at - 1;
  };

  const raw = (fields: Uint8Array): void => {
    reserve(fields.length);
    bytes.set(fields, at);
    at += fields.length;
  };

  const kept = (name: string): Uint8Array => {
    const encoded = Buffer.from(name);
    if (names.size < namesAtMost) names.set(name, encoded);
    return encoded;
  };

  return {
    open,
    close,
    /** Never negative. */
    number: (field: number, value: number): void => {
      tag(field, 0);
      varint(value);
    },
    /** A whole number that may be negative, as `int64`. */
    signed: (field: number, value: number): void => {
      tag(field, 0);
      if (value >= 0) return varint(value);
      reserve(varintAtMost);
      for (let rest = BigInt.asUintN(64, BigInt(value)); ; rest >>= 7n) {
        bytes[at] = Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0);
        at += 1;
        if (rest <= 0x7fn) return;
      }
    },
    double: (field: number, value: number): void => {
      tag(field, 1);
      reserve(8);
      at = bytes.writeDoubleLE(value, at);
    },
    /** Two halves of 32 bits, as `fixed64`. */
    fixed64: (field: number, low: number, high: number): void => {
      tag(field, 1);
      reserve(8);
      at = bytes.writeUInt32LE(low, at);
      at = bytes.writeUInt32LE(high, at);
    },
    /** Begins a message of so many bytes, which are kept elsewhere. */
    head: (field: number, length: number): void => {
      tag(field, lengthDelimited);
      varint(length);
    },
    fixed32: (field: number, value: number): void => {
      tag(field, 5);
      reserve(4);
      at = bytes.writeUInt32LE(value, at);
    },
    text: (field: number, value: string): void => {
      const start = open(field);
      // No character takes more than three bytes in UTF-8.
      reserve(value.length * 3);
      at += isShortAscii(value, bytes, at) ? value.length : bytes.write(value, at);
      close(start);
    },
    /** A text that comes again and again: its bytes are kept. */
    name: (field: number, value: string): void => {
      tag(field, lengthDelimited);
      const known = names.get(value) ?? kept(value);
      varint(known.length);
      raw(known);
    },
    /** Bytes that are given as an even number of hexadecimal digits in lower case, at most 254. */
    hex: (field: number, digits: string): void => {
      tag(field, lengthDelimited);
      reserve(1 + digits.length / 2);
      bytes[at] = digits.length / 2;
      at += 1;
      for (let index = 0; index < digits.length; index += 2) {
        bytes[at] = digitOf(digits.charCodeAt(index)) * 16 + digitOf(digits.charCodeAt(index + 1));
        at += 1;
      }
    },
    /** The message that was closed last, with its length before it, for `again`. `start`: what `open` returned for it. */
    since: (start: number): Uint8Array => new Uint8Array(bytes.subarray(start, at)),
    /** A message that was written before. */
    again: (field: number, message: Uint8Array): void => {
      tag(field, lengthDelimited);
      raw(message);
    },
    /** Whole fields. */
    raw,
    /** All that was written since the last time, in bytes of their own. */
    finish: (): Uint8Array => {
      const written = new Uint8Array(bytes.subarray(0, at));
      at = 0;
      return written;
    },
  };
};

export type ProtobufWriter = ReturnType<typeof protobufWriter>;

const startBytes = 256 * 1024;
const lengthDelimited = 2;
const varintAtMost = 10;
/** Up to here a loop over the characters is quicker than a call into Node. */
const shortAtMost = 24;
const namesAtMost = 512;

/** Writes a short text without any letter beyond ASCII; `false` where it is not one, and then nothing that counts is written. */
const isShortAscii = (value: string, bytes: Buffer, at: number): boolean => {
  if (value.length > shortAtMost) return false;
  for (let index = 0; index < value.length; index += 1) {
    const code = value.charCodeAt(index);
    if (code > 0x7f) return false;
    bytes[at + index] = code;
  }
  return true;
};

/** Of `0` to `9` and `a` to `f`. */
const digitOf = (code: number): number => (code & 0xf) + (code >> 6) * 9;

const lengthOfVarint = (value: number): number => {
  let length = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 0x80)) length += 1;
  return length;
};
