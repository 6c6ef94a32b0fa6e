/** Gives each different value a small number: a state of the whole cluster is then a short list of numbers. */
export type Table<Value> = {
  readonly idOf: (value: Value) => number;
  readonly at: (id: number) => Value;
  readonly size: () => number;
};

export const openTable = <Value>(textOf: (value: Value) => string): Table<Value> => {
  const ids = new Map<string, number>();
  const values: Value[] = [];
  return {
    idOf: (value) => {
      const text = textOf(value);
      const known = ids.get(text);
      if (known !== undefined) return known;
      ids.set(text, values.length);
      return values.push(value) - 1;
    },
    at: (id) => {
      const value = values[id];
      if (value === undefined) throw new RangeError(`nothing has the number ${id}`);
      return value;
    },
    size: () => values.length,
  };
};

const bits = 15;
const mask = (1 << bits) - 1;

/** Numbers below 2^30 as text of two characters each, which a `Set` keeps in little room. */
export const packed = (numbers: readonly number[]): string => {
  const codes: number[] = [];
  for (const number of numbers) codes.push(number >> bits, number & mask);
  return String.fromCharCode(...codes);
};

export const unpacked = (text: string): number[] => {
  const numbers: number[] = [];
  for (let at = 0; at < text.length; at += 2)
    numbers.push((text.charCodeAt(at) << bits) | text.charCodeAt(at + 1));
  return numbers;
};
