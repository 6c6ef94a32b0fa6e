/*
 * Copies of records: plain objects whose keys are data, like a path or an id. V8 makes a hidden class for each new order of keys, and takes
 * four to ten times as long to spread such an object as this takes: here each copy is a hash table from its beginning.
 */

type Members<Value> = Readonly<Record<string, Value>>;

/** A plain object that V8 keeps as a hash table. */
const empty = <Value>(): Record<string, Value> =>
  Object.setPrototypeOf(Object.create(null), Object.prototype) as Record<string, Value>;

export const copyOf = <Value>(record: Members<Value>): Record<string, Value> => {
  const copy = empty<Value>();
  for (const key in record) set(copy, key, record[key] as Value);
  return copy;
};

/** With one member more, or another value of it in its old place. */
export const withMember = <Value>(
  record: Members<Value>,
  key: string,
  value: Value,
): Record<string, Value> => {
  const copy = copyOf(record);
  set(copy, key, value);
  return copy;
};

/** Without one member, if there is such a one. */
export const withoutMember = <Value>(record: Members<Value>, key: string): Record<string, Value> => {
  const copy = empty<Value>();
  for (const each in record) if (each !== key) set(copy, each, record[each] as Value);
  return copy;
};

const set = <Value>(record: Record<string, Value>, key: string, value: Value): void => {
  if (key === "__proto__")
    Object.defineProperty(record, key, { value, enumerable: true, configurable: true, writable: true });
  else record[key] = value;
};
