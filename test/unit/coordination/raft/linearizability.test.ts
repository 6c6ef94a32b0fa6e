import fc from "fast-check";
import { expect, test } from "vitest";
import { checkLinearizable, type Action, type Operation } from "../../../simulation/raft/linearizability.ts";
import { often } from "../../../support/deep.ts";

const op = (
  invoked: number,
  returned: number | null,
  action: Action,
  answer: string | null = null,
  key = "k",
): Operation => ({
  key,
  action,
  invoked,
  returned,
  answer: answer ?? (returned === null || action.type === "read" ? answer : "done"),
});
const set = (value: string): Action => ({ type: "set", value });
const add = (text: string): Action => ({ type: "add", text });
const cas = (expected: string, value: string): Action => ({ type: "cas", expected, value });
const read: Action = { type: "read" };

test.each<readonly [string, readonly Operation[]]>([
  ["nothing", []],
  ["a read of a key that nobody wrote", [op(1, 2, read, "")]],
  ["one after the other", [op(1, 2, set("x")), op(3, 4, read, "x"), op(5, 6, set("y")), op(7, 8, read, "y")]],
  ["a read beside a write may see it", [op(1, 4, set("x")), op(2, 3, read, "x")]],
  ["a read beside a write may miss it", [op(1, 4, set("x")), op(2, 3, read, "")]],
  ["writes that overlap have either order", [op(1, 4, set("x")), op(2, 3, set("y")), op(5, 6, read, "x")]],
  [
    "a write of unknown outcome may be seen much later",
    [op(1, null, set("x")), op(2, 3, set("y")), op(4, 5, read, "y"), op(6, 7, read, "x")],
  ],
  [
    "a write of unknown outcome may never happen",
    [op(1, null, set("x")), op(2, 3, read, ""), op(4, 5, read, "")],
  ],
  ["a read of unknown outcome says nothing", [op(1, 2, set("x")), op(3, null, read)]],
  ["a swap that finds what it expects", [op(1, 2, set("x")), op(3, 4, cas("x", "y")), op(5, 6, read, "y")]],
  ["a swap that does not", [op(1, 2, set("x")), op(3, 4, cas("z", "y"), "was x"), op(5, 6, read, "x")]],
  [
    "a swap of unknown outcome explains what follows",
    [op(1, 2, set("x")), op(3, null, cas("x", "y")), op(4, 5, read, "x"), op(6, 7, read, "y")],
  ],
  [
    "two swaps race and one wins",
    [op(1, 5, cas("", "a")), op(2, 4, cas("", "b"), "was a"), op(6, 7, read, "a")],
  ],
  ["appended texts have an order", [op(1, 4, add("a")), op(2, 3, add("b")), op(5, 6, read, "ba")]],
  ["keys do not touch each other", [op(1, 2, set("x"), null, "one"), op(3, 4, read, "", "other")]],
])("has an order: %s", (_, history) => {
  expect(checkLinearizable(history)).toEqual({ type: "linearizable" });
});

test.each<readonly [string, readonly Operation[]]>([
  ["a stale read", [op(1, 2, set("x")), op(3, 4, set("y")), op(5, 6, read, "x")]],
  ["a read that goes back behind another", [op(1, 8, set("x")), op(2, 3, read, "x"), op(4, 5, read, "")]],
  ["a lost update", [op(1, 2, set("x")), op(3, 4, read, "")]],
  ["a lost append", [op(1, 2, add("a")), op(3, 4, add("b")), op(5, 6, read, "b")]],
  ["an append applied twice", [op(1, 2, add("a")), op(3, 4, read, "aa")]],
  [
    "a retried write applied again after another",
    [op(1, 2, set("x")), op(3, 4, set("y")), op(5, 6, read, "y"), op(7, 8, read, "x")],
  ],
  ["appends in the wrong order", [op(1, 2, add("a")), op(3, 4, add("b")), op(5, 6, read, "ba")]],
  ["a read of a write that nobody made", [op(1, 2, set("x")), op(3, 4, read, "z")]],
  ["a write that is seen before it was asked for", [op(1, 2, read, "x"), op(3, 4, set("x"))]],
  ["an unknown write that is seen before it was asked for", [op(1, 2, read, "x"), op(3, null, set("x"))]],
  ["two swaps that both win", [op(1, 2, cas("", "a")), op(3, 4, cas("", "b"))]],
  ["a swap that failed for no reason", [op(1, 2, set("x")), op(3, 4, cas("x", "y"), "was ")]],
  [
    "two clients that see two writes in opposite orders",
    [op(1, 20, set("x")), op(2, 21, set("y")), op(3, 4, read, "x"), op(5, 6, read, "y"), op(7, 8, read, "x")],
  ],
])("has none: %s", (_, history) => {
  expect(checkLinearizable(history)).toMatchObject({ type: "violation", key: "k" });
});

test("a search that takes too long is given up, and says so", () => {
  const tangled = Array.from({ length: 12 }, (_, at) => op(1 + at, 100 + at, add(`${at}.`)));
  expect(checkLinearizable([...tangled, op(200, 201, read, "never")], 50)).toEqual({
    type: "undecided",
    key: "k",
  });
});

// A true register, used by clients whose requests take effect at some moment between call and return.
type Intent = {
  readonly action: Action;
  readonly wait: number;
  readonly lag: number;
  readonly lost: boolean;
};

const intent: fc.Arbitrary<Intent> = fc.record({
  action: fc.oneof(
    fc.constant(read),
    fc.constantFrom("x", "y", "z").map(set),
    fc.constantFrom("p", "q").map(add),
    fc
      .tuple(fc.constantFrom("", "x", "y", "xp"), fc.constantFrom("z", "w"))
      .map(([one, other]) => cas(one, other)),
  ),
  wait: fc.integer({ min: 0, max: 5 }),
  lag: fc.integer({ min: 0, max: 9 }),
  lost: fc.integer({ min: 0, max: 9 }).map((dice) => dice === 0),
});

const historyOf = (intents: readonly Intent[]): readonly Operation[] => {
  let value = "";
  return intents.map(({ action, wait, lag, lost }, at) => {
    // Effects happen at 10, 20, 30, ...; calls come before and returns after, so that neighbours overlap.
    const effect = 10 * (at + 1);
    const before = value;
    if (action.type === "set") value = action.value;
    else if (action.type === "add") value += action.text;
    else if (action.type === "cas" && value === action.expected) value = action.value;
    const swapped = action.type === "cas" && before !== action.expected ? `was ${before}` : "done";
    const answer = action.type === "read" ? before : swapped;
    const invoked = effect - 5 * wait - 0.1 - at / 1e4;
    return op(invoked, lost ? null : effect + 5 * lag + 0.1 + at / 1e4, action, lost ? null : answer);
  });
};

/** Every order of the operations that respects time, and every choice of what of the unknown happened. */
const hasOrder = (left: readonly Operation[], value: string): boolean => {
  if (left.every(({ returned }) => returned === null)) return true;
  const first = Math.min(...left.map(({ returned }) => returned ?? Number.POSITIVE_INFINITY));
  return left.some((each, at) => {
    if (each.invoked > first) return false;
    const rest = left.filter((_, other) => other !== at);
    const { action, answer, returned } = each;
    switch (action.type) {
      case "read":
        return (returned === null || answer === value) && hasOrder(rest, value);
      case "set":
        return hasOrder(rest, action.value);
      case "add":
        return hasOrder(rest, value + action.text);
      case "cas": {
        const said = value === action.expected ? "done" : `was ${value}`;
        return (
          (returned === null || said === answer) &&
          hasOrder(rest, value === action.expected ? action.value : value)
        );
      }
    }
  });
};

test("whatever a true register answers has an order", () => {
  fc.assert(
    fc.property(fc.array(intent, { maxLength: 30 }), (intents) => {
      expect(checkLinearizable(historyOf(intents)).type).toBe("linearizable");
    }),
    { numRuns: often(300, 5_000) },
  );
});

test("a history with a changed answer is judged as by trying every order", () => {
  const answers = fc.constantFrom("", "x", "y", "z", "w", "xp", "was x", "done");
  fc.assert(
    fc.property(
      fc.array(intent, { minLength: 1, maxLength: 7 }),
      fc.nat(6),
      answers,
      (intents, at, answer) => {
        const history = historyOf(intents).map((each, index) =>
          index === at && each.returned !== null ? { ...each, answer } : each,
        );
        expect(checkLinearizable(history).type).toBe(hasOrder(history, "") ? "linearizable" : "violation");
      },
    ),
    { numRuns: often(2_000, 20_000) },
  );
});
