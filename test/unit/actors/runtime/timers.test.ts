import { expect, test } from "vitest";
import { Timers } from "../../../../actors/runtime/timers.ts";
import { actorId, effectId } from "../../../../coordination/protocol/ids.ts";
import { SimulatedClock } from "../../../simulation/clock.ts";
import { Random } from "../../../simulation/random.ts";

const ann = actorId("ann");
const bob = actorId("bob");

type Script = (
  timers: Timers,
  start: (actor: typeof ann, name: string, ms: number, tag: string) => void,
) => void;

test.each<[string, Script, readonly string[]]>([
  [
    "timers fire in the order of their time",
    (_, start) => (start(ann, "a", 20, "late"), start(ann, "b", 10, "soon")),
    ["soon", "late"],
  ],
  [
    "a new timer of the same name replaces the old one",
    (_, start) => (start(ann, "a", 10, "old"), start(ann, "a", 20, "new")),
    ["new"],
  ],
  [
    "the same name of another actor is another timer",
    (_, start) => (start(ann, "a", 10, "ann"), start(bob, "a", 20, "bob")),
    ["ann", "bob"],
  ],
  [
    "a cancelled timer does not fire",
    (timers, start) => (start(ann, "a", 10, "x"), timers.cancel(ann, "a")),
    [],
  ],
  [
    "cancelling and starting anew leaves the new one",
    (timers, start) => (start(ann, "a", 10, "old"), timers.cancel(ann, "a"), start(ann, "a", 5, "new")),
    ["new"],
  ],
  [
    "starting and cancelling leaves none",
    (timers, start) => (start(ann, "a", 10, "x"), start(ann, "a", 5, "y"), timers.cancel(ann, "a")),
    [],
  ],
  [
    "a timer that was due in the past fires at once",
    (_, start) => (start(ann, "a", -50, "past"), start(ann, "b", 1, "soon")),
    ["past", "soon"],
  ],
  ["after closing none fires", (timers, start) => (start(ann, "a", 10, "x"), timers.close()), []],
])("%s", (_, script, fired) => {
  const clock = new SimulatedClock(new Random(1));
  const timers = new Timers(clock);
  const heard: string[] = [];
  let index = 0;
  script(timers, (actor, name, ms, tag) => {
    index += 1;
    timers.start(effectId(actor, 0, index), actor, name, ms, () => heard.push(tag));
  });
  while (clock.step());
  expect(heard).toEqual(fired);
});
