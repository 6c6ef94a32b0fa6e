/**
 * What a client did to one key, and what it was told. `invoked` and `returned` are places in one order of all that
 * clients did; `returned` is `null` where the client never learnt what became of it: then it took effect at some time
 * after `invoked`, or never.
 */
export type Operation = {
  readonly key: string;
  readonly action: Action;
  readonly invoked: number;
  readonly returned: number | null;
  /** What a read read; `done`, or `was ...` of a `cas` that found something else; of no interest for the others. */
  readonly answer: string | null;
};

export type Action =
  | { readonly type: "read" }
  | { readonly type: "set"; readonly value: string }
  | { readonly type: "add"; readonly text: string }
  | { readonly type: "cas"; readonly expected: string; readonly value: string };

export type Verdict =
  | { readonly type: "linearizable" }
  /** No order of the operations on this key explains what was answered. */
  | { readonly type: "violation"; readonly key: string; readonly operations: readonly Operation[] }
  /** The search was given up. */
  | { readonly type: "undecided"; readonly key: string };

const stepsMax = 200_000;

/**
 * Whether some order of the operations, which respects that what returned came before what was invoked later, explains every
 * answer: the search of Wing and Gong as Lowe made it quick ("Testing for linearizability", 2017). Keys do not touch
 * each other, so each is searched by itself.
 */
export const checkLinearizable = (history: readonly Operation[], limit = stepsMax): Verdict => {
  for (const [key, operations] of byKey(history)) {
    const told = tellingOf(operations);
    const found = search(told, limit);
    if (found === "violation") return { type: "violation", key, operations: told };
    if (found === "undecided") return { type: "undecided", key };
  }
  return { type: "linearizable" };
};

/**
 * Without the operations that explain nothing. One of unknown outcome may have had no effect at all; and it had none that
 * anybody could tell if what it would have left was never read, nor found or looked for by a `cas`.
 */
const tellingOf = (operations: readonly Operation[]): readonly Operation[] => {
  const seen = operations.flatMap(({ action, answer }) => [
    ...(answer === null ? [] : [answer]),
    ...(action.type === "cas" ? [action.expected] : []),
  ]);
  return operations.filter(({ action, returned }) => {
    if (returned !== null) return true;
    if (action.type === "read") return false;
    const left = action.type === "add" ? action.text : action.value;
    return seen.some((text) => text.includes(left));
  });
};

const byKey = (history: readonly Operation[]): ReadonlyMap<string, Operation[]> => {
  const keys = new Map<string, Operation[]>();
  for (const operation of history) {
    const known = keys.get(operation.key);
    if (known === undefined) keys.set(operation.key, [operation]);
    else known.push(operation);
  }
  return keys;
};

/** The start or the end of an operation, in a list from which operations are lifted and put back. */
type Place = {
  readonly operation: Operation;
  readonly number: number;
  readonly end: Place | null;
  readonly isEnd: boolean;
  before: Place | null;
  after: Place | null;
};

type Step = { readonly start: Place; readonly value: string };

const search = (
  operations: readonly Operation[],
  limit: number,
): "linearizable" | "violation" | "undecided" => {
  const head = listOf(operations);
  const taken = new Uint32Array((operations.length >> 5) + 1);
  const seen = new Set<string>();
  const stack: Step[] = [];
  let open = operations.filter(({ returned }) => returned !== null).length;
  let value = "";
  let place = head.after;
  for (let steps = 0; open > 0; steps += 1) {
    if (steps > limit) return "undecided";
    if (place === null || place.isEnd) {
      // Something returned before anything else could take effect: the last choice was wrong.
      const last = stack.pop();
      if (last === undefined) return "violation";
      value = last.value;
      flip(taken, last.start.number);
      putBack(last.start);
      if (last.start.end !== null) open += 1;
      place = last.start.after;
      continue;
    }
    const next = effectOf(value, place.operation);
    if (next !== null) {
      flip(taken, place.number);
      const known = `${taken.join()} ${next}`;
      if (!seen.has(known)) {
        seen.add(known);
        stack.push({ start: place, value });
        value = next;
        lift(place);
        if (place.end !== null) open -= 1;
        place = head.after;
        continue;
      }
      flip(taken, place.number);
    }
    place = place.after;
  }
  return "linearizable";
};

/** The value after an operation, or `null` where its answer does not fit the value before it. */
const effectOf = (value: string, { action, returned, answer }: Operation): string | null => {
  switch (action.type) {
    case "read":
      return answer === value ? value : null;
    case "set":
      return action.value;
    case "add":
      return value + action.text;
    case "cas": {
      const after = value === action.expected ? action.value : value;
      const said = value === action.expected ? "done" : `was ${value}`;
      return returned === null || answer === said ? after : null;
    }
  }
};

const flip = (taken: Uint32Array, number: number): void => {
  const word = number >> 5;
  taken[word] = (taken[word] ?? 0) ^ (1 << (number & 31));
};

/** The places in their order, behind one of no operation, so that the first is lifted like any other. */
const listOf = (operations: readonly Operation[]): Place => {
  const head: Place = { operation: nothing, number: -1, end: null, isEnd: false, before: null, after: null };
  const places = operations.flatMap((operation, number) => {
    const blank = { operation, number, before: null, after: null };
    const end: Place | null = operation.returned === null ? null : { ...blank, end: null, isEnd: true };
    const start: Place = { ...blank, end, isEnd: false };
    return end === null ? [start] : [start, end];
  });
  places.sort((one, other) => timeOf(one) - timeOf(other));
  let last = head;
  for (const place of places) {
    link(last, place);
    last = place;
  }
  return head;
};

const nothing: Operation = { key: "", action: { type: "read" }, invoked: 0, returned: null, answer: null };

const timeOf = ({ operation, isEnd }: Place): number =>
  isEnd ? (operation.returned ?? 0) : operation.invoked;

const link = (before: Place | null, after: Place | null): void => {
  if (before !== null) before.after = after;
  if (after !== null) after.before = before;
};

const lift = (start: Place): void => {
  link(start.before, start.after);
  if (start.end !== null) link(start.end.before, start.end.after);
};

/** A lifted place still knows its neighbours; they are put back in the opposite order. */
const putBack = (start: Place): void => {
  const { end } = start;
  if (end !== null) {
    if (end.before !== null) end.before.after = end;
    if (end.after !== null) end.after.before = end;
  }
  if (start.before !== null) start.before.after = start;
  if (start.after !== null) start.after.before = start;
};
